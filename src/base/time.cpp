// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include <array>
#include <chrono>

#include <date/date.h>
#include <fmt/format.h>

namespace tapewire {
namespace {

struct Cursor {
  std::string_view text;
  std::size_t at = 0;

  bool number(std::size_t digits, int& out) {
    if (at + digits > text.size()) return false;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const char c = text[at + i];
      if (c < '0' || c > '9') return false;
      value = value * 10 + (c - '0');
    }
    at += digits;
    out = value;
    return true;
  }
  bool literal(char c) {
    if (at >= text.size() || text[at] != c) return false;
    ++at;
    return true;
  }
  [[nodiscard]] bool done() const { return at == text.size(); }
};

std::unexpected<Error> bad(std::string_view text, std::string_view expected) {
  return fail(ErrorCode::invalid_data,
              fmt::format("\"{}\" is not a time: expected {}", text.substr(0, 64), expected));
}

// Days since 1970, or false when the calendar has no such day.
bool day_number(Cursor& cursor, std::int64_t& out) {
  int year = 0, month = 0, day = 0;
  if (!cursor.number(4, year) || !cursor.literal('-') || !cursor.number(2, month) ||
      !cursor.literal('-') || !cursor.number(2, day)) {
    return false;
  }
  const date::year_month_day ymd{date::year{year}, date::month{static_cast<unsigned>(month)},
                                 date::day{static_cast<unsigned>(day)}};
  // int64 nanoseconds reach from 1677 to 2262.
  if (!ymd.ok() || year < 1678 || year > 2261) return false;
  out = date::sys_days{ymd}.time_since_epoch().count();
  return true;
}

bool fraction_ns(Cursor& cursor, std::int64_t& out) {
  if (!cursor.literal('.') && !cursor.literal(',')) return true;
  std::int64_t value = 0;
  int digits = 0;
  while (!cursor.done() && cursor.text[cursor.at] >= '0' && cursor.text[cursor.at] <= '9') {
    if (digits < 9) {
      value = value * 10 + (cursor.text[cursor.at] - '0');
      ++digits;
    }
    ++cursor.at;
  }
  if (digits == 0) return false;
  for (; digits < 9; ++digits) value *= 10;
  out = value;
  return true;
}

bool zone_offset(Cursor& cursor, std::int64_t& seconds_east) {
  if (cursor.literal('Z') || cursor.literal('z')) return true;
  const bool east = cursor.literal('+');
  if (!east && !cursor.literal('-')) return false;
  int hour = 0, minute = 0;
  if (!cursor.number(2, hour)) return false;
  const bool colon = cursor.literal(':');
  if ((colon || !cursor.done()) && !cursor.number(2, minute)) return false;
  if (hour > 18 || minute > 59) return false;
  seconds_east = (hour * 3600 + minute * 60) * (east ? 1 : -1);
  return true;
}

// 0: nanoseconds, 1: microseconds, 2: milliseconds, 3: seconds.
std::size_t magnitude_unit(std::int64_t n) {
  const std::uint64_t size =
      n < 0 ? 0 - static_cast<std::uint64_t>(n) : static_cast<std::uint64_t>(n);
  if (size < 100'000'000'000) return 3;
  if (size < 100'000'000'000'000) return 2;
  return size < 100'000'000'000'000'000 ? 1 : 0;
}

constexpr std::int64_t nanoseconds_in(std::size_t unit) {
  constexpr std::array<std::int64_t, 4> kNanoseconds{1, 1'000, 1'000'000, 1'000'000'000};
  return kNanoseconds[unit];
}

}  // namespace

Timestamp timestamp_by_magnitude(std::int64_t n) {
  std::int64_t ns = 0;
  // What does not fit stays at the end of time, so that validation refuses it.
  if (__builtin_mul_overflow(n, nanoseconds_in(magnitude_unit(n)), &ns))
    return n < 0 ? kMinTimestamp : kMaxTimestamp;
  return {ns};
}

std::string_view unit_by_magnitude(std::int64_t n) {
  constexpr std::array<std::string_view, 4> kNames{"nanoseconds", "microseconds", "milliseconds",
                                                   "seconds"};
  return kNames[magnitude_unit(n)];
}

Result<Timestamp> parse_iso8601(std::string_view text) {
  constexpr std::string_view kExpected = "ISO 8601 with a zone, such as 2019-02-13T14:30:00Z";
  Cursor cursor{text};
  std::int64_t day = 0;
  if (!day_number(cursor, day)) return bad(text, kExpected);
  int hour = 0, minute = 0, second = 0;
  if (cursor.done()) return bad(text, std::string(kExpected) + " (the time of day is missing)");
  if (!cursor.literal('T') && !cursor.literal('t') && !cursor.literal(' '))
    return bad(text, kExpected);
  if (!cursor.number(2, hour) || !cursor.literal(':') || !cursor.number(2, minute)) {
    return bad(text, kExpected);
  }
  std::int64_t fraction = 0;
  if (cursor.literal(':')) {
    if (!cursor.number(2, second) || !fraction_ns(cursor, fraction)) return bad(text, kExpected);
  }
  if (hour > 23 || minute > 59 || second > 60) return bad(text, kExpected);
  if (cursor.done()) return bad(text, std::string(kExpected) + " (the zone is missing)");
  std::int64_t east = 0;
  if (!zone_offset(cursor, east) || !cursor.done()) return bad(text, kExpected);
  const std::int64_t total = day * 86'400 + hour * 3'600 + minute * 60 + second - east;
  return Timestamp{total * 1'000'000'000 + fraction};
}

Result<Timestamp> parse_date(std::string_view text) {
  Cursor cursor{text};
  std::int64_t day = 0;
  if (!day_number(cursor, day) || !cursor.done()) return bad(text, "a date, YYYY-MM-DD");
  return Timestamp{day * 86'400'000'000'000};
}

void append_iso8601(std::string& out, Timestamp t) {
  std::int64_t whole = t.ns / 1'000'000'000;
  auto fraction = static_cast<int>(t.ns % 1'000'000'000);
  if (fraction < 0) {
    --whole;
    fraction += 1'000'000'000;
  }
  const date::sys_seconds at{std::chrono::seconds{whole}};
  const auto day = date::floor<date::days>(at);
  const date::year_month_day ymd{day};
  const date::hh_mm_ss time{at - day};
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
                 static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
                 static_cast<unsigned>(ymd.day()), time.hours().count(), time.minutes().count(),
                 time.seconds().count());
  if (fraction != 0) {
    std::array<char, 10> digits{};
    fmt::format_to_n(digits.data(), 9, "{:09}", fraction);
    std::string_view shown(digits.data(), 9);
    while (shown.back() == '0') shown.remove_suffix(1);
    out += '.';
    out += shown;
  }
  out += 'Z';
}

std::string to_iso8601(Timestamp t) {
  std::string out;
  append_iso8601(out, t);
  return out;
}

Timestamp system_now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(since).count()};
}

Duration monotonic_now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(since).count()};
}

}  // namespace tapewire
