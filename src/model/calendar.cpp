// SPDX-License-Identifier: Apache-2.0
#include "model/calendar.h"

#include <algorithm>
#include <chrono>
#include <exception>

#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>

#include "model/calendar_rules.h"

namespace tapewire {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDaySeconds = 86'400;
// New York is at least so far behind UTC.
constexpr std::int64_t kSmallestLag = 4 * 3'600;

constexpr Duration kPreMarketOpen = hours(4);
constexpr Duration kOpen = hours(9) + minutes(30);
constexpr Duration kClose = hours(16);
constexpr Duration kEarlyClose = hours(13);
constexpr Duration kAfterHoursClose = hours(20);
constexpr Duration kEarlyAfterHoursClose = hours(17);

constexpr std::int64_t floor_divide(std::int64_t n, std::int64_t by) {
  return n / by - (n % by < 0 ? 1 : 0);
}

date::sys_seconds at_second(std::int64_t seconds_utc) {
  return date::sys_seconds{std::chrono::seconds{seconds_utc}};
}

// The zone of the system's database, or null when the system has none or an abridged one whose years after 2007 this
// date library cannot read; calendar_rules knows the same law.
const date::time_zone* new_york() {
  static const date::time_zone* const zone = []() -> const date::time_zone* {
    try {
      const date::time_zone* found = date::locate_zone("America/New_York");
      const date::sys_seconds summer = date::sys_days{date::year{2035} / date::July / 1};
      const bool whole = found->get_info(summer).offset == std::chrono::hours{-4};
      return whole ? found : nullptr;
    } catch (const std::exception&) {
      return nullptr;
    }
  }();
  return zone;
}

std::int64_t offset_at(std::int64_t utc_seconds) {
  // The database's own table ends in 2037.
  constexpr std::int64_t kTableEnd = 2'114'380'800;  // 2037-01-01
  const date::time_zone* zone = new_york();
  if (zone == nullptr || utc_seconds >= kTableEnd) {
    return calendar_rules::new_york_offset(utc_seconds);
  }
  return zone->get_info(at_second(utc_seconds)).offset.count();
}

// Midnights are never skipped or repeated: the clocks change at two.
std::int64_t midnight_seconds(std::int32_t day) {
  const std::int64_t local = day * kDaySeconds;
  return local - offset_at(local + 5 * 3'600);
}

bool is_weekday(TradingDate date) {
  // 1970-01-01 was a Thursday; 0 is Monday.
  const std::int64_t of_week = (std::int64_t{date.days} + 3) % 7;
  return (of_week + 7) % 7 < 5;
}

}  // namespace

Calendar::Calendar() {
  const date::sys_days first = date::year{calendar_rules::kFirstYear} / date::January / 1;
  const date::sys_days past = date::year{calendar_rules::kLastYear + 1} / date::January / 1;
  first_day_ = static_cast<std::int32_t>(first.time_since_epoch().count());
  days_.resize(static_cast<std::size_t>((past - first).count()));
  for (std::size_t i = 0; i < days_.size(); ++i) {
    days_[i].midnight_ns = midnight_seconds(first_day_ + static_cast<std::int32_t>(i)) * kSecond;
  }
  for (int year = calendar_rules::kFirstYear; year <= calendar_rules::kLastYear; ++year) {
    for (const auto& [date, name] : calendar_rules::holidays(year)) {
      days_[static_cast<std::size_t>(date - first_day_)].holiday = name;
    }
    for (const std::int32_t date : calendar_rules::early_closes(year)) {
      days_[static_cast<std::size_t>(date - first_day_)].early_close = 1;
    }
  }
}

const Calendar::Day* Calendar::day(TradingDate date) const {
  const std::int64_t index = std::int64_t{date.days} - first_day_;
  if (index < 0 || index >= static_cast<std::int64_t>(days_.size())) return nullptr;
  return &days_[static_cast<std::size_t>(index)];
}

TradingDate Calendar::date_of(Timestamp t) const {
  const std::int64_t utc = floor_divide(t.ns, kSecond);
  const TradingDate guess{static_cast<std::int32_t>(floor_divide(utc - kSmallestLag, kDaySeconds))};
  if (const Day* found = day(guess)) {
    if (t.ns >= found->midnight_ns) return guess;
    return {guess.days - 1};
  }
  return {static_cast<std::int32_t>(floor_divide(utc + offset_at(utc), kDaySeconds))};
}

Timestamp Calendar::midnight(TradingDate date) const {
  if (const Day* found = day(date)) return {found->midnight_ns};
  constexpr std::int32_t kReach = 106'750;  // days that int64 nanoseconds hold
  return {midnight_seconds(std::clamp(date.days, -kReach, kReach)) * kSecond};
}

bool Calendar::is_trading_day(TradingDate date) const {
  if (!is_weekday(date)) return false;
  const Day* found = day(date);
  return found == nullptr || found->holiday < 0;
}

std::optional<SessionHours> Calendar::hours(TradingDate date) const {
  if (!is_trading_day(date)) return std::nullopt;
  const Day* found = day(date);
  const bool early = found != nullptr && found->early_close != 0;
  const Timestamp start = midnight(date);
  return SessionHours{
      .pre_market_open = start + kPreMarketOpen,
      .open = start + kOpen,
      .close = start + (early ? kEarlyClose : kClose),
      .after_hours_close = start + (early ? kEarlyAfterHoursClose : kAfterHoursClose),
      .early_close = early};
}

TradingSession Calendar::session_of(Timestamp t) const {
  const TradingDate date = date_of(t);
  if (!is_trading_day(date)) return TradingSession::none;
  const Day* found = day(date);
  const bool early = found != nullptr && found->early_close != 0;
  // Clocks change on Sundays only, so the local time of a trading day is the time since its midnight.
  const Duration since = t - midnight(date);
  if (since < kPreMarketOpen) return TradingSession::none;
  if (since < kOpen) return TradingSession::pre_market;
  if (since < (early ? kEarlyClose : kClose)) return TradingSession::regular;
  if (since < (early ? kEarlyAfterHoursClose : kAfterHoursClose)) {
    return TradingSession::after_hours;
  }
  return TradingSession::none;
}

TradingDate Calendar::next_trading_day(TradingDate date) const {
  do {
    ++date.days;
  } while (!is_trading_day(date));
  return date;
}

TradingDate Calendar::previous_trading_day(TradingDate date) const {
  do {
    --date.days;
  } while (!is_trading_day(date));
  return date;
}

bool Calendar::covers(TradingDate date) const { return day(date) != nullptr; }

std::string_view Calendar::holiday(TradingDate date) const {
  const Day* found = day(date);
  if (found == nullptr || found->holiday < 0 || !is_weekday(date)) return {};
  return calendar_rules::kNames[static_cast<std::size_t>(found->holiday)];
}

const Calendar& calendar() {
  static const Calendar instance;
  return instance;
}

std::optional<TradingDate> parse_trading_date(std::string_view text) {
  const auto midnight_utc = parse_date(text);
  if (!midnight_utc) return std::nullopt;
  return TradingDate{
      static_cast<std::int32_t>(floor_divide(midnight_utc->ns, kDaySeconds * kSecond))};
}

std::string to_string(TradingDate date) {
  const date::year_month_day ymd{date::sys_days{date::days{date.days}}};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(ymd.year()),
                     static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()));
}

}  // namespace tapewire
