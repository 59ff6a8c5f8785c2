// SPDX-License-Identifier: Apache-2.0
#include "store/day_reconcile.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>

#include <fmt/format.h>

#include "model/calendar.h"
#include "store/series_writer.h"

namespace tapewire {
namespace {

constexpr std::size_t kSymbolsAtOnce = 128;

struct DaySpan {
  Timestamp from, to;  // midnights of New York
};

Status stage_symbols(DuckConnection& connection, std::span<const Symbol> symbols) {
  TRY(connection.run("CREATE OR REPLACE TEMP TABLE stage_symbols (symbol VARCHAR)"));
  TRY_ASSIGN(RowAppender to, RowAppender::open(connection, "stage_symbols"));
  for (const Symbol& symbol : symbols) {
    to.text(0, symbol.view());
    TRY(to.end_row());
  }
  return to.close();
}

// The second and minute bars of the staged symbols, in the order of their ends.
Result<std::vector<Bar>> read_parts(DuckConnection& connection, DaySpan day) {
  std::vector<Bar> out;
  for (std::size_t series = 0; series < kWidths.size(); ++series) {
    if (kWidths[series] != Width::s1 && kWidths[series] != Width::m1) continue;
    const SeriesNames& names = series_names()[series];
    for (const std::string& table : {names.done, names.hot}) {
      TRY_ASSIGN(DuckResult rows,
                 connection.query(fmt::format(
                     "SELECT {} FROM {} t, temp.stage_symbols k WHERE t.symbol = k.symbol AND "
                     "t.start_time >= make_timestamp({}) AND t.start_time < make_timestamp({})",
                     columns_of_t(SeriesRows<Bar>::kColumns), table, to_micros(day.from),
                     to_micros(day.to))));
      while (true) {
        TRY_ASSIGN(const DuckChunk chunk, rows.next());
        if (!chunk) break;
        const std::vector<DuckColumn> columns = columns_of(chunk);
        for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk.get()); ++i)
          out.push_back(SeriesRows<Bar>::get(columns, 0, i, series));
      }
    }
  }
  std::ranges::sort(out, {}, [](const Bar& b) { return std::tuple(b.end.ns, b.width, b.symbol); });
  return out;
}

bool within(Timestamp time, DaySpan day) { return time >= day.from && time < day.to; }

// The deferred rows of these symbols and day; each result of the same key gets the highest revision they had.
// A deferred row whose key has no result stands for itself.
template <class Row>
std::vector<Row> leave_revisions(const std::vector<Row>& deferred, DaySpan day,
                                 std::span<const Symbol> symbols, std::vector<Row>& results) {
  std::vector<Row> alone;
  const auto key = [](const Row& row) {
    if constexpr (std::is_same_v<Row, Bar>)
      return std::tuple(row.symbol, row.width, row.start.ns);
    else
      return std::tuple(row.symbol, row.time.ns);
  };
  std::ranges::sort(results, {}, key);
  for (const Row& row : deferred) {
    if (!within(SeriesRows<Row>::time(row), day) ||
        !std::ranges::binary_search(symbols, row.symbol))
      continue;
    const auto at = std::ranges::lower_bound(results, key(row), {}, key);
    if (at == results.end() || key(*at) != key(row)) {
      alone.push_back(row);
    } else {
      at->revision = std::max(at->revision, row.revision);
    }
  }
  return alone;
}

template <class Row>
Status correct_series(WriteContext& context, std::size_t series, const std::vector<Row>& results,
                      const std::vector<Row>& alone,
                      const std::function<void(const Bar&)>& written) {
  SeriesWriter<Row> writer(context, series);
  const auto wanted = [&](const Row& row) {
    if constexpr (std::is_same_v<Row, Bar>)
      return row.width == kWidths[series];
    else
      return true;
  };
  // A signal belongs to one bar that is there, so it is finished; a longer bar's window may not be.
  for (const Row& row : results) {
    if (wanted(row)) writer.correct(row, std::is_same_v<Row, SignalSet>);
  }
  for (const Row& row : alone) {
    if (wanted(row)) writer.correct(row, true);
  }
  TRY(writer.finish());
  if constexpr (std::is_same_v<Row, Bar>) writer.visit_written(written);
  return {};
}

Status reconcile(WriteContext& context, const DayRecompute& recompute, DaySpan day,
                 std::span<const Symbol> symbols, const std::function<void(const Bar&)>& written) {
  TRY(stage_symbols(context.connection, symbols));
  TRY_ASSIGN(const std::vector<Bar> parts, read_parts(context.connection, day));
  DayResults results = recompute(parts);
  const auto bars_alone = leave_revisions(context.again.bars(), day, symbols, results.bars);
  const auto signals_alone =
      leave_revisions(context.again.signals(), day, symbols, results.signals);
  for (std::size_t series = 0; series < kWidths.size(); ++series) {
    if (kWidths[series] == Width::s1 || kWidths[series] == Width::m1) continue;
    TRY(correct_series(context, series, results.bars, bars_alone, written));
  }
  return correct_series(context, kSignalSeries, results.signals, signals_alone, written);
}

}  // namespace

void DaysAgain::touch(const Symbol& symbol, Timestamp time) {
  if (last_ == nullptr || time < last_from_ || time >= last_to_) {
    const TradingDate date = calendar().date_of(time);
    last_from_ = calendar().midnight(date);
    last_to_ = calendar().midnight({date.days + 1});
    last_ = &days_[last_from_.ns];
  }
  last_->insert(symbol);
}

Status reconcile_days(WriteContext& context, const DayRecompute& recompute,
                      const std::function<void(const Bar&)>& written) {
  for (const auto& [midnight, day] : context.again.days()) {
    const Timestamp from{midnight};
    const DaySpan span{from, calendar().midnight({calendar().date_of(from).days + 1})};
    std::vector<Symbol> symbols(day.begin(), day.end());
    std::ranges::sort(symbols);
    for (std::size_t at = 0; at < symbols.size(); at += kSymbolsAtOnce) {
      const std::size_t count = std::min(kSymbolsAtOnce, symbols.size() - at);
      TRY(reconcile(context, recompute, span, std::span(symbols).subspan(at, count), written));
    }
  }
  return {};
}

}  // namespace tapewire
