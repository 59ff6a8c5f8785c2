// SPDX-License-Identifier: Apache-2.0
#include "store/store_writer.h"

#include <fmt/format.h>

#include "store/item_rows.h"
#include "store/series_writer.h"

namespace tapewire {

Status StoreWriter::load_offsets() {
  if (offsets_loaded_) return {};
  offsets_.clear();
  TRY_ASSIGN(DuckResult rows, connection_.query("SELECT topic, next_offset FROM offsets"));
  while (true) {
    TRY_ASSIGN(const DuckChunk chunk, rows.next());
    if (!chunk) break;
    const DuckColumn topics(chunk, 0), offsets(chunk, 1);
    for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk.get()); ++i) {
      offsets_[std::string(topics.text(i))] = offsets.at<std::uint64_t>(i);
    }
  }
  offsets_loaded_ = true;
  return {};
}

Result<std::vector<StoreOffset>> StoreWriter::offsets() {
  TRY(load_offsets());
  std::vector<StoreOffset> out;
  for (const auto& [topic, offset] : offsets_) out.push_back({topic, offset});
  return out;
}

// False: every offset of the batch is one the store already has.
Result<bool> StoreWriter::is_ahead(const StoreBatch& batch) {
  TRY(load_offsets());
  bool ahead = batch.offsets.empty();
  const StoreOffset* behind = nullptr;
  for (const StoreOffset& next : batch.offsets) {
    const auto known = offsets_.find(next.topic);
    if (known == offsets_.end() || next.offset > known->second) ahead = true;
    if (known != offsets_.end() && next.offset < known->second) behind = &next;
  }
  if (ahead && behind != nullptr) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format(
            "store: a batch goes on to new rows but its offset of {} is {}, behind the store's {}",
            behind->topic, behind->offset, offsets_[behind->topic]));
  }
  return ahead;
}

Status StoreWriter::apply(const StoreBatch& batch) {
  TRY_ASSIGN(const bool ahead, is_ahead(batch));
  if (!ahead) return {};
  const Status status = write(batch);
  if (!status) {
    marks_.forget();
    shared_.forget();
    offsets_loaded_ = false;
    return status;
  }
  marks_.trim();
  shared_.trim();
  for (const StoreOffset& next : batch.offsets) offsets_[next.topic] = next.offset;
  return {};
}

Status StoreWriter::write(const StoreBatch& batch) {
  DuckTransaction transaction(connection_);
  TRY(transaction.begin());
  DaysAgain again;
  WriteContext context{connection_, marks_, recompute_ ? &shared_ : nullptr, again};
  std::array<std::optional<SeriesWriter<Bar>>, kWidths.size()> bars;
  for (const StoredBar& stored : batch.bars) {
    const auto series = static_cast<std::size_t>(stored.bar.width);
    if (!bars[series]) bars[series].emplace(context, series);
    TRY(bars[series]->add(stored.bar, stored.run));
  }
  for (auto& writer : bars) {
    if (writer) TRY(writer->finish());
  }
  SeriesWriter<SignalSet> signals(context, kSignalSeries);
  for (const StoredSignals& stored : batch.signals) TRY(signals.add(stored.signals, stored.run));
  TRY(signals.finish());
  std::vector<Bar> corrected;
  if (!again.empty()) {
    TRY(reconcile_days(context, recompute_, [&](const Bar& bar) { corrected.push_back(bar); }));
  }
  if (recompute_) TRY(shared_.write());
  TRY(write_news(connection_, batch.news));
  TRY(write_dead_letters(connection_, batch.dead_letters));
  if (keep_.trades) TRY(write_trades(connection_, batch.trades));
  if (keep_.quotes) TRY(write_quotes(connection_, batch.quotes));
  TRY(write_offsets(batch));
  TRY(transaction.commit());
  if (stats_.loaded()) {
    for (const auto& writer : bars) {
      if (writer) writer->visit_written([&](const Bar& bar) { stats_.add(bar); });
    }
    for (const Bar& bar : corrected) stats_.add(bar);
  }
  return {};
}

Status StoreWriter::write_offsets(const StoreBatch& batch) {
  for (const StoreOffset& next : batch.offsets) {
    const auto known = offsets_.find(next.topic);
    if (known != offsets_.end() && known->second == next.offset) continue;
    const std::string topic = sql_quote(next.topic);
    TRY(connection_.run(
        known == offsets_.end()
            ? fmt::format("INSERT INTO offsets VALUES ({}, {}::UBIGINT)", topic, next.offset)
            : fmt::format("UPDATE offsets SET next_offset = {}::UBIGINT WHERE topic = {}",
                          next.offset, topic)));
  }
  return {};
}

Status StoreWriter::checkpoint() { return connection_.run("CHECKPOINT"); }

Status StoreWriter::finish_days(Timestamp before) {
  bool any = false;
  for (std::size_t series = 0; series < kSeriesCount; ++series) {
    while (true) {
      TRY_ASSIGN(const auto span, next_span(series, before));
      if (!span) break;
      TRY(finish_span(series, *span));
      any = true;
    }
  }
  return any ? checkpoint() : Status();
}

Result<std::optional<StoreWriter::Span>> StoreWriter::next_span(std::size_t series,
                                                                Timestamp before) {
  const SeriesNames& names = series_names()[series];
  TRY_ASSIGN(const auto oldest,
             connection_.integer(
                 fmt::format("SELECT epoch_us(min({0})) FROM {1} WHERE {0} < make_timestamp({2})",
                             names.time, names.hot, to_micros(before))));
  if (!oldest) return std::nullopt;
  const Calendar& days = calendar();
  const TradingDate first = days.date_of(from_micros(*oldest));
  Span span{days.midnight(first), days.midnight({first.days + 1})};
  // Days join while they fit: many small days (of 1d bars) then make one sorted piece.
  TRY_ASSIGN(DuckResult rows,
             connection_.query(fmt::format(
                 "SELECT epoch_us(time_bucket(INTERVAL 1 DAY, {0})) AS day, count(*) FROM {1} "
                 "WHERE {0} >= make_timestamp({2}) AND {0} < make_timestamp({3}) "
                 "GROUP BY day ORDER BY day",
                 names.time, names.hot, to_micros(span.from), to_micros(before))));
  std::int64_t sum = 0;
  for (bool full = false; !full;) {
    TRY_ASSIGN(const DuckChunk chunk, rows.next());
    if (!chunk) break;
    const DuckColumn day(chunk, 0), count(chunk, 1);
    for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk.get()) && !full; ++i) {
      sum += count.at<std::int64_t>(i);
      full = sum > kSpanRows;
      const Timestamp end =
          days.midnight({days.date_of(from_micros(day.at<std::int64_t>(i)) + hours(12)).days + 1});
      if (!full && end > span.to && end <= before) span.to = end;
    }
  }
  // A finished span that is touched is sorted again whole; spans never overlap, so once is enough to
  // grow to their ends.
  TRY_ASSIGN(
      DuckResult touched,
      connection_.query(fmt::format(
          "SELECT epoch_us(min(from_time)), epoch_us(max(to_time)) FROM finished WHERE "
          "series = '{}' AND from_time < make_timestamp({}) AND to_time > make_timestamp({})",
          names.name, to_micros(span.to), to_micros(span.from))));
  TRY_ASSIGN(const DuckChunk chunk, touched.next());
  if (chunk && !DuckColumn(chunk, 0).null(0)) {
    span.from = std::min(span.from, from_micros(DuckColumn(chunk, 0).at<std::int64_t>(0)));
    span.to = std::max(span.to, from_micros(DuckColumn(chunk, 1).at<std::int64_t>(0)));
  }
  return span;
}

// Symbols that cut the rows into slices of about kSliceRows, in order; the last slice is open.
Result<std::vector<std::string>> StoreWriter::slice_bounds(const std::string& rows) {
  TRY_ASSIGN(DuckResult counts, connection_.query("SELECT symbol, count(*) FROM (" + rows +
                                                  ") GROUP BY symbol ORDER BY symbol"));
  std::vector<std::string> bounds;
  std::int64_t sum = 0;
  while (true) {
    TRY_ASSIGN(const DuckChunk chunk, counts.next());
    if (!chunk) return bounds;
    const DuckColumn symbol(chunk, 0), count(chunk, 1);
    for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk.get()); ++i) {
      if (sum > 0 && sum + count.at<std::int64_t>(i) > kSliceRows) {
        bounds.emplace_back(symbol.text(i));
        sum = 0;
      }
      sum += count.at<std::int64_t>(i);
    }
  }
}

Status StoreWriter::finish_span(std::size_t series, Span span) {
  const SeriesNames& names = series_names()[series];
  const std::string range = fmt::format("{0} >= make_timestamp({1}) AND {0} < make_timestamp({2})",
                                        names.time, to_micros(span.from), to_micros(span.to));
  DuckTransaction transaction(connection_);
  TRY(transaction.begin());
  TRY_ASSIGN(const auto old_rows, connection_.integer(fmt::format(
                                      "SELECT count(*) FROM {} WHERE {}", names.done, range)));
  TRY_ASSIGN(const auto last_old, connection_.integer(fmt::format(
                                      "SELECT max(rowid) FROM {} WHERE {}", names.done, range)));
  std::string rows = fmt::format("SELECT * FROM {} WHERE {}", names.hot, range);
  if (old_rows.value_or(0) > 0) {
    rows += fmt::format(" UNION ALL SELECT * FROM {} WHERE {} AND rowid <= {}", names.done, range,
                        *last_old);
  }
  TRY_ASSIGN(const std::vector<std::string> bounds, slice_bounds(rows));
  for (std::size_t i = 0; i <= bounds.size(); ++i) {
    std::string slice = "true";
    if (i > 0) slice += " AND symbol >= " + sql_quote(bounds[i - 1]);
    if (i < bounds.size()) slice += " AND symbol < " + sql_quote(bounds[i]);
    TRY(connection_.run(
        fmt::format("INSERT INTO {} SELECT * FROM ({}) WHERE {} ORDER BY symbol, {}", names.done,
                    rows, slice, names.time)));
  }
  if (series != kSignalSeries) TRY(add_to_stored_stats(connection_, series, span.from, span.to));
  if (old_rows.value_or(0) > 0) {
    TRY(connection_.run(
        fmt::format("DELETE FROM {} WHERE {} AND rowid <= {}", names.done, range, *last_old)));
  }
  TRY(connection_.run(fmt::format("DELETE FROM {} WHERE {}", names.hot, range)));
  TRY(connection_.run(fmt::format(
      "DELETE FROM finished WHERE series = '{}' AND from_time >= make_timestamp({}) AND "
      "to_time <= make_timestamp({})",
      names.name, to_micros(span.from), to_micros(span.to))));
  TRY(connection_.run(
      fmt::format("INSERT INTO finished VALUES ('{}', make_timestamp({}), make_timestamp({}))",
                  names.name, to_micros(span.from), to_micros(span.to))));
  return transaction.commit();
}

}  // namespace tapewire
