// SPDX-License-Identifier: Apache-2.0
// States on which dates the US stock exchanges close, and on which they close early; used by the calendar only.
//
// Source: NYSE rule 7.2 (holidays, and how they move off weekends); the exchange's yearly holiday announcements and
//         its record of special closings.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tapewire::calendar_rules {

inline constexpr int kFirstYear = 2000;
inline constexpr int kLastYear = 2035;

inline constexpr std::array<std::string_view, 16> kNames{
    "New Year's Day",
    "Martin Luther King, Jr. Day",
    "Washington's Birthday",
    "Good Friday",
    "Memorial Day",
    "Juneteenth National Independence Day",
    "Independence Day",
    "Labor Day",
    "Thanksgiving Day",
    "Christmas Day",
    "Terrorist attacks of September 11",
    "Day of mourning for President Reagan",
    "Day of mourning for President Ford",
    "Hurricane Sandy",
    "Day of mourning for President Bush",
    "Day of mourning for President Carter",
};

// A closed weekday as days since 1970 and the index of its name.
struct Holiday {
  std::int32_t date;
  std::int32_t name;
};

std::vector<Holiday> holidays(int year);

// Days since 1970 on which the regular session ends at 13:00.
std::vector<std::int32_t> early_closes(int year);

// Seconds that New York is ahead of UTC (negative) at `utc_seconds`, by the law in force since 1987.
std::int32_t new_york_offset(std::int64_t utc_seconds);

}  // namespace tapewire::calendar_rules
