// SPDX-License-Identifier: Apache-2.0
// Sums the trades of one symbol in one window into the values of a bar.
//
// Order:   open and close are those of the first and last trade by (time, sequence, exchange, price),
//          whatever the order of arrival.
// Empty:   a window in which no trade may move open and close has no bar, as at the vendor; its volume
//          is in no bar.
// Units:   vwap = sum(price * size) / sum(size) over the trades that move the volume, in 128 bits, half
//          to even; absent without volume. Transactions are the number of those trades.
// Limits:  a window whose volume does not fit a Quantity has no bar.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>

#include "analytics/sale_conditions.h"
#include "base/bytes.h"
#include "base/decimal.h"
#include "base/time.h"
#include "model/trade.h"

namespace tapewire {

class TradeSums {
 public:
  void add(const Trade& trade, UpdateRules rules) {
    if (rules.volume) add_volume(trade);
    if (rules.high_low) {
      if (!has_high_ || trade.price.raw > high_) high_ = trade.price.raw;
      if (!has_high_ || trade.price.raw < low_) low_ = trade.price.raw;
      has_high_ = true;
    }
    if (rules.open_close) {
      if (!has_open_ || before_first(trade)) {
        first_time_ = trade.time.ns;
        first_sequence_ = trade.sequence;
        first_exchange_ = trade.exchange;
        first_price_ = trade.price.raw;
      }
      if (!has_open_ || after_last(trade)) {
        last_time_ = trade.time.ns;
        last_sequence_ = trade.sequence;
        last_exchange_ = trade.exchange;
        last_price_ = trade.price.raw;
      }
      has_open_ = true;
    }
  }

  [[nodiscard]] bool has_bar() const { return has_open_ && !too_large_; }
  [[nodiscard]] Price open() const { return {first_price_}; }
  [[nodiscard]] Price close() const { return {last_price_}; }
  [[nodiscard]] Price high() const { return {high_}; }
  [[nodiscard]] Price low() const { return {low_}; }
  [[nodiscard]] Quantity volume() const { return {volume_}; }
  [[nodiscard]] std::int64_t transactions() const { return transactions_; }
  [[nodiscard]] std::optional<Price> vwap() const {
    if (volume_ == 0) return std::nullopt;
    return Price{divide_half_even(notional_, volume_)};
  }

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  // The first and the last trade by (time, sequence, exchange, price), member by member: as two structs
  // they would not fit two cache lines with the rest.
  [[nodiscard]] bool before_first(const Trade& t) const {
    return std::tie(t.time.ns, t.sequence, t.exchange, t.price.raw) <
           std::tie(first_time_, first_sequence_, first_exchange_, first_price_);
  }
  [[nodiscard]] bool after_last(const Trade& t) const {
    return std::tie(t.time.ns, t.sequence, t.exchange, t.price.raw) >
           std::tie(last_time_, last_sequence_, last_exchange_, last_price_);
  }

  void add_volume(const Trade& trade) {
    ++transactions_;
    if (trade.size.raw > kMaxDecimal18 - volume_) too_large_ = true;
    if (too_large_) return;
    volume_ += trade.size.raw;
    notional_ += Int128{trade.price.raw} * trade.size.raw;
  }

  Int128 notional_ = 0;
  std::int64_t volume_ = 0;
  std::int64_t high_ = 0, low_ = 0;
  std::int64_t first_time_ = 0, first_sequence_ = 0, first_price_ = 0;
  std::int64_t last_time_ = 0, last_sequence_ = 0, last_price_ = 0;
  std::int32_t first_exchange_ = 0, last_exchange_ = 0;
  std::uint32_t transactions_ = 0;
  bool has_open_ = false;
  bool has_high_ = false;
  bool too_large_ = false;
};
static_assert(sizeof(TradeSums) == 112);

}  // namespace tapewire
