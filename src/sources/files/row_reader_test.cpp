// SPDX-License-Identifier: Apache-2.0
#include "sources/files/row_reader.h"

#include <duckdb.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/files/files_test_support.h"

namespace tapewire {
namespace {

using test::gzipped;
using test::TempFolder;
using testing::HasSubstr;

constexpr std::string_view kBarHeader =
    "ticker,volume,open,close,high,low,window_start,transactions\n";
constexpr std::string_view kTradeHeader =
    "ticker,conditions,correction,exchange,id,participant_timestamp,price,sequence_number,sip_"
    "timestamp,size,tape,trf_id,trf_timestamp\n";
constexpr std::string_view kQuoteHeader =
    "ticker,ask_exchange,ask_price,ask_size,bid_exchange,bid_price,bid_size,conditions,indicators,"
    "participant_timestamp,"
    "sequence_number,sip_timestamp,tape,trf_timestamp\n";

struct Rows {
  RowBatch batch;
  std::string error;
  std::vector<std::string> notices;
};

Rows rows_of(const std::string& path, FileKind kind, Width width = Width::m1) {
  Rows out;
  const std::vector<std::string> paths{path};
  auto files =
      find_input_files(paths, kind, kind == FileKind::bars ? std::optional(width) : std::nullopt);
  if (!files) {
    out.error = files.error().message;
    return out;
  }
  auto reader = RowReader::open(files->front(),
                                [&](std::string text) { out.notices.push_back(std::move(text)); });
  if (!reader) {
    out.error = reader.error().message;
    return out;
  }
  for (bool more = true; more;) {
    const auto got = reader->next(out.batch, 3);
    if (!got) {
      out.error = got.error().message;
      return out;
    }
    more = *got;
  }
  return out;
}

Rows csv_rows(FileKind kind, std::string_view header, std::string_view text,
              Width width = Width::m1) {
  const TempFolder folder;
  return rows_of(folder.write("rows.csv", std::string(header) + std::string(text)), kind, width);
}

TEST(BarRows, HoldEveryFieldExactly) {
  const Rows rows =
      csv_rows(FileKind::bars, kBarHeader,
               "AAPL,687942.125,171.4,171.5714,171.65,171.22,1550068200000000000,12\n"
               "VIX,0,15.1,15.2,15.3,15,1550068200000000000,0\n"
               "BRK.A,1,300000.123456789049,300000.1,300000.2,300000,1550068200000000000,\n");
  ASSERT_EQ(rows.error, "");
  ASSERT_EQ(rows.batch.events.bars.size(), 3U);
  const Bar& bar = rows.batch.events.bars[0];
  EXPECT_EQ(bar.symbol.view(), "AAPL");
  EXPECT_EQ(to_text(bar.volume), "687942.125");
  EXPECT_EQ(to_text(bar.open), "171.4");
  EXPECT_EQ(to_text(bar.close), "171.5714");
  EXPECT_EQ(to_text(bar.high), "171.65");
  EXPECT_EQ(to_text(bar.low), "171.22");
  EXPECT_EQ(to_iso8601(bar.start), "2019-02-13T14:30:00Z");
  EXPECT_EQ(to_iso8601(bar.end), "2019-02-13T14:31:00Z");
  EXPECT_EQ(bar.transactions, 12);
  EXPECT_EQ(bar.vwap, std::nullopt);
  EXPECT_EQ(bar.source.view(), "files");
  EXPECT_EQ(rows.batch.events.bars[1].start, bar.start);
  EXPECT_EQ(rows.batch.events.bars[2].start, bar.start);
  EXPECT_EQ(rows.batch.events.bars[2].transactions, std::nullopt);
  EXPECT_EQ(to_text(rows.batch.events.bars[2].open), "300000.123456789");
  EXPECT_EQ(rows.batch.rounded, (std::vector<std::uint8_t>{0, 0, 1}));
}

TEST(BarRows, TakeColumnsByNameInAnyOrder) {
  const Rows rows =
      csv_rows(FileKind::bars,
               "\xef\xbb\xbfwindow_start, Low ,high,close,colour,open,volume,\"ticker\",vwap\r\n",
               "1550068200000000000,171.22,171.65,171.5714,red,171.4,687942,AAPL,171.5\r\n"
               "1550068260000000000,171.22,171.65,171.5714,\"a,b\",171.4,687942,\"AAPL\",\r\n");
  ASSERT_EQ(rows.error, "");
  ASSERT_EQ(rows.batch.events.bars.size(), 2U);
  EXPECT_EQ(to_text(rows.batch.events.bars[0].low), "171.22");
  EXPECT_EQ(to_text(*rows.batch.events.bars[0].vwap), "171.5");
  EXPECT_EQ(rows.batch.events.bars[1].symbol.view(), "AAPL");
  ASSERT_EQ(rows.notices.size(), 1U);
  EXPECT_THAT(rows.notices[0], HasSubstr("colour"));
}

TEST(BarRows, OfADayAreItsSession) {
  const Rows rows =
      csv_rows(FileKind::bars, kBarHeader,
               "AAPL,1,1,1,1,1,1550034000000000000,1\n"  // midnight New York, 2019-02-13
               "AAPL,1,1,1,1,1,1550016000000000000,1\n"  // midnight UTC, 2019-02-13
               "AAPL,1,1,1,1,1,1543554000000000000,1\n"  // 2018-11-30
               "AAPL,1,1,1,1,1,1542949200000000000,1\n"  // 2018-11-23, early close
               "AAPL,1,1,1,1,1,1550466000000000000,1\n",  // 2019-02-18, a holiday
               Width::d1);
  ASSERT_EQ(rows.batch.events.bars.size(), 4U);
  EXPECT_EQ(to_iso8601(rows.batch.events.bars[0].start), "2019-02-13T14:30:00Z");
  EXPECT_EQ(to_iso8601(rows.batch.events.bars[0].end), "2019-02-13T21:00:00Z");
  EXPECT_EQ(rows.batch.events.bars[1].start, rows.batch.events.bars[0].start);
  EXPECT_EQ(to_iso8601(rows.batch.events.bars[3].end), "2018-11-23T18:00:00Z");
  ASSERT_EQ(rows.batch.events.rejected.size(), 1U);
  EXPECT_THAT(rows.batch.events.rejected[0].letter.reason,
              HasSubstr("2019-02-18, not a trading day"));
}

TEST(BarRows, ThatAreBadAreRefusedWithTheirBytes) {
  struct Case {
    std::string row, field, reason;
  };
  const Case cases[] = {
      {"AAPL,1,2,2,2,2,1550068200000000000", "", "7 fields"},
      {"AAPL,1,2,2,2,2,1550068200000000000,1,9", "", "9 fields"},
      {"AAPL,1,NaN,2,2,2,1550068200000000000,1", "open", "\"NaN\" is not a number"},
      {"AAPL,1,1e400,2,2,2,1550068200000000000,1", "open", "too large"},
      {"AAPL,1,,2,2,2,1550068200000000000,1", "open", "open is missing"},
      {"AAPL,1,-0,2,2,2,1550068200000000000,1", "open", "0"},
      {"AAPL,1,2,0,2,2,1550068200000000000,1", "close", "0"},
      {"AAPL,1,2,0x10,2,2,1550068200000000000,1", "close", "not a number"},
      {"AAPL,-5,2,2,2,2,1550068200000000000,1", "volume", "-5"},
      {"AAPL,many,2,2,2,2,1550068200000000000,1", "volume", "not a number"},
      {"AAPL,1,2,2,1,2,1550068200000000000,1", "", ""},
      {"AAPL,1,2,2,2,2,yesterday,1", "window_start", "not a time"},
      {"AAPL,1,2,2,2,2,9223372036854775807,1", "window_start", "out of range"},
      {"AAPL,1,2,2,2,2,1550068200,1", "window_start", "as seconds it is 2019-02-13T14:30:00Z"},
      {"AAPL,1,2,2,2,2,1550068200000,1", "window_start", "as milliseconds it is"},
      {"AAPL,1,2,2,2,2,1550068200000000,1", "window_start", "as microseconds it is"},
      {"AAPL,1,2,2,2,2,930,1", "", ""},
      {"AAPL,1,2,2,2,2,1550068200000000001,1", "", ""},
      {"AAPL,1,2,2,2,2,1550068200000000000,1.5", "transactions", "not such a number"},
      {",1,2,2,2,2,1550068200000000000,1", "symbol", ""},
      {"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,1,2,2,2,2,1550068200000000000,1", "ticker",
       "36 bytes"},
      {"\"AAPL,1,2,2,2,2,1550068200000000000,1", "", "not closed"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.row);
    const std::string good = "AAPL,1,2,2,2,2,1550068200000000000,1\n";
    const Rows rows = csv_rows(FileKind::bars, kBarHeader, good + one.row + "\n" + good);
    ASSERT_EQ(rows.error, "");
    EXPECT_EQ(rows.batch.events.bars.size(), 2U);
    ASSERT_EQ(rows.batch.events.rejected.size(), 1U);
    const DeadLetter& letter = rows.batch.events.rejected[0].letter;
    EXPECT_EQ(letter.payload, one.row);
    EXPECT_THAT(letter.origin, testing::EndsWith("rows.csv:3"));
    EXPECT_EQ(letter.topic, "stock-prices");
    EXPECT_THAT(letter.reason, HasSubstr(one.reason));
    EXPECT_NE(letter.expected, "");
    EXPECT_TRUE(one.field.empty() || letter.field == one.field) << letter.field;
    EXPECT_EQ(rows.batch.events.rejected[0].receive_time, rows.batch.events.bars[0].end);
  }
}

TEST(CsvFiles, AreRefusedByNameWhenTheHeaderIsWrong) {
  struct Case {
    std::string text, error;
  };
  const Case cases[] = {
      {"ticker,volume,open,close,high,window_start\n", "lacks the column low"},
      {"a,b\n", "lacks the column ticker, volume, open"},
      {"ticker,ticker,volume,open,close,high,low,window_start\n", "ticker twice"},
      {"", "no header line"},
      {"\"ticker\n", "cannot be read"},
  };
  for (const Case& one : cases) {
    const Rows rows = csv_rows(FileKind::bars, "", one.text);
    EXPECT_THAT(rows.error, HasSubstr(one.error));
    EXPECT_THAT(rows.error, HasSubstr("rows.csv"));
  }
}

TEST(CsvFiles, GiveWhatPrecedesATruncationAndSayWhere) {
  const TempFolder folder;
  std::string text(kBarHeader);
  for (int i = 0; i < 20'000; ++i) {
    text += "AAPL," + std::to_string(i * 7 % 1009) + ",2,2,2,2," +
            std::to_string(1550068200 + i * 60) + "000000000,1\n";
  }
  const std::string packed = gzipped(text);
  const Rows rows =
      rows_of(folder.write("x.csv.gz", packed.substr(0, packed.size() / 2)), FileKind::bars);
  ASSERT_EQ(rows.error, "");
  EXPECT_GT(rows.batch.events.bars.size(), 1000U);
  ASSERT_EQ(rows.batch.events.rejected.size(), 1U);
  const DeadLetter& letter = rows.batch.events.rejected[0].letter;
  EXPECT_THAT(letter.reason, HasSubstr("ends early"));
  EXPECT_THAT(letter.reason, HasSubstr("at byte " + std::to_string(packed.size() / 2)));
  EXPECT_THAT(letter.origin,
              testing::EndsWith("x.csv.gz:" + std::to_string(rows.batch.events.bars.size() + 2)));
  const Rows refused = rows_of(folder.write("y.csv.gz", packed.substr(0, 12)), FileKind::bars);
  EXPECT_THAT(refused.error, HasSubstr("no header line"));
}

TEST(CsvFiles, RefuseALineOfFiftyMegabytesAndGoOn) {
  const TempFolder folder;
  const std::string good = "AAPL,1,2,2,2,2,1550068200000000000,1\n";
  const Rows rows = rows_of(folder.write("x.csv", std::string(kBarHeader) + good +
                                                      std::string(50'000'000, '7') + "\n" + good),
                            FileKind::bars);
  EXPECT_EQ(rows.batch.events.bars.size(), 2U);
  ASSERT_EQ(rows.batch.events.rejected.size(), 1U);
  const DeadLetter& letter = rows.batch.events.rejected[0].letter;
  EXPECT_THAT(letter.reason, HasSubstr("50000000 bytes"));
  EXPECT_EQ(letter.payload.size(), 65536U);
}

TEST(TradeRows, HoldEveryField) {
  const Rows rows = csv_rows(FileKind::trades, kTradeHeader,
                             "AAPL,\"12,37\",1,11,T42,1550068200000000001,171.4,99,"
                             "1550068200000000005,0.5,3,202,1550068200000000002\n"
                             "AAPL,,0,4,,0,171.4,100,1550068200000000006,100,3,0,0\n"
                             "AAPL,\"12,x\",0,4,,0,171.4,100,1550068200000000006,100,3,0,0\n"
                             "AAPL,\"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\",0,4,,0,171.4,100,"
                             "1550068200000000006,100,3,0,0\n");
  ASSERT_EQ(rows.error, "");
  ASSERT_EQ(rows.batch.events.trades.size(), 2U);
  const Trade& trade = rows.batch.events.trades[0];
  EXPECT_EQ(std::vector<int>(trade.conditions.view().begin(), trade.conditions.view().end()),
            (std::vector<int>{12, 37}));
  EXPECT_EQ(trade.correction, 1);
  EXPECT_EQ(trade.exchange, 11);
  EXPECT_EQ(trade.id.view(), "T42");
  EXPECT_EQ(trade.participant_time, Timestamp{1550068200000000001});
  EXPECT_EQ(trade.time, Timestamp{1550068200000000005});
  EXPECT_EQ(trade.trf_time, Timestamp{1550068200000000002});
  EXPECT_EQ(to_text(trade.size), "0.5");
  EXPECT_EQ(trade.sequence, 99);
  EXPECT_EQ(trade.tape, 3);
  EXPECT_EQ(trade.trf_id, 202);
  EXPECT_EQ(rows.batch.events.trades[1].participant_time, std::nullopt);
  ASSERT_EQ(rows.batch.events.rejected.size(), 2U);
  EXPECT_EQ(rows.batch.events.rejected[0].letter.field, "conditions");
  EXPECT_THAT(rows.batch.events.rejected[1].letter.reason, HasSubstr("too many"));
}

TEST(QuoteRows, HoldEveryField) {
  const Rows rows = csv_rows(
      FileKind::quotes, kQuoteHeader,
      "AAPL,11,171.41,3,12,171.4,2,1,\"604,1\",1550068200000000001,99,1550068200000000005,3,0\n");
  ASSERT_EQ(rows.batch.events.quotes.size(), 1U) << rows.error;
  const Quote& quote = rows.batch.events.quotes[0];
  EXPECT_EQ(quote.ask_exchange, 11);
  EXPECT_EQ(to_text(quote.ask_price), "171.41");
  EXPECT_EQ(to_text(quote.ask_size), "3");
  EXPECT_EQ(quote.bid_exchange, 12);
  EXPECT_EQ(to_text(quote.bid_price), "171.4");
  EXPECT_EQ(to_text(quote.bid_size), "2");
  EXPECT_EQ(quote.conditions.view().size(), 1U);
  EXPECT_EQ(quote.indicators.view().size(), 2U);
  EXPECT_EQ(quote.sequence, 99);
  EXPECT_EQ(quote.tape, 3);
}

void run_sql(const std::string& sql) {
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  ASSERT_EQ(duckdb_open(nullptr, &database), DuckDBSuccess);
  ASSERT_EQ(duckdb_connect(database, &connection), DuckDBSuccess);
  duckdb_result result;
  ASSERT_EQ(duckdb_query(connection, sql.c_str(), &result), DuckDBSuccess)
      << duckdb_result_error(&result);
  duckdb_destroy_result(&result);
  duckdb_disconnect(&connection);
  duckdb_close(&database);
}

TEST(ParquetFiles, GiveTheSameRowsAsCsv) {
  const TempFolder folder;
  std::string text(kBarHeader);
  for (int i = 0; i < 5000; ++i) {
    text += fmt::format("S{},{}.5,2.25,2.1234,2.5,1.000001,{}000000000,{}\n", i % 7, i,
                        1550068200 + i * 60, i);
  }
  const std::string csv = folder.write("a'b [1]*.csv", text);
  const std::string parquet = folder.path("a'b [1]*.parquet");
  std::string quoted;
  for (const char c : parquet) quoted += c == '\'' ? "''" : std::string(1, c);
  std::string quoted_csv = quoted.substr(0, quoted.size() - 7) + "csv";
  for (const std::string types : {"*, 'x' AS colour",
                                  "* REPLACE (ticker AS ticker, open::DECIMAL(18,9) AS open, "
                                  "make_timestamp_ns(window_start) AS window_start)",
                                  "* REPLACE (volume::VARCHAR AS volume)"}) {
    // A literal path: the brackets in it are no pattern.
    std::string pattern = quoted_csv;
    pattern.replace(pattern.find("[1]*"), 4, "[[]1][*]");
    run_sql("COPY (SELECT " + types + " FROM read_csv('" + pattern + "')) TO '" + quoted +
            "' (FORMAT parquet)");
    const Rows left = rows_of(csv, FileKind::bars);
    const Rows right = rows_of(parquet, FileKind::bars);
    ASSERT_EQ(right.error, "");
    ASSERT_EQ(left.batch.events.bars.size(), 5000U);
    EXPECT_TRUE(left.batch.events.bars == right.batch.events.bars);
    EXPECT_EQ(right.notices.size(), types.ends_with("colour") ? 1U : 0U);
  }
}

TEST(ParquetFiles, AreRefusedByName) {
  const TempFolder folder;
  EXPECT_THAT(rows_of(folder.write("broken.parquet", "PAR1 not really"), FileKind::bars).error,
              HasSubstr("broken.parquet"));
  const std::string path = folder.path("few.parquet");
  run_sql("COPY (SELECT 'A' AS ticker, 1 AS volume) TO '" + path + "' (FORMAT parquet)");
  EXPECT_THAT(rows_of(path, FileKind::bars).error, HasSubstr("lacks the column open"));
  run_sql(
      "COPY (SELECT 'A' AS ticker, 1 AS volume, NULL AS open, 1 AS close, 1 AS high, 1 AS low, "
      "1550068200000000000 AS window_start) TO '" +
      path + "' (FORMAT parquet)");
  const Rows rows = rows_of(path, FileKind::bars);
  ASSERT_EQ(rows.batch.events.rejected.size(), 1U) << rows.error;
  EXPECT_EQ(rows.batch.events.rejected[0].letter.field, "open");
  EXPECT_THAT(rows.batch.events.rejected[0].letter.origin, testing::EndsWith("few.parquet:row 1"));
}

TEST(NewsFiles, AreReadInEveryFormat) {
  const TempFolder folder;
  const std::string one =
      R"({"source":"a","published_at":"2019-02-13T14:30:00Z","headline":"One"})";
  const std::string two =
      R"({"source":"a","published_at":"2019-02-13T14:31:00Z","headline":"Two"})";
  const std::pair<std::string, std::string> files[] = {
      {"a.ndjson", one + "\n" + two + "\n"},
      {"a.ndjson.gz", gzipped(one + "\r\n\r\n" + two)},
      {"a.json", "[" + one + ",\n" + two + "]"},
      {"b.json", R"({"results":[)" + one + "," + two + "]}"},
      {"c.json", R"({"response":{"status":"ok","results":[)" + one + "," + two + "]}}"},
      {"c.json.gz", gzipped("\xef\xbb\xbf[" + one + "," + two + "]")},
  };
  for (const auto& [name, text] : files) {
    const Rows rows = rows_of(folder.write(name, text), FileKind::news);
    ASSERT_EQ(rows.batch.events.news.size(), 2U) << name << rows.error;
    EXPECT_EQ(rows.batch.events.news[1].title, "Two");
    EXPECT_EQ(rows.batch.events.rejected.size(), 0U);
  }
  const Rows bad = rows_of(folder.write("bad.ndjson", one + "\nnot json\n" + two + "\n{\"a\":\n"),
                           FileKind::news);
  EXPECT_EQ(bad.batch.events.news.size(), 2U);
  ASSERT_EQ(bad.batch.events.rejected.size(), 2U);
  EXPECT_THAT(bad.batch.events.rejected[0].letter.origin, testing::EndsWith("bad.ndjson:2"));
  EXPECT_EQ(bad.batch.events.rejected[0].letter.payload, "not json");
  EXPECT_EQ(bad.batch.events.rejected[0].letter.topic, "news-articles");
}

}  // namespace
}  // namespace tapewire
