// SPDX-License-Identifier: Apache-2.0
#include "store/symbol_stats.h"

#include <fmt/format.h>

#include "store/schema.h"

namespace tapewire {
namespace {

constexpr std::string_view kSumOfHot =
    "SELECT symbol, min(start_time) AS first_time, max(start_time) AS last_time, "
    "arg_max(close, start_time) AS last_close FROM {}";

}  // namespace

bool SymbolStats::loaded() const {
  const std::lock_guard lock(mutex_);
  return loaded_;
}

void SymbolStats::add(const Bar& bar) {
  const std::lock_guard lock(mutex_);
  if (!loaded_) return;
  auto found = spans_.find(bar.symbol.view());
  if (found == spans_.end()) found = spans_.emplace(bar.symbol.str(), Spans()).first;
  Span& span = found->second[static_cast<std::size_t>(bar.width)];
  span.first = std::min(span.first, bar.start);
  if (bar.start >= span.last) {
    span.last = bar.start;
    span.last_close = bar.close;
  }
}

void SymbolStats::merge(const std::string& symbol, Width width, Span next) {
  Span& span = spans_[symbol][static_cast<std::size_t>(width)];
  span.first = std::min(span.first, next.first);
  if (next.last >= span.last) {
    span.last = next.last;
    span.last_close = next.last_close;
  }
}

Status SymbolStats::load(DuckConnection& connection) {
  // Finished days first: of two closes at the same time the hot one is the revision.
  for (std::size_t i = 0; i < kWidths.size(); ++i) {
    const SeriesNames& names = series_names()[i];
    for (const std::string& sql : {fmt::format("SELECT symbol, first_time, last_time, last_close "
                                               "FROM symbol_stats WHERE series = '{}'",
                                               names.name),
                                   fmt::format(kSumOfHot, names.hot) + " GROUP BY symbol"}) {
      TRY_ASSIGN(DuckResult rows, connection.query(sql));
      while (true) {
        TRY_ASSIGN(const DuckChunk chunk, rows.next());
        if (!chunk) break;
        const DuckColumn symbol(chunk, 0), first(chunk, 1), last(chunk, 2), close(chunk, 3);
        for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk.get()); ++row) {
          merge(std::string(symbol.text(row)), kWidths[i],
                {from_micros(first.at<std::int64_t>(row)), from_micros(last.at<std::int64_t>(row)),
                 Price{close.at<std::int64_t>(row)}});
        }
      }
    }
  }
  loaded_ = true;
  return {};
}

Result<std::vector<SymbolRow>> SymbolStats::symbols(DuckConnection& connection) {
  const std::lock_guard lock(mutex_);
  if (!loaded_) TRY(load(connection));
  std::vector<SymbolRow> out;
  for (const auto& [symbol, spans] : spans_) {
    SymbolRow row{symbol, std::nullopt, std::nullopt, std::nullopt, {}};
    for (std::size_t i = 0; i < spans.size(); ++i) {
      const Span& span = spans[i];
      if (span.last < span.first) continue;
      row.widths.push_back(kWidths[i]);
      if (!row.first_time || span.first < *row.first_time) row.first_time = span.first;
      if (!row.last_time || span.last > *row.last_time) {
        row.last_time = span.last;
        row.last_close = span.last_close;
      }
    }
    if (!row.widths.empty()) out.push_back(std::move(row));
  }
  return out;
}

Result<std::optional<std::pair<Timestamp, Timestamp>>> SymbolStats::span_of(
    DuckConnection& connection, const std::string& symbol, Width width) {
  const std::lock_guard lock(mutex_);
  if (!loaded_) TRY(load(connection));
  const auto found = spans_.find(symbol);
  if (found == spans_.end()) return std::nullopt;
  const Span& span = found->second[static_cast<std::size_t>(width)];
  if (span.last < span.first) return std::nullopt;
  return std::pair(span.first, span.last);
}

Status add_to_stored_stats(DuckConnection& connection, std::size_t series, Timestamp from,
                           Timestamp to) {
  const SeriesNames& names = series_names()[series];
  TRY(connection.run(fmt::format(
      "CREATE OR REPLACE TEMP TABLE stage_stats AS SELECT symbol, min(first_time) AS first_time, "
      "max(last_time) AS last_time, arg_max(last_close, epoch_us(last_time) * 2 + newer) AS "
      "last_close FROM ("
      "SELECT *, 1 AS newer FROM ({} WHERE start_time >= make_timestamp({}) AND start_time < "
      "make_timestamp({}) "
      "GROUP BY symbol) UNION ALL SELECT symbol, first_time, last_time, last_close, 0 FROM "
      "symbol_stats "
      "WHERE series = '{}') GROUP BY symbol",
      fmt::format(kSumOfHot, names.hot), to_micros(from), to_micros(to), names.name)));
  TRY(connection.run(fmt::format("DELETE FROM symbol_stats WHERE series = '{}'", names.name)));
  return connection.run(
      fmt::format("INSERT INTO symbol_stats SELECT '{}', * FROM temp.stage_stats", names.name));
}

}  // namespace tapewire
