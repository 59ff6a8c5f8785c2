// SPDX-License-Identifier: Apache-2.0
#include "store/verify_store.h"

#include <algorithm>

#include <fmt/format.h>

#include "store/schema.h"

namespace tapewire {
namespace {

class Verifier {
 public:
  explicit Verifier(DuckConnection& connection) : connection_(connection) {}

  Result<std::vector<std::string>> run() {
    TRY_ASSIGN(const std::vector<std::string> tables,
               texts("SELECT table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary "
                     "ORDER BY 1"));
    for (const std::string& table : tables) read_table(table);
    // What lies under a damaged table would only be reported again.
    if (!findings_.empty()) return findings_;
    for (std::size_t series = 0; series < kSeriesCount; ++series) check_series(series);
    count("SELECT count(*) - count(DISTINCT topic) FROM offsets",
          "offsets: {} topics stand there twice");
    count(
        "SELECT count(*) FROM (SELECT source, id FROM news_items GROUP BY ALL HAVING count(*) > 1)",
        "news: {} keys (source, id) stand there twice");
    count("SELECT count(*) - count(DISTINCT log_offset) FROM dead_letter_items",
          "dead_letters: {} log offsets stand there twice");
    return findings_;
  }

 private:
  using Key = std::pair<std::string, std::int64_t>;
  struct Run {
    std::int64_t first_row;
    Key first, last;
  };

  Result<std::vector<std::string>> texts(const std::string& sql) {
    TRY_ASSIGN(DuckResult rows, connection_.query(sql));
    std::vector<std::string> out;
    while (true) {
      TRY_ASSIGN(const DuckChunk chunk, rows.next());
      if (!chunk) return out;
      const DuckColumn column(chunk, 0);
      for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk.get()); ++i)
        out.emplace_back(column.text(i));
    }
  }

  // Hashing every column makes DuckDB read every block of it; statistics alone would not.
  void read_table(const std::string& table) {
    const auto columns =
        texts(fmt::format("SELECT '\"' || column_name || '\"' FROM duckdb_columns() WHERE "
                          "table_name = {} AND NOT internal "
                          "ORDER BY column_index",
                          sql_quote(table)));
    if (!columns) {
      findings_.push_back("table " + table + ": " + columns.error().message);
      return;
    }
    std::string sums;
    for (const std::string& column : *columns) {
      sums += fmt::format("{}bit_xor(hash({}, rowid))", sums.empty() ? "" : ", ", column);
    }
    const Status status = connection_.run(fmt::format("SELECT {} FROM {}", sums, table));
    if (!status) findings_.push_back("table " + table + ": " + status.error().message);
  }

  // A number that should be 0.
  void count(const std::string& sql, std::string_view finding) {
    const auto n = connection_.integer(sql);
    if (!n)
      findings_.push_back(n.error().message);
    else if (n->value_or(0) != 0)
      findings_.push_back(fmt::format(fmt::runtime(finding), n->value_or(0)));
  }

  void check_series(std::size_t series) {
    const SeriesNames& names = series_names()[series];
    const auto days =
        texts(fmt::format("SELECT DISTINCT date_trunc('day', {0})::VARCHAR FROM (SELECT {0} FROM "
                          "{1} UNION ALL SELECT {0} FROM {2}) "
                          "ORDER BY 1",
                          names.time, names.hot, names.done));
    if (!days) {
      findings_.push_back(names.name + ": " + days.error().message);
      return;
    }
    for (const std::string& day : *days) {
      const std::string range =
          fmt::format("{0} >= '{1}' AND {0} < '{1}'::TIMESTAMP + INTERVAL 1 DAY", names.time, day);
      count(fmt::format("SELECT count(*) FROM (SELECT symbol, {0} FROM (SELECT symbol, {0} FROM "
                        "{1} WHERE {3} UNION ALL "
                        "SELECT symbol, {0} FROM {2} WHERE {3}) GROUP BY ALL HAVING count(*) > 1)",
                        names.time, names.hot, names.done, range),
            names.name + ": {} keys (symbol, time) of " + day.substr(0, 10) + " stand there twice");
    }
    check_finished(names);
    if (series != kSignalSeries) check_stats(names);
  }

  void check_finished(const SeriesNames& names) {
    count(fmt::format("SELECT count(*) FROM {0} d WHERE NOT EXISTS (SELECT 1 FROM finished f WHERE "
                      "f.series = '{1}' AND "
                      "d.{2} >= f.from_time AND d.{2} < f.to_time)",
                      names.done, names.name, names.time),
          names.done + ": {} rows lie outside every finished span");
    auto spans =
        connection_.query(fmt::format("SELECT epoch_us(from_time), epoch_us(to_time) FROM finished "
                                      "WHERE series = '{}' ORDER BY 1",
                                      names.name));
    while (spans) {
      const auto chunk = spans->next();
      if (!chunk || !*chunk) break;
      const DuckColumn from(*chunk, 0), to(*chunk, 1);
      for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk->get()); ++i) {
        const Status status = check_sorted(names, from.at<std::int64_t>(i), to.at<std::int64_t>(i));
        if (!status) findings_.push_back(names.done + ": " + status.error().message);
      }
    }
  }

  // Rows come in runs of consecutive rows, but the runs in any order: their edges are compared after.
  Status check_sorted(const SeriesNames& names, std::int64_t from, std::int64_t to) {
    TRY_ASSIGN(DuckResult rows,
               connection_.stream(fmt::format(
                   "SELECT rowid, symbol, {0} FROM {1} WHERE {0} >= make_timestamp({2}) AND "
                   "{0} < make_timestamp({3})",
                   names.time, names.done, from, to)));
    std::vector<Run> runs;
    std::int64_t unsorted = 0;
    while (true) {
      TRY_ASSIGN(const DuckChunk chunk, rows.next());
      if (!chunk) break;
      const DuckColumn row(chunk, 0), symbol(chunk, 1), time(chunk, 2);
      const auto key = [&](idx_t i) { return Key(symbol.text(i), time.at<std::int64_t>(i)); };
      for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk.get()); ++i) {
        if (i == 0 || row.at<std::int64_t>(i) != row.at<std::int64_t>(i - 1) + 1) {
          if (i > 0) runs.back().last = key(i - 1);
          runs.push_back({row.at<std::int64_t>(i), key(i), {}});
        } else {
          const int order = symbol.text(i - 1).compare(symbol.text(i));
          if (order > 0 || (order == 0 && time.at<std::int64_t>(i - 1) >= time.at<std::int64_t>(i)))
            ++unsorted;
        }
      }
      runs.back().last = key(duckdb_data_chunk_get_size(chunk.get()) - 1);
    }
    std::ranges::sort(runs, {}, &Run::first_row);
    for (std::size_t i = 1; i < runs.size(); ++i) {
      if (runs[i].first <= runs[i - 1].last) ++unsorted;
    }
    if (unsorted == 0) return {};
    return fail(ErrorCode::corrupt,
                fmt::format("{} places of the finished days from {} are not sorted", unsorted,
                            to_iso8601(from_micros(from))));
  }

  void check_stats(const SeriesNames& names) {
    count(fmt::format("SELECT count(*) FROM (SELECT symbol, min(start_time) AS low, "
                      "max(start_time) AS high FROM {} GROUP BY "
                      "symbol) d LEFT JOIN symbol_stats s ON s.series = '{}' AND s.symbol = "
                      "d.symbol WHERE s.symbol IS NULL OR "
                      "s.first_time > d.low OR s.last_time < d.high",
                      names.done, names.name),
          "symbol_stats: {} symbols of " + names.name + " do not match the finished days");
  }

  DuckConnection& connection_;
  std::vector<std::string> findings_;
};

}  // namespace

Result<std::vector<std::string>> verify_store(DuckConnection& connection) {
  return Verifier(connection).run();
}

}  // namespace tapewire
