// SPDX-License-Identifier: Apache-2.0
#include "analytics/rollup.h"

namespace tapewire {

Rollup roll_up(const DayParts& day, SymbolId id, Minute from, Minute to) {
  Rollup out;
  unsigned all = MinutePart::kVwap | MinutePart::kTransactions;
  std::int64_t transactions = 0;
  Int128 notional = 0;
  bool fits = true;
  day.each(id, from, to, [&](const MinutePart& part) {
    if (out.count++ == 0) {
      out.open = part.open;
      out.high = part.high;
      out.low = part.low;
      out.source = part.source;
    }
    out.high = part.high > out.high ? part.high : out.high;
    out.low = part.low < out.low ? part.low : out.low;
    out.close = part.close;
    all &= part.flags;
    if (part.volume > kMaxDecimal18 - out.volume ||
        __builtin_add_overflow(transactions, part.transactions, &transactions)) {
      fits = false;
      return;
    }
    out.volume += part.volume;
    // Without overflow: the volume is at most 1e18 in all, a price at most 1e18.
    if (part.has(MinutePart::kVwap)) notional += Int128{part.vwap} * part.volume;
  });
  if (!fits) return {};
  if ((all & MinutePart::kTransactions) != 0) out.transactions = transactions;
  if ((all & MinutePart::kVwap) != 0 && out.volume > 0) {
    out.vwap = Price{divide_half_even(notional, out.volume)};
  }
  return out;
}

}  // namespace tapewire
