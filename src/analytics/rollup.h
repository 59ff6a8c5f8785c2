// SPDX-License-Identifier: Apache-2.0
// Makes one bar of the minute bars that its window holds.
//
// Values:  open of the earliest part, close of the latest, highest high, lowest low, summed volume;
//          transactions summed when all parts have them; vwap weighted by volume (128 bits, half to even)
//          when all parts have one and there is volume.
// Limits:  no bar when the volume does not fit a Quantity, or the transactions an int64.
#pragma once

#include "analytics/day_parts.h"

namespace tapewire {

// What parts come to; `count` 0 is no bar.
struct Rollup {
  std::int64_t open = 0, high = 0, low = 0, close = 0;
  std::int64_t volume = 0;
  std::optional<std::int64_t> transactions;
  std::optional<Price> vwap;
  std::uint8_t source = 0;  // of the earliest part
  std::uint32_t count = 0;
};

// The parts of `id` in the minutes [from, to).
Rollup roll_up(const DayParts& day, SymbolId id, Minute from, Minute to);

}  // namespace tapewire
