// SPDX-License-Identifier: Apache-2.0
#include "store/user_sql.h"

#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "store/store_test_support.h"

namespace tapewire {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SqlTest : public StoreTest {
 protected:
  SqlTest() {
    StoreOptions options;
    options.memory_bytes = std::uint64_t{128} << 20;
    open(options);
    apply_bars({stored(make_bar("AAPL", "2019-02-13T14:30:00Z", 170.125)),
                stored(make_bar("MSFT", "2019-02-13T14:30:00Z", 106))});
  }
  std::string text(std::string_view sql, SqlFormat format, SqlLimits limits = {}) {
    std::string out;
    const Status status = store_->sql(sql, format, limits, [&](std::string_view piece) {
      out += piece;
      return true;
    });
    return status ? out : "ERROR " + status.error().message;
  }
};

TEST_F(SqlTest, QueriesOfEveryKindRun) {
  for (const std::string_view sql :
       {"SELECT 1",
        "select * from bars;",
        "WITH x AS (SELECT 1 AS a) SELECT a FROM x",
        "VALUES (1, 'a')",
        "FROM bars",
        "TABLE bars",
        "DESCRIBE bars",
        "SHOW TABLES",
        "SUMMARIZE bars",
        "EXPLAIN SELECT * FROM bars",
        "EXPLAIN ANALYZE SELECT count(*) FROM bars",
        "explain (format json) select 1",
        "-- a comment\nSELECT 1",
        "/* x */ SELECT count(*) FROM range(1000000)",
        "SELECT unnest(range(10))",
        "SELECT lpad(symbol, 10, ' ') FROM bars",
        "SELECT * FROM bars ASOF JOIN signals s ON bars.symbol = s.symbol AND bars.end_time >= "
        "s.time",
        "SELECT format('{:>10}', symbol) FROM bars",
        "SELECT * FROM duckdb_tables()",
        "SELECT time_bucket(INTERVAL 5 MINUTE, start_time), max(high) FROM bars_1m GROUP BY ALL",
        "SELECT start_time AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York' FROM bars"}) {
    EXPECT_EQ(refusal(sql), "") << sql;
  }
}

TEST_F(SqlTest, FilesAreOutOfReach) {
  std::ofstream(directory_ / "secret.csv") << "a\n1\n";
  const std::string secret = "'" + (directory_ / "secret.csv").string() + "'";
  const std::string tmp = "'" + (directory_ / "tmp" / "x.csv").string() + "'";
  for (const std::string& sql : std::vector<std::string>{
           "SELECT * FROM read_csv(" + secret + ")", "SELECT * FROM " + secret,
           "SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM read_blob('store.duckdb')",
           "SELECT * FROM read_parquet('/tmp/*.parquet')", "SELECT * FROM glob('/etc/*')",
           "SELECT * FROM sniff_csv(" + secret + ")", "SELECT * FROM '/etc/passwd'",
           "SELECT (SELECT count(*) FROM read_text('/etc/passwd'))",
           "DESCRIBE SELECT * FROM read_text('/etc/passwd')", "COPY bars TO " + tmp,
           "COPY (SELECT 1) TO '/tmp/tapewire-x.csv'", "EXPORT DATABASE '/tmp/tapewire-x'",
           "IMPORT DATABASE '/tmp/x'", "ATTACH '/tmp/tapewire-x.db'", "ATTACH ':memory:' AS m"}) {
    EXPECT_NE(refusal(sql), "") << sql;
  }
  EXPECT_EQ(rows("SELECT count(*) FROM bars"), "2\n");
  EXPECT_FALSE(std::filesystem::exists(directory_ / "tmp" / "x.csv"));
  EXPECT_FALSE(std::filesystem::exists("/tmp/tapewire-x.csv"));
  EXPECT_FALSE(std::filesystem::exists("/tmp/tapewire-x.db"));
  EXPECT_FALSE(std::filesystem::exists("/tmp/tapewire-x"));
}

// DuckDB and the guard must not read one text as two statements: what is checked is what runs.
TEST_F(SqlTest, WhatIsExplainedIsWhatIsChecked) {
  const std::string grows = "SELECT length(repeat('x', 200001))";
  for (const std::string& sql : std::vector<std::string>{
           grows, "/*/**/explain --\n select 1 -- */ " + grows,
           "explain analyze --\r " + grows + " union all \n select 1",
           "explain (analyze ') select 1 --') " + grows,
           "explain (analyze /* ) select 1 -- */ ) " + grows,
           "explain(analyze,format json)" + grows, "explain\xc3\xa9 select 1"}) {
    EXPECT_NE(refusal(sql), "") << sql;
  }
  for (const std::string_view sql :
       {"/* a /* b */ c */ explain /* d /* e */ */ analyze -- f\r select 1",
        "explain(analyze)select 1", "explain (analyze, format json) select 1",
        "\n/* x */\nexplain\nanalyze\nselect 1"}) {
    EXPECT_EQ(refusal(sql), "") << sql;
  }
  EXPECT_THAT(refusal("/*\n*/ explain\n  select\n nothing"), HasSubstr("line 4, column 2"));
}

// DuckDB's lexer takes time by the square of comments within comments, and cannot be stopped in it.
TEST_F(SqlTest, CommentsWithinCommentsEndSoon) {
  std::string sql;
  while (sql.size() < 500'000) sql += "/*";
  EXPECT_THAT(refusal(sql + " select 1"), HasSubstr("comments"));
}

// Statements that would write, reach files, change settings or do anything but read.
constexpr std::string_view kRefused[] = {
    "DETACH store",
    "USE memory",
    "SET threads = 8",
    "SET memory_limit = '100GB'",
    "RESET memory_limit",
    "PRAGMA threads=8",
    "PRAGMA database_list",
    "CALL pragma_version()",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '/tmp/x.duckdb_extension'",
    "CREATE TABLE x (a INT)",
    "CREATE TEMP TABLE x (a INT)",
    "CREATE VIEW v AS SELECT 1",
    "CREATE MACRO m() AS 1",
    "CREATE SECRET (TYPE http)",
    "DROP VIEW bars",
    "ALTER TABLE news_items ADD COLUMN x INT",
    "DELETE FROM offsets",
    "INSERT INTO offsets VALUES ('x', 1)",
    "UPDATE offsets SET next_offset = 0",
    "TRUNCATE offsets",
    "MERGE INTO offsets USING (SELECT 1) ON true WHEN NOT MATCHED THEN INSERT VALUES ('x', "
    "1)",
    "EXPLAIN DELETE FROM offsets",
    "EXPLAIN ANALYZE DELETE FROM offsets",
    "EXPLAIN ANALYZE INSERT INTO offsets VALUES ('x', 1)",
    "EXPLAIN ANALYZE CREATE TABLE x (a INT)",
    "EXPLAIN (ANALYZE) DELETE FROM offsets",
    "explain /* ) */ analyze delete from offsets",
    "EXPLAIN EXPLAIN ANALYZE DELETE FROM offsets",
    "EXPLAIN (FORMAT json) DELETE FROM offsets",
    "WITH d AS (DELETE FROM offsets RETURNING *) SELECT * FROM d",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "CHECKPOINT",
    "FORCE CHECKPOINT",
    "VACUUM",
    "ANALYZE",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "DEALLOCATE p",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE offsets",
    "",
    "   ",
    ";",
    "-- nothing",
    "SELECT $1",
    "SELECT ?",
    "SELECT * FROM checkpoint()",
    "SELECT * FROM enable_logging()",
    "SELECT * FROM system.main.enable_logging()",
    "SELECT * FROM enable_logging(storage := 'file', storage_path := '/tmp/tapewire-x')",
    "SELECT * FROM \"enable_profiling\"()",
    "SELECT * FROM truncate_duckdb_logs()",
    "SELECT write_log('x')",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM json_execute_serialized_sql('x')",
    "SELECT * FROM duckdb_secrets()"};

TEST_F(SqlTest, NothingButQueriesRuns) {
  std::ofstream(directory_ / "secret.csv") << "a\n1\n";
  const std::string secret = "'" + (directory_ / "secret.csv").string() + "'";
  const std::string tmp = "'" + (directory_ / "tmp" / "x.csv").string() + "'";
  std::vector<std::string> refused(std::begin(kRefused), std::end(kRefused));
  refused.insert(refused.end(), {std::string("SELECT 1\0; DROP TABLE offsets", 29)});
  for (const std::string& sql : refused) EXPECT_NE(refusal(sql), "") << sql;
  EXPECT_EQ(rows("SELECT count(*) FROM bars"), "2\n");
  EXPECT_FALSE(std::filesystem::exists("/tmp/tapewire-x"));
}

TEST_F(SqlTest, ErrorsNameLineAndColumn) {
  EXPECT_THAT(refusal("selec 1"), HasSubstr("line 1, column 1: syntax error"));
  EXPECT_THAT(refusal("SELECT symbol,\n  nope FROM bars"),
              HasSubstr("line 2, column 3: Referenced column \"nope\""));
  EXPECT_THAT(refusal("SELECT '\xc3\xa9\xc3\xa9', nope FROM bars"), HasSubstr("line 1, column 14"));
  EXPECT_THAT(refusal("SELECT ("), HasSubstr("line 1, column 9"));
  EXPECT_THAT(refusal("SELECT * FROM nowhere"), HasSubstr("nowhere does not exist"));
  EXPECT_THAT(refusal("SELECT 'x'::INTEGER FROM bars"), HasSubstr("Could not convert string 'x'"));
  EXPECT_THAT(refusal("SELECT 1; SELECT 2"), HasSubstr("expected one statement, found 2"));
}

TEST_F(SqlTest, TimeIsLimited) {
  SqlLimits limits;
  limits.time = milliseconds(200);
  for (const std::string_view sql :
       {"SELECT count(*) FROM range(1000000000) a, range(1000000) b",
        "SELECT sum(a.range * b.range) FROM range(100000000) a, range(1000) b",
        "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r",
        "SELECT pg_sleep(20)"}) {
    const Duration start = monotonic_now();
    EXPECT_THAT(refusal(sql, limits, ErrorCode::timeout), HasSubstr("stopped after 200ms")) << sql;
    EXPECT_LT(monotonic_now() - start, seconds(15)) << sql;
  }
  EXPECT_EQ(rows("SELECT count(*) FROM bars"), "2\n");
}

TEST_F(SqlTest, RowsAreLimitedAndStreamed) {
  SqlLimits limits;
  limits.rows = 5'000;
  EXPECT_EQ(refusal("SELECT * FROM range(5000)", limits), "");
  EXPECT_THAT(refusal("SELECT * FROM range(5001)", limits, ErrorCode::no_space),
              HasSubstr("more than 5000 rows"));
  limits.rows = 50'000'000;
  std::uint64_t bytes = 0;
  const std::uint64_t before = resident_bytes();
  const Status status = store_->sql("SELECT range AS a, range * 2 AS b FROM range(2000000)",
                                    SqlFormat::csv, limits, [&](std::string_view piece) {
                                      bytes += piece.size();
                                      return true;
                                    });
  EXPECT_TRUE(status) << status.error().message;
  EXPECT_GT(bytes, 25'000'000U);
  EXPECT_LT(resident_bytes(), before + (std::uint64_t{100} << 20));
  const Status stopped = store_->sql("SELECT * FROM range(1000000000)", SqlFormat::json, limits,
                                     [](std::string_view) { return false; });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
}

TEST_F(SqlTest, MemoryIsLimited) {
  for (const std::string_view sql :
       {"SELECT list(range) FROM range(100000000)",
        "SELECT string_agg(range::VARCHAR, ',') FROM range(50000000)"}) {
    EXPECT_THAT(refusal(sql, {}, ErrorCode::no_space), HasSubstr("memory")) << sql;
  }
  for (const std::string_view sql :
       {"SELECT len(range(1000000000))", "SELECT len(generate_series(1, 1000000000))",
        "SELECT repeat('x', 1000000000)", "SELECT repeat(repeat('x', 10000), 10000)",
        "SELECT lpad('x', 1000000000, 'y')", "SELECT repeat('x', range::INT) FROM range(10)",
        "SELECT list_resize([1], 1000000000)", "SELECT format('{:>1000000000}', 'x')",
        "SELECT printf('%*d', 1000000000, 1)", "SELECT system.main.repeat('x', 1000000000)",
        "SELECT list_transform([1], x -> repeat('x', 1000000000))"}) {
    EXPECT_NE(refusal(sql), "") << sql;
  }
  EXPECT_EQ(rows("SELECT count(*) FROM bars"), "2\n");
}

TEST_F(SqlTest, CsvIsQuoted) {
  EXPECT_EQ(
      text("SELECT 'a,b' AS \"x,y\", 'say \"hi\"' AS q, NULL AS n, '' AS e, 'two\nlines' AS l",
           SqlFormat::csv),
      "\"x,y\",q,n,e,l\r\n\"a,b\",\"say \"\"hi\"\"\",,\"\",\"two\nlines\"\r\n");
  EXPECT_EQ(text("SELECT 1 AS a WHERE false", SqlFormat::csv), "a\r\n");
}

TEST_F(SqlTest, JsonKeepsNumbersExact) {
  EXPECT_EQ(
      text("SELECT symbol, start_time, close, volume, vwap FROM bars ORDER BY 1", SqlFormat::json),
      "{\"symbol\":\"AAPL\",\"start_time\":\"2019-02-13T14:30:00Z\",\"close\":170.125,\"volume\":"
      "100,\"vwap\":null}\n"
      "{\"symbol\":\"MSFT\",\"start_time\":\"2019-02-13T14:30:00Z\",\"close\":106,\"volume\":100,"
      "\"vwap\":null}\n");
  const std::vector<std::pair<std::string, std::string>> values{
      {"0.000000001::DECIMAL(18,9)", "0.000000001"},
      {"-0.5::DECIMAL(18,9)", "-0.5"},
      {"123456789012345678901234567890.12::DECIMAL(38,2)", "123456789012345678901234567890.12"},
      {"'-170141183460469231731687303715884105728'::HUGEINT",
       "-170141183460469231731687303715884105728"},
      {"340282366920938463463374607431768211455::UHUGEINT",
       "340282366920938463463374607431768211455"},
      {"18446744073709551615::UBIGINT", "18446744073709551615"},
      {"1.5::DECIMAL(4,1)", "1.5"},
      {"0.1::DOUBLE", "0.1"},
      {"'nan'::DOUBLE", "null"},
      {"'-inf'::FLOAT", "null"},
      {"true", "true"},
      {"NULL", "null"},
      {"'tab\t\"q\" \\ \x01'", R"("tab\t\"q\" \\ \u0001")"},
      {"DATE '2019-02-13'", "\"2019-02-13\""},
      {"TIME '14:30:00.5'", "\"14:30:00.5\""},
      {"TIMESTAMP '1969-12-31 23:59:59.25'", "\"1969-12-31T23:59:59.25Z\""},
      {"TIMESTAMP_NS '2019-02-13 14:30:00.123456789'", "\"2019-02-13T14:30:00.123456789Z\""},
      {"TIMESTAMPTZ '2019-02-13 14:30:00+01'", "\"2019-02-13T13:30:00Z\""},
      {"TIMESTAMP_MS '2019-02-13 14:30:00.007'", "\"2019-02-13T14:30:00.007Z\""},
      {"'infinity'::TIMESTAMP", "\"infinity\""},
      {"INTERVAL '1 month 2 days 3 seconds'", "\"1 months 2 days 00:00:03\""},
      {"'a'::ENUM('b','a')", "\"a\""},
      {"UUID 'eeccb8c5-9943-b2bb-bb5e-222f4e14b687'", "\"eeccb8c5-9943-b2bb-bb5e-222f4e14b687\""},
      {"'\\xFFa'::BLOB", "\"\\\\xFFa\""},
      {"[1, NULL, 3]", "[1,null,3]"},
      {"[['a'], []]", "[[\"a\"],[]]"},
      {"{'a': 1.50::DECIMAL(4,2), 'b': [DATE '2019-02-13']}", "{\"a\":1.5,\"b\":[\"2019-02-13\"]}"},
      {"MAP {'k': 1}", "[{\"key\":\"k\",\"value\":1}]"},
      {"[1, 2]::INTEGER[2]", "[1,2]"},
  };
  for (const auto& [sql, json] : values) {
    EXPECT_EQ(text("SELECT " + sql + " AS v", SqlFormat::json), "{\"v\":" + json + "}\n") << sql;
  }
  EXPECT_THAT(text("SELECT '101'::BIT AS v", SqlFormat::json),
              HasSubstr("column v is of type BIT"));
}

TEST_F(SqlTest, TableIsAligned) {
  EXPECT_EQ(text("SELECT symbol, close, 'a\nb' AS note FROM bars ORDER BY 1", SqlFormat::table),
            "symbol    close  note\n"
            "------  -------  ----\n"
            "AAPL    170.125  a\\nb\n"
            "MSFT        106  a\\nb\n"
            "(2 rows)\n");
  EXPECT_THAT(text("SELECT '\x1b[31m' AS v", SqlFormat::table), HasSubstr("\\x1B[31m"));
}

TEST_F(SqlTest, ParquetComesBackWhole) {
  const std::string bytes = text(
      "SELECT b.*, [1, 2] AS list, r.range AS n FROM bars b, range(3000) r", SqlFormat::parquet);
  ASSERT_GT(bytes.size(), 1000U);
  EXPECT_EQ(bytes.substr(0, 4), "PAR1");
  const std::filesystem::path file = directory_ / "out.parquet";
  std::ofstream(file, std::ios::binary) << bytes;
  auto database = open_duck_database(":memory:", {});
  ASSERT_TRUE(database);
  auto connection = DuckConnection::open(*database);
  ASSERT_TRUE(connection);
  const auto sum =
      connection->integer("SELECT count(*) + sum(n)::BIGINT + sum(list[2])::BIGINT FROM '" +
                          file.string() + "' WHERE typeof(close) = 'DECIMAL(18,9)'");
  ASSERT_TRUE(sum) << sum.error().message;
  EXPECT_EQ(*sum, 6000 + 2 * (2999 * 3000 / 2) + 12000);
  EXPECT_TRUE(std::filesystem::is_empty(directory_ / "tmp"));
  SqlLimits limits;
  limits.rows = 10;
  EXPECT_THAT(text("SELECT * FROM range(100)", SqlFormat::parquet, limits),
              HasSubstr("more than 10 rows"));
  EXPECT_THAT(text("SELECT 1 FROM nowhere", SqlFormat::parquet), HasSubstr("nowhere"));
  EXPECT_THAT(text("SELECT error('no') FROM bars", SqlFormat::parquet), HasSubstr("no"));
  EXPECT_TRUE(std::filesystem::is_empty(directory_ / "tmp"));
}

TEST_F(SqlTest, JsonObjectForTheServer) {
  const auto out = store_->sql_json("SELECT symbol, close FROM bars ORDER BY 1", 1, {});
  ASSERT_TRUE(out) << out.error().message;
  const auto json = nlohmann::json::parse(*out);
  EXPECT_EQ(json["columns"][1]["type"], "DECIMAL(18,9)");
  EXPECT_EQ(json["rows"].dump(), "[[\"AAPL\",170.125]]");
  EXPECT_EQ(json["truncated"], true);
  EXPECT_TRUE(json["elapsed_ms"].is_number());
  const auto whole = store_->sql_json("SELECT symbol FROM bars", 2, {});
  ASSERT_TRUE(whole);
  EXPECT_EQ(nlohmann::json::parse(*whole)["truncated"], false);
}

TEST_F(SqlTest, ManyAtOnceBesideTheWriter) {
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([this] {
      for (int k = 0; k < 20; ++k) {
        EXPECT_EQ(rows("SELECT count(*) - count(DISTINCT (symbol, start_time)) FROM bars"), "0\n");
        EXPECT_TRUE(store_->bars({.symbol = "AAPL", .width = Width::m1, .from = {}, .to = {}}));
      }
    });
  }
  for (int k = 0; k < 40; ++k) {
    Bar bar = make_bar("AAPL", "2019-02-13T14:30:00Z", 100 + k);
    bar.start = bar.start + minutes(k % 7);
    bar.end = bar.start + minutes(1);
    apply_bars({stored(bar)});
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(findings(), "");
}

}  // namespace
}  // namespace tapewire
