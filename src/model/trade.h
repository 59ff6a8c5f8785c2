// SPDX-License-Identifier: Apache-2.0
// Holds one trade and one quote as the vendors report them.
//
// Time:  `time` is the SIP (or vendor) time and is the event time; the others are kept as sent.
// Order: (time, sequence); sequence is increasing per symbol and day, not contiguous.
// Source: Polygon T and Q, trades_v1 and quotes_v1 flat files, Finnhub trades.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/decimal.h"
#include "base/time.h"
#include "model/bar.h"
#include "model/symbol.h"

namespace tapewire {

// Sale conditions or quote indicators, in the order sent.
class ConditionList {
 public:
  static constexpr std::size_t kCapacity = 14;
  [[nodiscard]] std::span<const std::uint16_t> view() const { return {items_.data(), size_}; }
  // False when full: the caller refuses the record rather than drop a condition.
  [[nodiscard]] bool add(std::uint16_t condition) {
    if (size_ == kCapacity) return false;
    items_[size_++] = condition;
    return true;
  }
  friend bool operator==(const ConditionList&, const ConditionList&) = default;

 private:
  std::array<std::uint16_t, kCapacity> items_{};
  std::uint16_t size_ = 0;
};

using TradeId = InlineString<39>;

struct Trade {
  Symbol symbol;
  Timestamp time;
  Price price;
  Quantity size;
  std::int64_t sequence = 0;
  TradeId id;
  ConditionList conditions;
  std::int32_t exchange = 0;
  std::int32_t tape = 0;
  std::int32_t correction = 0;
  std::int32_t trf_id = 0;
  std::optional<Timestamp> participant_time;
  std::optional<Timestamp> trf_time;
  SourceName source;

  friend bool operator==(const Trade&, const Trade&) = default;
};

struct Quote {
  Symbol symbol;
  Timestamp time;
  Price bid_price, ask_price;   // 0: no quote on that side
  Quantity bid_size, ask_size;  // as sent: round lots or shares, by vendor and date
  std::int64_t sequence = 0;
  ConditionList conditions;
  ConditionList indicators;
  std::int32_t bid_exchange = 0;
  std::int32_t ask_exchange = 0;
  std::int32_t tape = 0;
  std::optional<Timestamp> participant_time;
  std::optional<Timestamp> trf_time;
  SourceName source;

  friend bool operator==(const Quote&, const Quote&) = default;
};

}  // namespace tapewire
