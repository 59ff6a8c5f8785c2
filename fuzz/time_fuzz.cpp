// SPDX-License-Identifier: Apache-2.0
// Any text is a time, a span, a size, a date or an error; any instant prints, reads back and has its place in the
// calendar.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/time.h"
#include "base/units.h"
#include "model/calendar.h"

namespace tapewire {
namespace {

void check_calendar(Timestamp t) {
  const Calendar& days = calendar();
  const TradingDate date = days.date_of(t);
  const TradingSession session = days.session_of(t);
  const auto hours_of_day = days.hours(date);
  CHECK(hours_of_day.has_value() == days.is_trading_day(date));
  CHECK(hours_of_day || session == TradingSession::none);
  CHECK(days.holiday(date).empty() || !days.is_trading_day(date));
  if (!days.covers(date)) return;
  CHECK(days.midnight(date) <= t && t < days.midnight({date.days + 1}));
  CHECK(parse_trading_date(to_string(date)) == date);
  if (!hours_of_day) return;
  const bool regular = hours_of_day->open <= t && t < hours_of_day->close;
  CHECK(regular == (session == TradingSession::regular));
  CHECK(days.previous_trading_day(days.next_trading_day(date)) == date);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto t = parse_iso8601(text)) {
    const auto again = parse_iso8601(to_iso8601(*t));
    CHECK(again && *again == *t);
    check_calendar(*t);
  }
  if (const auto t = parse_date(text)) CHECK(to_iso8601(*t).substr(0, 10) == text);
  if (const auto d = parse_trading_date(text)) CHECK(to_string(*d) == text);
  if (const auto d = parse_duration(text)) CHECK(parse_duration(to_text(*d)).has_value());
  if (const auto s = parse_size(text)) CHECK(parse_size(size_to_text(*s)).has_value());
  if (size >= sizeof(std::int64_t)) {
    std::int64_t n = 0;
    std::memcpy(&n, data, sizeof n);
    CHECK(!to_iso8601({n}).empty());
    check_calendar({n});
    static_cast<void>(timestamp_by_magnitude(n));
  }
  return 0;
}

}  // namespace tapewire
