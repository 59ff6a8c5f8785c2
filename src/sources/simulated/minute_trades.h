// SPDX-License-Identifier: Apache-2.0
// Makes the trades of a simulated minute, with their sale conditions.
//
// Promise: under the vendor's rules (analytics/sale_conditions.h) the trades' open, high, low, close and
//          volume are the row's, and there are as many as its `transactions`: each moves the volume.
//          Odd lots and average-price trades may lie beyond the row's high and low, and sales out of
//          sequence before its open or after its close.
// Units:   prices in cents, volume in whole shares.
#pragma once

#include <cstdint>
#include <vector>

#include "model/trade.h"
#include "sources/simulated/random.h"

namespace tapewire::simulated {

struct MinuteRow {
  std::int32_t minute = 0;  // since pre_market_open
  std::int32_t transactions = 0;
  std::int32_t open = 0, high = 0, low = 0, close = 0;
  std::int64_t volume = 0;
};

// Trades under 100 shares move no price.
inline constexpr std::int64_t kRoundLot = 100;

// Narrows the prices of a row to what so many round lots can have visited.
// REQUIRES: transactions >= 1, volume >= kRoundLot and >= transactions.
void narrow_to_trades(MinuteRow& row);

struct TradedMinute {
  Symbol symbol;
  Timestamp start;
  bool regular = true;  // within the regular session
  bool opening = false;  // its first minute
  bool reopening = false;  // the first after a halt
};

// Appends the trades by time; sequences count on from minute to minute of a day.
// REQUIRES: the row went through narrow_to_trades.
void make_trades(const TradedMinute& minute, const MinuteRow& row, Random& random,
                 std::vector<Trade>& out);

}  // namespace tapewire::simulated
