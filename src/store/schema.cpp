// SPDX-License-Identifier: Apache-2.0
#include "store/schema.h"

#include <fmt/format.h>

#include "store/series_rows.h"

namespace tapewire {
namespace {

// `vendor` holds accumulated_volume|official_open_price|aggregate_vwap|average_size|otc|source as exact text,
// NULL when all are absent: one column instead of five that are nearly always empty.
constexpr std::string_view kBarColumns = R"(
  symbol VARCHAR NOT NULL, start_time TIMESTAMP NOT NULL, end_time TIMESTAMP NOT NULL, session session,
  open DECIMAL(18,9) NOT NULL, high DECIMAL(18,9) NOT NULL, low DECIMAL(18,9) NOT NULL,
  close DECIMAL(18,9) NOT NULL, volume DECIMAL(18,6) NOT NULL, vwap DECIMAL(18,9), transactions BIGINT,
  ohlc_average DECIMAL(18,9) NOT NULL, origin origin NOT NULL, revision INTEGER NOT NULL,
  source source_name, vendor VARCHAR)";

constexpr std::string_view kSignalColumns = R"(
  symbol VARCHAR NOT NULL, time TIMESTAMP NOT NULL, change_5m DOUBLE, change_10m DOUBLE,
  change_15m DOUBLE, delta_10s DOUBLE, change_10s DOUBLE, revision INTEGER NOT NULL)";

constexpr std::string_view kOtherTables = R"(
CREATE TABLE schema_version (version INTEGER NOT NULL, program VARCHAR NOT NULL);
CREATE TABLE offsets (topic VARCHAR NOT NULL, next_offset UBIGINT NOT NULL);
CREATE TABLE day_runs (day TIMESTAMP NOT NULL, run UINTEGER NOT NULL);
CREATE TABLE symbol_days (day TIMESTAMP NOT NULL, symbol VARCHAR NOT NULL, run UINTEGER NOT NULL,
  shared BOOLEAN NOT NULL);
CREATE TABLE finished (series VARCHAR NOT NULL, from_time TIMESTAMP NOT NULL, to_time TIMESTAMP NOT NULL);
CREATE TABLE symbol_stats (series VARCHAR NOT NULL, symbol VARCHAR NOT NULL, first_time TIMESTAMP NOT NULL,
  last_time TIMESTAMP NOT NULL, last_close DECIMAL(18,9) NOT NULL);
CREATE TABLE news_items (id VARCHAR NOT NULL, source VARCHAR NOT NULL, search VARCHAR NOT NULL,
  published_at TIMESTAMP NOT NULL, first_published_at TIMESTAMP, precision VARCHAR NOT NULL,
  received_at TIMESTAMP NOT NULL, title VARCHAR NOT NULL, summary VARCHAR NOT NULL, url VARCHAR,
  section VARCHAR, symbols VARCHAR[] NOT NULL, extra VARCHAR, revision INTEGER NOT NULL);
CREATE TABLE dead_letter_items (log_offset UBIGINT NOT NULL, topic VARCHAR NOT NULL,
  received_at TIMESTAMP NOT NULL, stage VARCHAR NOT NULL, source VARCHAR NOT NULL, origin VARCHAR NOT NULL,
  reason VARCHAR NOT NULL, field VARCHAR NOT NULL, expected VARCHAR NOT NULL, payload BLOB NOT NULL);
CREATE TABLE gap_items (source VARCHAR NOT NULL, stream VARCHAR NOT NULL, from_time TIMESTAMP NOT NULL,
  to_time TIMESTAMP NOT NULL, why VARCHAR NOT NULL, repaired_at TIMESTAMP);
CREATE TABLE trade_items (symbol VARCHAR NOT NULL, time TIMESTAMP_NS NOT NULL, price DECIMAL(18,9) NOT NULL,
  size DECIMAL(18,6) NOT NULL, sequence BIGINT NOT NULL, id VARCHAR NOT NULL, conditions USMALLINT[] NOT NULL,
  exchange INTEGER NOT NULL, tape INTEGER NOT NULL, correction INTEGER NOT NULL, trf_id INTEGER NOT NULL,
  participant_time TIMESTAMP_NS, trf_time TIMESTAMP_NS, source VARCHAR NOT NULL);
CREATE TABLE quote_items (symbol VARCHAR NOT NULL, time TIMESTAMP_NS NOT NULL,
  bid_price DECIMAL(18,9) NOT NULL, bid_size DECIMAL(18,6) NOT NULL, ask_price DECIMAL(18,9) NOT NULL,
  ask_size DECIMAL(18,6) NOT NULL, sequence BIGINT NOT NULL, conditions USMALLINT[] NOT NULL,
  indicators USMALLINT[] NOT NULL, bid_exchange INTEGER NOT NULL, ask_exchange INTEGER NOT NULL,
  tape INTEGER NOT NULL, participant_time TIMESTAMP_NS, trf_time TIMESTAMP_NS, source VARCHAR NOT NULL);
)";

constexpr std::string_view kOtherViews = R"(
CREATE VIEW signals AS
  WITH wide AS (SELECT * FROM signals_done UNION ALL SELECT * FROM signals_hot)
  SELECT symbol, time, 'change_5m' AS kind, change_5m AS value FROM wide WHERE change_5m IS NOT NULL
  UNION ALL SELECT symbol, time, 'change_10m', change_10m FROM wide WHERE change_10m IS NOT NULL
  UNION ALL SELECT symbol, time, 'change_15m', change_15m FROM wide WHERE change_15m IS NOT NULL
  UNION ALL SELECT symbol, time, 'delta_10s', delta_10s FROM wide WHERE delta_10s IS NOT NULL
  UNION ALL SELECT symbol, time, 'change_10s', change_10s FROM wide WHERE change_10s IS NOT NULL;
CREATE VIEW news AS SELECT id, source, search, published_at, first_published_at, precision, received_at, title,
  summary, url, section, CASE WHEN len(symbols) = 0 THEN extra ELSE json_merge_patch(coalesce(extra, '{}'),
  json_object('symbols', symbols))::VARCHAR END AS extra FROM news_items;
CREATE VIEW news_symbols AS SELECT source, id, published_at, unnest(symbols) AS symbol FROM news_items;
CREATE VIEW dead_letters AS SELECT log_offset, topic, received_at, stage, source, reason, field, expected,
  payload FROM dead_letter_items;
CREATE VIEW gaps AS SELECT source, stream, from_time, to_time, why, repaired_at FROM gap_items;
CREATE VIEW trades AS SELECT * FROM trade_items;
CREATE VIEW quotes AS SELECT * FROM quote_items;
)";

// Without the vendor's day fields, or with them.
std::string bar_select(std::string_view width, std::string_view table, bool vendor) {
  std::string out = fmt::format(
      "SELECT symbol, '{}' AS width, start_time, end_time, session::VARCHAR AS session, open, "
      "high, low, close, "
      "volume, vwap, transactions, ohlc_average, origin::VARCHAR AS origin, revision",
      width);
  if (vendor) {
    int part = 0;
    for (const auto& [name, type] : std::array<std::pair<std::string_view, std::string_view>, 5>{
             {{"accumulated_volume", "DECIMAL(18,6)"},
              {"official_open_price", "DECIMAL(18,9)"},
              {"aggregate_vwap", "DECIMAL(18,9)"},
              {"average_size", "DECIMAL(18,6)"},
              {"otc", "BOOLEAN"}}}) {
      out += fmt::format(", nullif(split_part(vendor, '|', {}), '')::{} AS {}", ++part, type, name);
    }
    out += ", coalesce(source::VARCHAR, split_part(vendor, '|', 6)) AS source";
  }
  return out + fmt::format(" FROM {}", table);
}

std::string bar_views() {
  std::string views, all, all_vendor;
  for (std::size_t i = 0; i < kWidths.size(); ++i) {
    const SeriesNames& names = series_names()[i];
    for (const bool vendor : {false, true}) {
      const std::string both = bar_select(names.name, names.done, vendor) + " UNION ALL " +
                               bar_select(names.name, names.hot, vendor);
      std::string& sum = vendor ? all_vendor : all;
      sum += (sum.empty() ? "" : " UNION ALL ") + both;
      if (!vendor) views += fmt::format("CREATE VIEW bars_{} AS {};\n", names.name, both);
    }
  }
  return views + "CREATE VIEW bars AS " + all + ";\nCREATE VIEW bars_vendor AS " + all_vendor +
         ";\n";
}

std::string schema_sql() {
  std::string sql =
      "CREATE TYPE session AS ENUM ('pre_market', 'regular', 'after_hours');\n"
      "CREATE TYPE origin AS ENUM ('rolled_up', 'built', 'vendor');\n";
  std::string sources;
  for (const std::string_view name : kOneByteSources)
    sources += (sources.empty() ? "'" : ", '") + std::string(name) + "'";
  sql += fmt::format("CREATE TYPE source_name AS ENUM ({});\n", sources);
  for (std::size_t i = 0; i < kSeriesCount; ++i) {
    const std::string_view columns = i == kSignalSeries ? kSignalColumns : kBarColumns;
    for (const std::string& table : {series_names()[i].hot, series_names()[i].done}) {
      sql += fmt::format("CREATE TABLE {} ({});\n", table, columns);
    }
  }
  sql += kOtherTables;
  sql += bar_views();
  sql += kOtherViews;
  return sql + fmt::format("INSERT INTO schema_version VALUES ({}, 'tapewire');", kSchemaVersion);
}

}  // namespace

const std::array<SeriesNames, kSeriesCount>& series_names() {
  static const std::array<SeriesNames, kSeriesCount> names = [] {
    std::array<SeriesNames, kSeriesCount> out;
    for (std::size_t i = 0; i < kWidths.size(); ++i) {
      const std::string width(to_string(kWidths[i]));
      out[i] = {width, "bars_" + width + "_hot", "bars_" + width + "_done", "start_time"};
    }
    out[kSignalSeries] = {"signals", "signals_hot", "signals_done", "time"};
    return out;
  }();
  return names;
}

const std::vector<Migration>& schema_migrations() {
  static const std::vector<Migration> migrations;
  return migrations;
}

Status create_schema(DuckConnection& connection) { return connection.run(schema_sql()); }

Result<int> read_schema_version(DuckConnection& connection) {
  TRY_ASSIGN(const auto tables,
             connection.integer(
                 "SELECT count(*) FROM duckdb_columns() WHERE NOT internal AND "
                 "table_name = 'schema_version' AND column_name IN ('version', 'program')"));
  if (tables.value_or(0) != 2) {
    return fail(ErrorCode::invalid_data,
                "it is a DuckDB database of another program (no table schema_version)");
  }
  TRY_ASSIGN(const auto version,
             connection.integer(
                 "SELECT max(version)::BIGINT FROM schema_version WHERE program = 'tapewire'"));
  if (!version) {
    return fail(ErrorCode::invalid_data,
                "it is a DuckDB database of another program (schema_version has no row of ours)");
  }
  return static_cast<int>(*version);
}

Status migrate_schema(DuckConnection& connection, std::span<const Migration> migrations,
                      int target) {
  TRY_ASSIGN(int version, read_schema_version(connection));
  while (version < target) {
    const Migration* step = nullptr;
    for (const Migration& migration : migrations) {
      if (migration.from == version) step = &migration;
    }
    if (step == nullptr) {
      return fail(
          ErrorCode::invalid_data,
          fmt::format("its schema version {} is older than this program can migrate", version));
    }
    DuckTransaction transaction(connection);
    TRY(transaction.begin());
    TRY(connection.run(step->sql));
    TRY(connection.run(fmt::format("UPDATE schema_version SET version = {}", version + 1)));
    TRY(transaction.commit());
    ++version;
  }
  return {};
}

}  // namespace tapewire
