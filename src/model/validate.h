// SPDX-License-Identifier: Apache-2.0
// Finds what is wrong with a parsed value before it may enter the log.
//
// Errors:  the first fault found: the field, what it was and what was expected; none: nullopt.
// Accepts: what vendors send in good faith: a volume or a trade's size of zero, a vwap outside [low, high] (vendors
//          round it), crossed and one-sided quotes (a price of 0: no quote on that side), an article first published
//          after its publication time.
// Threads: pure; allocates only when it finds a fault.
// Source:  reference-systems.md A.7.
#pragma once

#include <optional>
#include <string>

#include "model/bar.h"
#include "model/news_item.h"
#include "model/trade.h"

namespace tapewire {

struct Fault {
  std::string field;  // "high"
  std::string reason;  // "high 1.5 is below low 2"
  std::string expected;  // "high >= low"
};

struct ValidationLimits {
  Timestamp now;  // an event later than now + future_tolerance is refused
  Duration future_tolerance = seconds(5);
  // An event before it has its time in the wrong unit: any instant of 1971 to 2200 given in seconds, milli- or
  // microseconds and read as a finer unit falls into 1970.
  Timestamp earliest = Timestamp{0} + days(365);
  std::size_t text_bytes_max = 1 << 20;  // title, summary, extra of one article
  std::size_t id_bytes_max = 1024;  // id, source, search, section, url
};

std::optional<Fault> validate(const Bar& bar, const ValidationLimits& limits);
std::optional<Fault> validate(const Trade& trade, const ValidationLimits& limits);
std::optional<Fault> validate(const Quote& quote, const ValidationLimits& limits);
std::optional<Fault> validate(const NewsItem& item, const ValidationLimits& limits);

// Nothing is later than this (2200-01-01): a later instant has its time in the wrong unit.
inline constexpr Timestamp kLatestEvent = Timestamp{0} + days(84'006);

// Printable ASCII without spaces, 1 to 31 bytes.
std::optional<Fault> validate_symbol(std::string_view symbol);

}  // namespace tapewire
