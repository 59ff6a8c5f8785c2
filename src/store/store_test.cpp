// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <gmock/gmock.h>

#include "store/store_test_support.h"

namespace tapewire {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(StoreTest, KeepsEveryFieldOfABar) {
  open();
  Bar bar = make_bar("BRK.A", "2019-02-13T14:30:00Z", 171.25);
  bar.high = {172'000'000'001};
  bar.vwap = Price{171'123'456'789};
  bar.transactions = 42;
  bar.accumulated_volume = Quantity{123'456'789};
  bar.official_open_price = Price{170'000'000'000};
  bar.average_size = Quantity{-1};
  bar.otc = false;
  bar.revision = 0;
  Bar plain = make_bar("O:SPY241220P00720000", "2019-02-13T14:31:00Z", 0.5);
  plain.session = TradingSession::none;
  plain.source = SourceName("elsewhere");
  apply_bars({stored(bar), stored(plain)});
  for (const Bar& expected : {bar, plain}) {
    const auto found =
        store_->bars({.symbol = expected.symbol.str(), .width = Width::m1, .from = {}, .to = {}});
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_THAT(*found, ::testing::ElementsAre(expected));
  }
  EXPECT_EQ(rows("SELECT accumulated_volume, official_open_price, aggregate_vwap, average_size, "
                 "otc, source FROM "
                 "bars_vendor ORDER BY start_time"),
            "123.456789,170,,-0.000001,false,files\n,,,,,elsewhere\n");
}

TEST_F(StoreTest, ViewsHaveTheirColumnsTypesAndOrder) {
  open();
  const std::string bars =
      "symbol VARCHAR,width VARCHAR,start_time TIMESTAMP,end_time TIMESTAMP,session VARCHAR,open "
      "DECIMAL(18,9),"
      "high DECIMAL(18,9),low DECIMAL(18,9),close DECIMAL(18,9),volume DECIMAL(18,6),vwap "
      "DECIMAL(18,9),"
      "transactions BIGINT,ohlc_average DECIMAL(18,9),origin VARCHAR,revision INTEGER";
  const std::vector<std::pair<std::string, std::string>> views{
      {"bars", bars},
      {"bars_1s", bars},
      {"bars_1m", bars},
      {"bars_5m", bars},
      {"bars_15m", bars},
      {"bars_1h", bars},
      {"bars_1d", bars},
      {"news",
       "id VARCHAR,source VARCHAR,search VARCHAR,published_at TIMESTAMP,first_published_at "
       "TIMESTAMP,"
       "precision VARCHAR,received_at TIMESTAMP,title VARCHAR,summary VARCHAR,url VARCHAR,section "
       "VARCHAR,"
       "extra VARCHAR"},
      {"signals", "symbol VARCHAR,time TIMESTAMP,kind VARCHAR,value DOUBLE"},
      {"dead_letters",
       "log_offset UBIGINT,topic VARCHAR,received_at TIMESTAMP,stage VARCHAR,source VARCHAR,"
       "reason VARCHAR,field VARCHAR,expected VARCHAR,payload BLOB"},
      {"gaps",
       "source VARCHAR,stream VARCHAR,from_time TIMESTAMP,to_time TIMESTAMP,why "
       "VARCHAR,repaired_at TIMESTAMP"}};
  for (const auto& [view, columns] : views) {
    EXPECT_EQ(rows("SELECT string_agg(column_name || ' ' || data_type, ',' ORDER BY column_index) "
                   "FROM duckdb_columns() "
                   "WHERE table_name = '" +
                   view + "'"),
              "\"" + columns + "\"\n")
        << view;
  }
}

TEST_F(StoreTest, RevisionReplacesItsRow) {
  open();
  Bar bar = make_bar("AAPL", "2019-02-13T14:30:00Z", 100);
  apply_bars({stored(bar)});
  bar.close = whole_price(100);
  bar.high = whole_price(101);
  bar.revision = 1;
  apply_bars({stored(bar)});
  EXPECT_EQ(rows("SELECT high, revision FROM bars"), "101,1\n");
}

struct Contest {
  std::string_view name;
  Origin first, second;
  double first_close, second_close;
  std::string_view expected;
};

class ContestTest : public StoreTest, public ::testing::WithParamInterface<Contest> {};

TEST_P(ContestTest, RunsMeetByKey) {
  const Contest& c = GetParam();
  const StoredBar first =
      stored(make_bar("AAPL", "2019-02-13T14:30:00Z", c.first_close, c.first), 1);
  const StoredBar second =
      stored(make_bar("AAPL", "2019-02-13T14:30:00Z", c.second_close, c.second), 2);
  for (const bool one_batch : {false, true}) {
    for (const bool finished : {false, true}) {
      if (one_batch && finished) continue;
      store_.reset();
      std::filesystem::remove_all(directory_);
      std::filesystem::create_directories(directory_);
      open();
      if (one_batch) {
        apply_bars({first, second});
      } else {
        apply_bars({first});
        if (finished) finish_before("2019-02-20");
        reopen();
        apply_bars({second});
      }
      EXPECT_EQ(rows("SELECT close, origin, revision FROM bars_1m"), c.expected)
          << one_batch << finished;
      EXPECT_EQ(findings(), "");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Contests, ContestTest,
    ::testing::Values(
        Contest{"equal", Origin::vendor, Origin::vendor, 100, 100, "100,vendor,0\n"},
        Contest{"newer", Origin::vendor, Origin::vendor, 100, 101, "101,vendor,1\n"},
        Contest{"better", Origin::rolled_up, Origin::built, 100, 101, "101,built,1\n"},
        Contest{"best", Origin::built, Origin::vendor, 100, 100, "100,vendor,1\n"},
        Contest{"worse", Origin::vendor, Origin::rolled_up, 100, 101, "100,vendor,0\n"}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

TEST_F(StoreTest, ABatchTwiceCountsOnce) {
  open();
  StoreBatch batch;
  for (int i = 0; i < 3; ++i)
    batch.bars.push_back(stored(make_bar("AAPL", "2019-02-13T14:30:00Z", 100 + i)));
  batch.trades.resize(2);
  batch.offsets = {{"bars", 7}, {"signals", 3}};
  options_.keep_trades = true;
  reopen();
  apply(batch);
  EXPECT_EQ(rows("SELECT close, revision, (SELECT count(*) FROM trades) FROM bars"), "102,2,2\n");
  apply(batch);
  reopen();
  apply(batch);
  EXPECT_EQ(rows("SELECT close, revision, (SELECT count(*) FROM trades) FROM bars"), "102,2,2\n");
  const auto offsets = store_->offsets();
  ASSERT_TRUE(offsets);
  ASSERT_EQ(offsets->size(), 2U);
  EXPECT_EQ((*offsets)[0].topic, "bars");
  EXPECT_EQ((*offsets)[0].offset, 7U);
  batch.offsets = {{"bars", 8}, {"signals", 2}};
  const Status mixed = store_->apply(batch);
  ASSERT_FALSE(mixed);
  EXPECT_THAT(mixed.error().message, HasSubstr("offset of signals is 2, behind the store's 3"));
}

TEST_F(StoreTest, AFailedBatchLeavesNothing) {
  open();
  StoreBatch batch;
  batch.bars = {stored(make_bar("AAPL", "2019-02-13T14:30:00Z", 100))};
  batch.offsets = {{"bars", 1}};
  apply(batch);
  batch.bars = {stored(make_bar("AAPL", "2019-02-13T14:31:00Z", 101))};
  batch.offsets = {{"bars", 2}, {"bars", 0}};
  ASSERT_FALSE(store_->apply(batch));
  EXPECT_EQ(rows("SELECT close FROM bars"), "100\n");
  batch.offsets = {{"bars", 2}};
  apply(batch);
  EXPECT_EQ(rows("SELECT close FROM bars ORDER BY start_time"), "100\n101\n");
}

TEST_F(StoreTest, SignalsOfTwoRunsJoinAndOneRunReplaces) {
  open();
  StoreBatch batch;
  batch.signals = {{make_signals("AAPL", "2019-02-13T14:31:00Z", 1.5), 1},
                   {make_signals("AAPL", "2019-02-13T14:31:00Z", std::nullopt, -0.25), 2}};
  apply(batch);
  EXPECT_EQ(rows("SELECT symbol, time, kind, value FROM signals ORDER BY kind"),
            "AAPL,2019-02-13T14:31:00Z,change_5m,1.5\nAAPL,2019-02-13T14:31:00Z,delta_10s,-0.25\n");
  batch.signals = {{make_signals("AAPL", "2019-02-13T14:31:00Z", 2.5), 1}};
  batch.signals[0].signals.revision = 1;
  apply(batch);
  EXPECT_EQ(rows("SELECT kind, value FROM signals"), "change_5m,2.5\n");
  const auto found =
      store_->signals({.symbol = "AAPL", .kind = SignalKind::change_5m, .from = {}, .to = {}});
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->signals.size(), 1U);
  EXPECT_EQ(found->signals[0].value, 2.5);
  EXPECT_FALSE(found->truncated);
}

TEST_F(StoreTest, BarsByRangeAndLimit) {
  open();
  std::vector<StoredBar> bars;
  // Two days a year apart, so that a query without bounds has to look far.
  for (const auto* day : {"2018-02-13", "2019-02-13"}) {
    for (int minute = 0; minute < 30; ++minute) {
      Bar bar = make_bar("AAPL", std::string(day) + "T14:30:00Z", 100 + minute);
      bar.start = bar.start + minutes(minute);
      bar.end = bar.start + minutes(1);
      bars.push_back(stored(bar));
    }
  }
  apply_bars(bars);
  for (const bool finished : {false, true}) {
    if (finished) finish_before("2019-03-01");
    const auto closes = [&](BarQuery query) {
      query.symbol = "AAPL";
      std::string out;
      const auto found = store_->bars(query);
      if (!found) return found.error().message;
      for (const Bar& bar : *found)
        out += to_text(bar.close) + (bar.start < at("2019-01-01T00:00:00Z") ? "a " : "b ");
      return out;
    };
    EXPECT_EQ(closes({.symbol = "", .width = Width::m1, .from = {}, .to = {}, .limit = 3}),
              "127b 128b 129b ");
    EXPECT_EQ(closes({.symbol = "",
                      .width = Width::m1,
                      .from = {},
                      .to = at("2019-02-13T14:31:00Z"),
                      .limit = 3}),
              "128a 129a 100b ");
    EXPECT_EQ(closes({.symbol = "",
                      .width = Width::m1,
                      .from = at("2018-02-13T14:59:00Z"),
                      .to = {},
                      .limit = 3}),
              "129a 100b 101b ");
    EXPECT_EQ(closes({.symbol = "",
                      .width = Width::m1,
                      .from = at("2019-02-13T14:40:00Z"),
                      .to = at("2019-02-13T14:42:00Z")}),
              "110b 111b ");
    EXPECT_EQ(closes({.symbol = "",
                      .width = Width::m1,
                      .from = kMinTimestamp,
                      .to = kMaxTimestamp,
                      .limit = 2}),
              "100a 101a ");
    EXPECT_EQ(closes({.symbol = "", .width = Width::h1, .from = {}, .to = {}}), "");
  }
}

TEST_F(StoreTest, SymbolsKnowTheirSpan) {
  open();
  apply_bars({stored(make_bar("AAPL", "2019-02-13T14:30:00Z", 100)),
              stored(make_bar("AAPL", "2019-02-13T14:31:00Z", 101)),
              stored(make_bar("AAPL", "2019-02-13T14:30:00Z", 101, Origin::rolled_up, Width::m5))});
  for (int round = 0; round < 3; ++round) {
    const auto symbols = store_->symbols();
    ASSERT_TRUE(symbols) << symbols.error().message;
    ASSERT_EQ(symbols->size(), 1U);
    EXPECT_EQ((*symbols)[0].symbol, "AAPL");
    EXPECT_EQ((*symbols)[0].first_time, at("2019-02-13T14:30:00Z"));
    EXPECT_EQ((*symbols)[0].last_time, at("2019-02-13T14:31:00Z"));
    EXPECT_EQ((*symbols)[0].last_close, whole_price(101 + round));
    EXPECT_THAT((*symbols)[0].widths, ::testing::ElementsAre(Width::m1, Width::m5));
    // A correction of the last bar, before and after its day is finished and the store opened again.
    Bar next = make_bar("AAPL", "2019-02-13T14:31:00Z", 102 + round);
    apply_bars({stored(next)});
    if (round == 1) finish_before("2019-02-20");
    if (round == 1) reopen();
  }
}

TEST_F(StoreTest, NewsPagesNewestFirst) {
  open();
  StoreBatch batch;
  for (int i = 0; i < 5; ++i) {
    batch.news.push_back(make_news("id" + std::to_string(i),
                                   "2019-02-13T14:3" + std::to_string(i / 2) + ":00Z",
                                   "Apple story number " + std::to_string(i)));
  }
  batch.news[1].item.symbols = {"AAPL", "MSFT"};
  batch.news[2].item.summary = "about CAF\xc3\x89 prices";
  batch.news[2].item.extra = R"({"wordcount":12})";
  batch.news[2].item.url = "https://example.org/a?b=1";
  batch.news[2].item.first_published_at = at("2019-02-13T10:00:00Z");
  batch.news[2].item.precision = Precision::day;
  apply(batch);
  const auto ids = [&](const NewsQuery& query) {
    std::string out;
    NewsQuery next = query;
    for (int pages = 0; pages < 10; ++pages) {
      const auto page = store_->news(next);
      if (!page) return page.error().message;
      for (const StoredNews& news : page->news) out += news.item.id.substr(2);
      if (page->next_cursor.empty()) break;
      next.cursor = page->next_cursor;
      out += '|';
    }
    return out;
  };
  EXPECT_EQ(ids({}), "42301");
  EXPECT_EQ(ids({.text = "", .symbol = "", .from = {}, .to = {}, .limit = 2, .cursor = ""}),
            "42|30|1");
  EXPECT_EQ(ids({.text = "STORY 3", .symbol = "", .from = {}, .to = {}, .cursor = ""}), "3");
  EXPECT_EQ(ids({.text = "caf\xc3\xa9 apple", .symbol = "", .from = {}, .to = {}, .cursor = ""}),
            "2");
  EXPECT_EQ(ids({.text = "", .symbol = "MSFT", .from = {}, .to = {}, .cursor = ""}), "1");
  EXPECT_EQ(ids({.text = "",
                 .symbol = "",
                 .from = at("2019-02-13T14:31:00Z"),
                 .to = at("2019-02-13T14:32:00Z"),
                 .cursor = ""}),
            "23");
  EXPECT_THAT(ids({.text = "", .symbol = "", .from = {}, .to = {}, .cursor = "AAAA"}),
              HasSubstr("cursor"));
  const auto page =
      store_->news({.text = "caf\xc3\xa9", .symbol = "", .from = {}, .to = {}, .cursor = ""});
  ASSERT_TRUE(page);
  EXPECT_EQ(page->news.at(0).item, batch.news[2].item);
  EXPECT_EQ(page->news.at(0).received_at, batch.news[2].received_at);
}

TEST_F(StoreTest, NewsRevisionReplacesAndEqualContentDoesNot) {
  open();
  StoreBatch batch;
  batch.news = {make_news("a", "2019-02-13T14:30:00Z", "one"),
                make_news("b", "2019-02-13T14:30:00Z", "x")};
  apply(batch);
  apply(batch);
  EXPECT_EQ(rows("SELECT id, title, revision FROM news_items ORDER BY id"), "a,one,0\nb,x,0\n");
  batch.news = {make_news("a", "2019-02-13T14:30:00Z", "two"),
                make_news("a", "2019-02-13T14:30:00Z", "three"),
                make_news("a", "2019-02-13T14:30:00Z", "three")};
  apply(batch);
  EXPECT_EQ(rows("SELECT id, title, revision FROM news_items ORDER BY id"), "a,three,2\nb,x,0\n");
}

TEST_F(StoreTest, DeadLettersKeepTheirBytes) {
  open();
  StoreBatch batch;
  for (std::uint64_t i = 0; i < 3; ++i) {
    StoredDeadLetter letter;
    letter.log_offset = 10 + i;
    letter.received_at = at("2019-02-13T14:30:00Z");
    letter.letter = {
        "stock-prices",     "validate", "files",       "a.csv:7",
        "high \xff is odd", "high",     "high >= low", std::string("\x00\xff,raw\n", 7)};
    batch.dead_letters.push_back(letter);
  }
  apply(batch);
  batch.dead_letters.erase(batch.dead_letters.begin());
  apply(batch);
  const auto page = store_->dead_letters({.limit = 2, .cursor = ""});
  ASSERT_TRUE(page) << page.error().message;
  ASSERT_EQ(page->letters.size(), 2U);
  EXPECT_EQ(page->letters[0].log_offset, 12U);
  EXPECT_EQ(page->letters[0].letter.payload, std::string("\x00\xff,raw\n", 7));
  EXPECT_EQ(page->letters[0].letter.reason, "high \xef\xbf\xbd is odd");
  EXPECT_EQ(page->letters[0].letter.origin, "a.csv:7");
  const auto rest = store_->dead_letters({.limit = 2, .cursor = page->next_cursor});
  ASSERT_TRUE(rest);
  ASSERT_EQ(rest->letters.size(), 1U);
  EXPECT_THAT(rest->next_cursor, IsEmpty());
}

TEST_F(StoreTest, TradesAndQuotesAreKeptWhenConfigured) {
  Trade trade;
  trade.symbol = Symbol("AAPL");
  trade.time = {1'550'068'200'123'456'789};
  trade.price = Price{170'010'000'000};
  trade.size = Quantity{500'000};
  ASSERT_TRUE(trade.conditions.add(12));
  ASSERT_TRUE(trade.conditions.add(41));
  Quote quote;
  quote.symbol = Symbol("AAPL");
  quote.time = trade.time;
  quote.bid_price = whole_price(170);
  StoreBatch batch;
  batch.trades = {trade, trade};
  batch.quotes = {quote};
  open();
  apply(batch);
  EXPECT_EQ(rows("SELECT (SELECT count(*) FROM trades), (SELECT count(*) FROM quotes)"), "0,0\n");
  options_.keep_trades = options_.keep_quotes = true;
  reopen();
  apply(batch);
  EXPECT_EQ(rows("SELECT symbol, time, price, size, conditions FROM trades LIMIT 1"),
            "AAPL,2019-02-13T14:30:00.123456789Z,170.01,0.5,\"[12,41]\"\n");
  EXPECT_EQ(rows("SELECT bid_price, ask_price, conditions FROM quotes"), "170,0,[]\n");
}

}  // namespace
}  // namespace tapewire
