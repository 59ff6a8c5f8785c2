// SPDX-License-Identifier: Apache-2.0
// Lays out the tables and views of the store, knows their version and migrates older ones.
//
// Layout: per width bars_<w>_hot (append-only, any order) and bars_<w>_done (whole days, sorted by
//         symbol, start_time); signals_hot and signals_done likewise. Readers use the views.
// Views:  bars, bars_<w>, signals, news, dead_letters, trades, quotes, gaps; beside them bars_vendor (bars
//         with the vendor's accumulated_volume, official_open_price, aggregate_vwap, average_size, otc
//         and source) and news_symbols (one row per article and symbol).
// Time:   TIMESTAMP (microseconds); of trades and quotes TIMESTAMP_NS, as the vendors' times have
//         nanoseconds.
// Source: the SQL names of docs/formats.md.
#pragma once

#include <array>
#include <span>
#include <string>

#include "base/result.h"
#include "model/width.h"
#include "store/duck.h"

namespace tapewire {

inline constexpr int kSchemaVersion = 1;

// Widths of kWidths in order, then signals: what is kept as a hot and a done table.
inline constexpr std::size_t kSeriesCount = kWidths.size() + 1;
inline constexpr std::size_t kSignalSeries = kWidths.size();
struct SeriesNames {
  std::string name;  // "1m", "signals"
  std::string hot, done;
  std::string time;  // the column of the key beside symbol
};
const std::array<SeriesNames, kSeriesCount>& series_names();

// Turns version `from` into `from + 1`.
struct Migration {
  int from;
  std::string sql;
};
const std::vector<Migration>& schema_migrations();

// Creates everything in an empty database; within the caller's transaction.
Status create_schema(DuckConnection& connection);
// The version of an existing store; `invalid_data` when the database is no store of ours.
Result<int> read_schema_version(DuckConnection& connection);
// Brings the store to `target` step by step, each step one transaction.
Status migrate_schema(DuckConnection& connection, std::span<const Migration> migrations,
                      int target);

}  // namespace tapewire
