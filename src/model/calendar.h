// SPDX-License-Identifier: Apache-2.0
// Knows the trading days and sessions of the US stock exchanges, 2000 to 2035.
//
// Time:    answers in UTC; New York local time with daylight saving comes from Hinnant's date library
//          once at construction, look-ups afterwards are arithmetic on tables. Where the system has no zone
//          database the law in force since 1987 is used (model/calendar_rules.h).
// Session: pre_market 04:00-09:30, regular 09:30-16:00 (13:00 on early closes), after_hours to 20:00
//          (17:00 on early closes), New York time.
// Leaves out: openings that were late by minutes, the noon opening of 2002-09-11, and the halt four minutes before the
//          close of 2005-06-01: those days have their usual hours.
// From 2028 on holidays and early closes follow from the rules; the exchange has not announced them.
// Outside 2000..2035: weekdays are trading days without holidays, `covers` is false.
// Threads: immutable after construction.
// Source:  NYSE holiday and early-closing history; rules 7.2 of the exchange; the unscheduled closures.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/width.h"

namespace tapewire {

// A New York calendar date as days since 1970-01-01.
struct TradingDate {
  std::int32_t days = 0;
  friend constexpr auto operator<=>(TradingDate, TradingDate) = default;
};

struct SessionHours {
  Timestamp pre_market_open;  // 04:00
  Timestamp open;  // 09:30
  Timestamp close;  // 16:00, or 13:00
  Timestamp after_hours_close;  // 20:00, or 17:00
  bool early_close = false;
};

class Calendar {
 public:
  Calendar();
  // The New York date that holds `t`.
  [[nodiscard]] TradingDate date_of(Timestamp t) const;
  // Midnight New York at the beginning of `date`, in UTC.
  [[nodiscard]] Timestamp midnight(TradingDate date) const;
  [[nodiscard]] bool is_trading_day(TradingDate date) const;
  // Hours of a trading day; nullopt on weekends, holidays and closures.
  [[nodiscard]] std::optional<SessionHours> hours(TradingDate date) const;
  [[nodiscard]] TradingSession session_of(Timestamp t) const;
  [[nodiscard]] TradingDate next_trading_day(TradingDate date) const;  // strictly after
  [[nodiscard]] TradingDate previous_trading_day(TradingDate date) const;  // strictly before
  [[nodiscard]] bool covers(TradingDate date) const;
  // Why a weekday is closed: "Thanksgiving Day"; empty when it is not.
  [[nodiscard]] std::string_view holiday(TradingDate date) const;

 private:
  struct Day {
    std::int64_t midnight_ns = 0;
    std::int32_t early_close = 0;  // 1: early close
    std::int32_t holiday = -1;  // index of its name
  };
  [[nodiscard]] const Day* day(TradingDate date) const;
  std::int32_t first_day_ = 0;
  std::vector<Day> days_;
};

// The one calendar of the process, built at first use.
const Calendar& calendar();

std::optional<TradingDate> parse_trading_date(std::string_view text);  // YYYY-MM-DD
std::string to_string(TradingDate date);

}  // namespace tapewire
