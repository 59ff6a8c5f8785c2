// SPDX-License-Identifier: Apache-2.0
#include "model/calendar_rules.h"

#include <chrono>
#include <optional>

#include <date/date.h>

namespace tapewire::calendar_rules {
namespace {

using date::April;
using date::December;
using date::January;
using date::July;
using date::June;
using date::last;
using date::March;
using date::May;
using date::Monday;
using date::November;
using date::October;
using date::September;
using date::sys_days;
using date::weekday;

// The places of the names in kNames.
constexpr std::int32_t kNewYear = 0;
constexpr std::int32_t kMartinLutherKing = 1;
constexpr std::int32_t kWashington = 2;
constexpr std::int32_t kGoodFriday = 3;
constexpr std::int32_t kMemorial = 4;
constexpr std::int32_t kJuneteenth = 5;
constexpr std::int32_t kIndependence = 6;
constexpr std::int32_t kLabor = 7;
constexpr std::int32_t kThanksgiving = 8;
constexpr std::int32_t kChristmas = 9;
constexpr std::int32_t kSeptember11 = 10;
constexpr std::int32_t kReagan = 11;
constexpr std::int32_t kFord = 12;
constexpr std::int32_t kSandy = 13;
constexpr std::int32_t kBush = 14;
constexpr std::int32_t kCarter = 15;

std::int32_t number(sys_days day) {
  return static_cast<std::int32_t>(day.time_since_epoch().count());
}

// Easter Sunday: Meeus, "Astronomical Algorithms", chapter 8.
sys_days easter(int year) {
  const int a = year % 19;
  const int b = year / 100;
  const int c = year % 100;
  const int d = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
  const int e = (32 + 2 * (b % 4) + 2 * (c / 4) - d - c % 4) % 7;
  const int f = d + e - 7 * ((a + 11 * d + 22 * e) / 451) + 114;
  return sys_days{date::year{year} / (f / 31) / (f % 31 + 1)};
}

// A holiday on a Saturday is kept on Friday, one on a Sunday on Monday.
sys_days observed(sys_days day) {
  const weekday on{day};
  if (on == date::Saturday) return day - date::days{1};
  if (on == date::Sunday) return day + date::days{1};
  return day;
}

// New Year's Day on a Saturday is not kept: the Friday before ends an accounting year.
std::optional<sys_days> new_year(date::year year) {
  const sys_days day{year / January / 1};
  if (weekday{day} == date::Saturday) return std::nullopt;
  return observed(day);
}

constexpr int kJuneteenthSince = 2022;

struct Closure {
  int year;
  unsigned month;
  unsigned day;
  std::int32_t name;
};
constexpr std::array<Closure, 10> kUnscheduled{{{2001, 9, 11, kSeptember11},
                                                {2001, 9, 12, kSeptember11},
                                                {2001, 9, 13, kSeptember11},
                                                {2001, 9, 14, kSeptember11},
                                                {2004, 6, 11, kReagan},
                                                {2007, 1, 2, kFord},
                                                {2012, 10, 29, kSandy},
                                                {2012, 10, 30, kSandy},
                                                {2018, 12, 5, kBush},
                                                {2025, 1, 9, kCarter}}};

// Since 2013 the Wednesday before a Thursday's Fourth is short; before, the Friday after it was.
constexpr int kWednesdayBeforeFourthSince = 2013;

std::optional<sys_days> independence_early_close(date::year year) {
  const sys_days fourth{year / July / 4};
  const weekday on{fourth};
  if (on == date::Saturday || on == date::Sunday || on == date::Monday) return std::nullopt;
  if (on == date::Thursday && static_cast<int>(year) < kWednesdayBeforeFourthSince) {
    return fourth + date::days{1};
  }
  return fourth - date::days{1};
}

}  // namespace

std::vector<Holiday> holidays(int year_number) {
  const date::year year{year_number};
  std::vector<Holiday> out;
  const auto add = [&](sys_days day, std::int32_t name) { out.push_back({number(day), name}); };
  if (const auto day = new_year(year)) add(*day, kNewYear);
  add(sys_days{year / January / Monday[3]}, kMartinLutherKing);
  add(sys_days{year / date::February / Monday[3]}, kWashington);
  add(easter(year_number) - date::days{2}, kGoodFriday);
  add(sys_days{year / May / Monday[last]}, kMemorial);
  if (year_number >= kJuneteenthSince) add(observed(sys_days{year / June / 19}), kJuneteenth);
  add(observed(sys_days{year / July / 4}), kIndependence);
  add(sys_days{year / September / Monday[1]}, kLabor);
  add(sys_days{year / November / date::Thursday[4]}, kThanksgiving);
  add(observed(sys_days{year / December / 25}), kChristmas);
  for (const Closure& closure : kUnscheduled) {
    if (closure.year == year_number) {
      add(sys_days{year / date::month{closure.month} / date::day{closure.day}}, closure.name);
    }
  }
  return out;
}

std::vector<std::int32_t> early_closes(int year_number) {
  const date::year year{year_number};
  std::vector<std::int32_t> out;
  if (const auto day = independence_early_close(year)) out.push_back(number(*day));
  out.push_back(number(sys_days{year / November / date::Thursday[4]} + date::days{1}));
  // Christmas Eve on a Friday is the observed holiday itself.
  const sys_days eve{year / December / 24};
  if (weekday{eve}.c_encoding() >= 1 && weekday{eve}.c_encoding() <= 4) out.push_back(number(eve));
  // The one Friday after a Thursday's Christmas since 2000 that was short: 2008, 2014 and 2025 were not.
  if (year_number == 2003) out.push_back(number(sys_days{year / December / 26}));
  return out;
}

std::int32_t new_york_offset(std::int64_t utc_seconds) {
  constexpr std::int32_t kStandard = -5 * 3600;
  constexpr std::int32_t kDaylight = -4 * 3600;
  const date::sys_seconds at{std::chrono::seconds{utc_seconds}};
  const date::year year = date::year_month_day{date::floor<date::days>(at)}.year();
  const bool since_2007 = static_cast<int>(year) >= 2007;
  const sys_days first = since_2007 ? sys_days{year / March / date::Sunday[2]}
                                    : sys_days{year / April / date::Sunday[1]};
  const sys_days end = since_2007 ? sys_days{year / November / date::Sunday[1]}
                                  : sys_days{year / October / date::Sunday[last]};
  // Clocks change at 02:00 of the time then shown: 07:00 UTC in spring, 06:00 UTC in autumn.
  const bool daylight = at >= first + std::chrono::hours{7} && at < end + std::chrono::hours{6};
  return daylight ? kDaylight : kStandard;
}

}  // namespace tapewire::calendar_rules
