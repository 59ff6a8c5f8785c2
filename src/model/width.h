// SPDX-License-Identifier: Apache-2.0
// States the widths of bars, where a bar's values come from, and the trading sessions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace tapewire {

enum class Width : std::uint8_t { s1, m1, m5, m15, h1, d1 };
inline constexpr std::array<Width, 6> kWidths{Width::s1,  Width::m1, Width::m5,
                                              Width::m15, Width::h1, Width::d1};

// "1s" "1m" "5m" "15m" "1h" "1d"
std::string_view to_string(Width width);
std::optional<Width> parse_width(std::string_view text);

// The span of every width but 1d, whose window is a session of the calendar (model/calendar.h): 0.
constexpr Duration span_of(Width width) {
  switch (width) {
    case Width::s1: return seconds(1);
    case Width::m1: return minutes(1);
    case Width::m5: return minutes(5);
    case Width::m15: return minutes(15);
    case Width::h1: return hours(1);
    case Width::d1: return Duration{0};
  }
  return Duration{0};
}

// Where the values come from, best last: where several describe one window, the highest wins.
enum class Origin : std::uint8_t { rolled_up, built, vendor };
std::string_view to_string(Origin origin);
std::optional<Origin> parse_origin(std::string_view text);

// Parts of one New York trading date; `none` is outside all of them (nights, weekends, holidays).
enum class TradingSession : std::uint8_t { none, pre_market, regular, after_hours };
std::string_view to_string(TradingSession session);  // "" for none

}  // namespace tapewire
