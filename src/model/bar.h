// SPDX-License-Identifier: Apache-2.0
// Holds open, high, low, close and volume of one symbol over one window, with every field the vendors send.
//
// Time:  window [start, end), UTC; a bar's event time is its end.
// Units: prices per share, volumes in shares.
// Source: Polygon/Massive websocket AM and A, flat files *_aggs_v1; our rollups and built bars.
#pragma once

#include <cstdint>
#include <optional>

#include "base/decimal.h"
#include "base/inline_string.h"
#include "base/time.h"
#include "model/symbol.h"
#include "model/width.h"

namespace tapewire {

// Short name of where an event came from: "polygon", "files", "simulated".
using SourceName = InlineString<15>;

struct Bar {
  Symbol symbol;
  Width width = Width::m1;
  Origin origin = Origin::vendor;
  TradingSession session = TradingSession::none;  // filled by the pipeline
  bool is_final = true;  // false while its window may still grow
  std::int32_t revision = 0;  // 0 first, +1 with every change of values
  Timestamp start;
  Timestamp end;
  Price open, high, low, close;
  Quantity volume;
  std::optional<Price> vwap;
  std::optional<std::int64_t> transactions;
  // Of the vendor's day so far.
  std::optional<Quantity> accumulated_volume;
  std::optional<Price> official_open_price;
  std::optional<Price> aggregate_vwap;
  std::optional<Quantity> average_size;  // mean trade size in the window
  std::optional<bool> otc;
  SourceName source;

  friend bool operator==(const Bar&, const Bar&) = default;
};

// (open + high + low + close) / 4, half to even at 1e-9.
inline Price ohlc_average(const Bar& bar) {
  return {divide_half_even(Int128{bar.open.raw} + bar.high.raw + bar.low.raw + bar.close.raw, 4)};
}

// Equal in all that a reader of the bar sees; revision, source and is_final aside.
bool same_values(const Bar& a, const Bar& b);

}  // namespace tapewire
