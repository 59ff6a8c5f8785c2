// SPDX-License-Identifier: Apache-2.0
// Turns bars and signals into rows of their tables and back, and says which of two rows of one key stays.
//
// Time:  TIMESTAMP is microseconds; bars and signals begin and end on whole seconds, so nothing is lost.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "model/bar.h"
#include "model/record.h"
#include "store/duck.h"
#include "store/row_appender.h"

namespace tapewire {

// Sources that take one byte; any other name stands in the column `vendor`. The order is on disk.
inline constexpr std::array<std::string_view, 6> kOneByteSources{
    "files", "polygon", "finnhub", "guardian", "simulated", "binance"};

template <class Row>
struct SeriesRows;

template <>
struct SeriesRows<Bar> {
  static constexpr std::string_view kColumns =
      "symbol, start_time, end_time, session, open, high, low, close, volume, vwap, transactions, "
      "origin, "
      "revision, source, vendor";
  static Timestamp time(const Bar& bar) { return floor_to(bar.start, microseconds(1)); }
  static void put(RowAppender& to, const Bar& bar);
  // Reads kColumns, beginning at column `first` of the chunk.
  static Bar get(const std::vector<DuckColumn>& columns, idx_t first, idx_t row,
                 std::size_t series);
  // The row to keep when `next` comes after `now`; nullopt: `now` stays as it is.
  // Better origins win; of equal origins the newer values, as the next revision.
  // Bars built from trades: the one of more trades; a run that has seen some of them again knows less.
  static std::optional<Bar> merge(const Bar& now, const Bar& next);
  // Computed from other rows of the store.
  static bool derived(const Bar& bar) { return bar.origin == Origin::rolled_up; }
};

template <>
struct SeriesRows<SignalSet> {
  static constexpr std::string_view kColumns =
      "symbol, time, change_5m, change_10m, change_15m, delta_10s, change_10s, revision";
  static Timestamp time(const SignalSet& signals) {
    return floor_to(signals.time, microseconds(1));
  }
  static void put(RowAppender& to, const SignalSet& signals);
  static SignalSet get(const std::vector<DuckColumn>& columns, idx_t first, idx_t row,
                       std::size_t series);
  // A revision of its run replaces the whole row; another run's first values replace those kinds it has.
  static std::optional<SignalSet> merge(const SignalSet& now, const SignalSet& next);
  static bool derived(const SignalSet& /*signals*/) { return true; }
};

std::vector<DuckColumn> columns_of(const DuckChunk& chunk);

// "t.symbol, t.time" of "symbol, time".
std::string columns_of_t(std::string_view columns);

}  // namespace tapewire
