// SPDX-License-Identifier: Apache-2.0
#include "model/validate.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tapewire {
namespace {

Timestamp at(std::string_view text) { return *parse_iso8601(text); }
Price price(std::string_view text) { return {parse_price(text)->value}; }
Quantity quantity(std::string_view text) { return {parse_quantity(text)->value}; }

ValidationLimits limits() {
  ValidationLimits out;
  out.now = at("2019-02-13T21:00:00Z");
  return out;
}

Bar good_bar() {
  Bar bar;
  bar.symbol = Symbol("AAPL");
  bar.start = at("2019-02-13T14:30:00Z");
  bar.end = at("2019-02-13T14:31:00Z");
  bar.open = price("171.14");
  bar.high = price("171.5");
  bar.low = price("171");
  bar.close = price("171.23");
  bar.volume = quantity("123456");
  return bar;
}

struct BarCase {
  std::function<void(Bar&)> change;
  std::string_view field;
  std::string_view reason;
  std::string_view expected;
};

void expect_fault(const std::optional<Fault>& got, std::string_view field, std::string_view reason,
                  std::string_view expected) {
  ASSERT_TRUE(got) << reason;
  EXPECT_EQ(got->field, field);
  EXPECT_EQ(got->reason, reason);
  EXPECT_EQ(got->expected, expected);
}

TEST(ValidateBar, AcceptsWhatVendorsSend) {
  const std::vector<std::function<void(Bar&)>> changes{
      [](Bar&) {},
      [](Bar& b) { b.volume = {}; },
      [](Bar& b) { b.volume = quantity("0.5"); },
      [](Bar& b) { b.open = b.high = b.low = b.close = price("0.0001"); },
      [](Bar& b) { b.open = b.low, b.close = b.high; },
      [](Bar& b) { b.symbol = Symbol("O:SPY241220P00720000"); },
      [](Bar& b) { b.symbol = Symbol("BINANCE:BTCUSDT"); },
      [](Bar& b) { b.symbol = Symbol("ABRpD"); },
      [](Bar& b) { b.vwap = price("171.9"); },  // vendors round: it may leave [low, high]
      [](Bar& b) { b.transactions = 0, b.otc = true, b.average_size = Quantity{}; },
      [](Bar& b) { b.accumulated_volume = Quantity{}, b.official_open_price = price("170"); },
      [](Bar& b) { b.high = Price{kMaxDecimal18}; },
      [](Bar& b) { b.width = Width::s1, b.end = b.start + seconds(1); },
      [](Bar& b) { b.width = Width::m5, b.end = b.start + minutes(5); },
      [](Bar& b) { b.width = Width::m15, b.end = b.start + minutes(15); },
      [](Bar& b) {
        b.width = Width::h1, b.start = at("2019-02-13T14:00:00Z"), b.end = b.start + hours(1);
      },
      // A day from midnight to midnight, the days when clocks change, and a session.
      [](Bar& b) {
        b.width = Width::d1, b.start = at("2019-02-12T05:00:00Z"), b.end = b.start + hours(24);
      },
      [](Bar& b) {
        b.width = Width::d1, b.start = at("2018-03-11T05:00:00Z"), b.end = b.start + hours(23);
      },
      [](Bar& b) {
        b.width = Width::d1, b.start = at("2018-11-04T04:00:00Z"), b.end = b.start + hours(25);
      },
      [](Bar& b) {
        b.width = Width::d1, b.start = at("2019-02-13T14:30:00Z"),
        b.end = at("2019-02-13T21:00:00Z");
      },
      [](Bar& b) {  // an early close
        b.width = Width::d1, b.start = at("2018-11-23T14:30:00Z"),
        b.end = at("2018-11-23T18:00:00Z");
      },
      // The present and a clock that is a little ahead.
      [](Bar& b) { b.end = limits().now, b.start = b.end - minutes(1); },
      [](Bar& b) {
        b.width = Width::s1, b.end = limits().now + seconds(5), b.start = b.end - seconds(1);
      },
      [](Bar& b) { b.start = at("1971-01-01T00:00:00Z"), b.end = b.start + minutes(1); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Bar bar = good_bar();
    changes[i](bar);
    const auto fault = validate(bar, limits());
    EXPECT_FALSE(fault) << i << ": " << fault->reason;
  }
}

TEST(ValidateBar, NamesThePriceOrVolumeAtFault) {
  for (const BarCase& c : std::vector<BarCase>{
           {[](Bar& b) { b.open = {}; }, "open", "open 0 is zero", "open > 0"},
           {[](Bar& b) { b.high = {}; }, "high", "high 0 is zero", "high > 0"},
           {[](Bar& b) { b.low = price("-1.5"); }, "low", "low -1.5 is negative", "low > 0"},
           {[](Bar& b) { b.close = {}; }, "close", "close 0 is zero", "close > 0"},
           {[](Bar& b) { b.high = Price{kMaxDecimal18 + 1}; }, "high",
            "high 1000000000 is too large", "high <= 999999999.999999999"},
           {[](Bar& b) { b.high = price("1.5"); }, "high", "high 1.5 is below low 171",
            "high >= low"},
           {[](Bar& b) { b.open = price("170.99"); }, "open", "open 170.99 is below low 171",
            "open >= low"},
           {[](Bar& b) { b.open = price("171.51"); }, "open", "open 171.51 is above high 171.5",
            "open <= high"},
           {[](Bar& b) { b.close = price("170"); }, "close", "close 170 is below low 171",
            "close >= low"},
           {[](Bar& b) { b.close = price("172"); }, "close", "close 172 is above high 171.5",
            "close <= high"},
           {[](Bar& b) { b.volume = quantity("-5"); }, "volume", "volume -5 is negative",
            "volume >= 0"},
           {[](Bar& b) { b.volume = Quantity{INT64_MAX}; }, "volume",
            "volume 9223372036854.775807 is too large", "volume <= 999999999999.999999"},
           {[](Bar& b) { b.vwap = Price{}; }, "vwap", "vwap 0 is zero", "vwap > 0"},
           {[](Bar& b) { b.vwap = price("-1"); }, "vwap", "vwap -1 is negative", "vwap > 0"},
           {[](Bar& b) { b.transactions = -1; }, "transactions", "transactions -1 is negative",
            "transactions >= 0"},
           {[](Bar& b) { b.accumulated_volume = quantity("-1"); }, "accumulated_volume",
            "accumulated_volume -1 is negative", "accumulated_volume >= 0"},
           {[](Bar& b) { b.official_open_price = Price{}; }, "official_open_price",
            "official_open_price 0 is zero", "official_open_price > 0"},
           {[](Bar& b) { b.aggregate_vwap = price("-2"); }, "aggregate_vwap",
            "aggregate_vwap -2 is negative", "aggregate_vwap > 0"},
           {[](Bar& b) { b.average_size = quantity("-2"); }, "average_size",
            "average_size -2 is negative", "average_size >= 0"},
       }) {
    Bar bar = good_bar();
    c.change(bar);
    expect_fault(validate(bar, limits()), c.field, c.reason, c.expected);
  }
}

TEST(ValidateBar, NamesTheTimeAtFault) {
  constexpr std::string_view kTooFine =
      ": it looks like a time in seconds, milliseconds or microseconds that was read as a finer "
      "unit";
  for (const BarCase& c : std::vector<BarCase>{
           {[](Bar& b) { b.start.ns /= 1'000'000, b.end.ns /= 1'000'000; }, "start_time",
            "start_time is 1970-01-01T00:25:50.0682Z", "a time from 1971-01-01T00:00:00Z on"},
           {[](Bar& b) { b.start.ns /= 1'000, b.end.ns /= 1'000; }, "start_time",
            "start_time is 1970-01-18T22:34:28.2Z", "a time from 1971-01-01T00:00:00Z on"},
           {[](Bar& b) { b.start = b.end = {}; }, "start_time",
            "start_time is 1970-01-01T00:00:00Z", "a time from 1971-01-01T00:00:00Z on"},
       }) {
    Bar bar = good_bar();
    c.change(bar);
    expect_fault(validate(bar, limits()), c.field, std::string(c.reason) + std::string(kTooFine),
                 c.expected);
  }
  for (const BarCase& c : std::vector<BarCase>{
           {[](Bar& b) { b.start = b.end = kMaxTimestamp; }, "start_time",
            "start_time is 2262-04-11T23:47:16.854775807Z: it looks like a time in a finer unit "
            "than "
            "it was read as",
            "a time before 2200-01-01T00:00:00Z"},
           {[](Bar& b) { b.end = b.start; }, "end_time",
            "end_time 2019-02-13T14:30:00Z is not after start_time 2019-02-13T14:30:00Z",
            "end_time > start_time"},
           {[](Bar& b) { b.end = b.start - minutes(1); }, "end_time",
            "end_time 2019-02-13T14:29:00Z is not after start_time 2019-02-13T14:30:00Z",
            "end_time > start_time"},
           {[](Bar& b) { b.end = b.start + minutes(2); }, "end_time",
            "the window from 2019-02-13T14:30:00Z to 2019-02-13T14:32:00Z is not 1m wide",
            "end_time = start_time + 1m"},
           {[](Bar& b) { b.width = Width::m5; }, "end_time",
            "the window from 2019-02-13T14:30:00Z to 2019-02-13T14:31:00Z is not 5m wide",
            "end_time = start_time + 5m"},
           {[](Bar& b) { b.start = b.start + seconds(7), b.end = b.start + minutes(1); },
            "start_time", "start_time 2019-02-13T14:30:07Z is not at a whole 1m of the UTC clock",
            "a multiple of 1m"},
           {[](Bar& b) { b.width = Width::d1; }, "end_time",
            "the window from 2019-02-13T14:30:00Z to 2019-02-13T14:31:00Z is no trading day",
            "a day from midnight to midnight, or from the session's open to its close"},
           {[](Bar& b) {
              b.width = Width::d1, b.start = at("2018-11-23T14:30:00Z"),
              b.end = at("2018-11-23T21:00:00Z");
            },
            "end_time",
            "the window from 2018-11-23T14:30:00Z to 2018-11-23T21:00:00Z is no trading day",
            "a day from midnight to midnight, or from the session's open to its close"},
           {[](Bar& b) { b.end = at("2019-02-13T21:01:00Z"), b.start = b.end - minutes(1); },
            "end_time",
            "end_time 2019-02-13T21:01:00Z is in the future: it is now 2019-02-13T21:00:00Z",
            "at most 5 s after now"},
       }) {
    Bar bar = good_bar();
    c.change(bar);
    expect_fault(validate(bar, limits()), c.field, c.reason, c.expected);
  }
}

TEST(ValidateSymbol, WantsPrintableAscii) {
  constexpr std::string_view kExpected = "1 to 31 printable ASCII characters without spaces";
  for (const std::string_view symbol : {"A", "BRK.A", "X:BTCUSD", "I:SPX", "!~"}) {
    EXPECT_FALSE(validate_symbol(symbol)) << symbol;
  }
  EXPECT_FALSE(validate_symbol(std::string(31, 'A')));
  expect_fault(validate_symbol(""), "symbol", "symbol is empty", kExpected);
  expect_fault(validate_symbol("A B"), "symbol", "symbol \"A B\" has the byte 0x20", kExpected);
  expect_fault(validate_symbol("A\n"), "symbol", "symbol \"A\\x0a\" has the byte 0x0a", kExpected);
  expect_fault(validate_symbol("\xc3\x84"), "symbol", "symbol \"\xc3\x84\" has the byte 0xc3",
               kExpected);
  expect_fault(validate_symbol("A\xff"), "symbol", "symbol \"A\\xff\" has the byte 0xff",
               kExpected);
  expect_fault(validate_symbol(std::string(32, 'A')), "symbol",
               "symbol \"" + std::string(32, 'A') + "\" is 32 bytes long", kExpected);
  Bar bar = good_bar();
  bar.symbol = {};
  expect_fault(validate(bar, limits()), "symbol", "symbol is empty", kExpected);
}

TEST(ValidateTrade, ChecksSymbolTimePriceAndSize) {
  Trade good;
  good.symbol = Symbol("AAPL");
  good.time = at("2019-02-13T14:30:00.123Z");
  good.price = price("171.14");
  good.size = quantity("100");
  EXPECT_FALSE(validate(good, limits()));
  struct Case {
    std::function<void(Trade&)> change;
    std::string_view field, reason, expected;
  };
  for (const Case& c : std::vector<Case>{
           {[](Trade& t) { t.price = {}; }, "price", "price 0 is zero", "price > 0"},
           {[](Trade& t) { t.price = price("-1"); }, "price", "price -1 is negative", "price > 0"},
           {[](Trade& t) { t.size = quantity("-100"); }, "size", "size -100 is negative",
            "size >= 0"},
           {[](Trade& t) { t.symbol = {}; }, "symbol", "symbol is empty",
            "1 to 31 printable ASCII characters without spaces"},
           {[](Trade& t) { t.time = at("2019-02-13T21:00:06Z"); }, "time",
            "time 2019-02-13T21:00:06Z is in the future: it is now 2019-02-13T21:00:00Z",
            "at most 5 s after now"},
           {[](Trade& t) { t.time.ns /= 1'000'000'000; }, "time",
            "time is 1970-01-01T00:00:01.5500682Z: it looks like a time in seconds, milliseconds "
            "or "
            "microseconds that was read as a finer unit",
            "a time from 1971-01-01T00:00:00Z on"},
           {[](Trade& t) { t.id = TradeId("\xff"); }, "id", "id \"\\xff\" is not valid UTF-8",
            "UTF-8"},
       }) {
    Trade trade = good;
    c.change(trade);
    expect_fault(validate(trade, limits()), c.field, c.reason, c.expected);
  }
  good.size = {};  // the market centre's official opening carries none
  EXPECT_FALSE(validate(good, limits()));
}

TEST(ValidateQuote, AllowsOneSidedAndCrossedMarkets) {
  Quote good;
  good.symbol = Symbol("AAPL");
  good.time = at("2019-02-13T14:30:00.123Z");
  good.bid_price = price("171.14");
  good.ask_price = price("171.15");
  EXPECT_FALSE(validate(good, limits()));
  Quote crossed = good;
  crossed.bid_price = price("171.16");
  EXPECT_FALSE(validate(crossed, limits()));
  Quote one_sided = good;
  one_sided.ask_price = {};
  EXPECT_FALSE(validate(one_sided, limits()));
  struct Case {
    std::function<void(Quote&)> change;
    std::string_view field, reason;
  };
  for (const Case& c : std::vector<Case>{
           {[](Quote& q) { q.bid_price = price("-1"); }, "bid_price", "bid_price -1 is negative"},
           {[](Quote& q) { q.ask_price = price("-1"); }, "ask_price", "ask_price -1 is negative"},
           {[](Quote& q) { q.bid_size = quantity("-1"); }, "bid_size", "bid_size -1 is negative"},
           {[](Quote& q) { q.ask_size = quantity("-1"); }, "ask_size", "ask_size -1 is negative"},
       }) {
    Quote quote = good;
    c.change(quote);
    expect_fault(validate(quote, limits()), c.field, c.reason, std::string(c.field) + " >= 0");
  }
}

NewsItem good_article() {
  NewsItem item;
  item.id = "technology/2019/feb/13/apple";
  item.source = "guardian";
  item.published_at = at("2019-02-13T17:05:00Z");
  item.title = "Apple \xf0\x9f\x8d\x8e <script>alert(1)</script>";
  return item;
}

struct NewsCase {
  std::function<void(NewsItem&)> change;
  std::string_view field, reason, expected;
};

TEST(ValidateNews, AcceptsWhatVendorsSend) {
  const std::vector<std::function<void(NewsItem&)>> changes{
      [](NewsItem&) {},
      [](NewsItem& n) { n.extra = "{}"; },
      [](NewsItem& n) { n.extra = R"({"a":[1]})"; },
      [](NewsItem& n) { n.symbols = {"AAPL", "brk b"}; },
      [](NewsItem& n) { n.title = std::string(1 << 20, 't'); },
      [](NewsItem& n) { n.first_published_at = n.published_at + minutes(1); },
      [](NewsItem& n) {
        n.precision = Precision::day, n.published_at = at("2019-02-13T05:00:00Z");
      },
      [](NewsItem& n) {
        n.precision = Precision::day, n.published_at = at("2018-07-04T04:00:00Z");
      },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    NewsItem item = good_article();
    changes[i](item);
    const auto fault = validate(item, limits());
    EXPECT_FALSE(fault) << i << ": " << fault->reason;
  }
}

TEST(ValidateNews, NamesTheTextAtFault) {
  for (const NewsCase& c : std::vector<NewsCase>{
           {[](NewsItem& n) { n.id.clear(); }, "id", "id is empty", "a text"},
           {[](NewsItem& n) { n.source.clear(); }, "source", "source is empty", "a text"},
           {[](NewsItem& n) { n.title.clear(); }, "title", "title is empty", "a text"},
           {[](NewsItem& n) { n.title = " \t\n"; }, "title", "title is empty", "a text"},
           {[](NewsItem& n) { n.title = "\xff"; }, "title", "title \"\\xff\" is not valid UTF-8",
            "UTF-8"},
           {[](NewsItem& n) { n.title = "cut \xf0\x9f\x8d"; }, "title",
            "title \"cut \\xf0\\x9f\\x8d\" is not valid UTF-8", "UTF-8"},
           {[](NewsItem& n) { n.summary = "\xed\xa0\x80"; }, "summary",
            "summary \"\\xed\\xa0\\x80\" is not valid UTF-8", "UTF-8"},
           {[](NewsItem& n) { n.title = std::string((1 << 20) + 1, 't'); }, "title",
            "title is 1048577 bytes long", "at most 1048576 bytes"},
           {[](NewsItem& n) { n.extra = std::string(1 << 21, ' '); }, "extra",
            "extra is 2097152 bytes long", "at most 1048576 bytes"},
           {[](NewsItem& n) { n.url = std::string(1'025, 'u'); }, "url", "url is 1025 bytes long",
            "at most 1024 bytes"},
           {[](NewsItem& n) { n.section = "\x80"; }, "section",
            "section \"\\x80\" is not valid UTF-8", "UTF-8"},
           {[](NewsItem& n) { n.search = std::string(2'000, 's'); }, "search",
            "search is 2000 bytes long", "at most 1024 bytes"},
           {[](NewsItem& n) { n.extra = "[]"; }, "extra", "extra \"[]\" is not a JSON object",
            "one JSON object, or nothing"},
           {[](NewsItem& n) { n.extra = "{"; }, "extra", "extra \"{\" is not a JSON object",
            "one JSON object, or nothing"},
           {[](NewsItem& n) { n.symbols = {"AAPL", ""}; }, "symbols[1]", "symbols[1] is empty",
            "a text"},
           {[](NewsItem& n) { n.symbols = {"\xff"}; }, "symbols[0]",
            "symbols[0] \"\\xff\" is not valid UTF-8", "UTF-8"},
           {[](NewsItem& n) { n.symbols.assign(300'000, "AAPL"); }, "symbols",
            "symbols are more than 1048576 bytes long", "at most 1048576 bytes"},
       }) {
    NewsItem item = good_article();
    c.change(item);
    expect_fault(validate(item, limits()), c.field, c.reason, c.expected);
  }
}

TEST(ValidateNews, NamesTheTimeAtFault) {
  for (const NewsCase& c : std::vector<NewsCase>{
           {[](NewsItem& n) { n.published_at = at("2019-02-13T21:00:05.000000001Z"); },
            "published_at",
            "published_at 2019-02-13T21:00:05.000000001Z is in the future: it is now "
            "2019-02-13T21:00:00Z",
            "at most 5 s after now"},
           {[](NewsItem& n) {
              n.precision = Precision::day, n.published_at = at("2019-02-14T05:00:00Z");
            },
            "published_at",
            "published_at 2019-02-14T05:00:00Z is in the future: it is now 2019-02-13T21:00:00Z",
            "at most 5 s after now"},
           {[](NewsItem& n) {
              n.precision = Precision::day, n.published_at = at("2019-02-13T00:00:00Z");
            },
            "published_at",
            "published_at 2019-02-13T00:00:00Z is known to the day only and is not its midnight",
            "midnight in New York, 2019-02-12T05:00:00Z"},
           {[](NewsItem& n) { n.first_published_at = at("2019-03-01T00:00:00Z"); },
            "first_published_at",
            "first_published_at 2019-03-01T00:00:00Z is in the future: it is now "
            "2019-02-13T21:00:00Z",
            "at most 5 s after now"},
           {[](NewsItem& n) { n.published_at = kMaxTimestamp; }, "published_at",
            "published_at is 2262-04-11T23:47:16.854775807Z: it looks like a time in a finer unit "
            "than "
            "it was read as",
            "a time before 2200-01-01T00:00:00Z"},
       }) {
    NewsItem item = good_article();
    c.change(item);
    expect_fault(validate(item, limits()), c.field, c.reason, c.expected);
  }
}

TEST(Validate, MessagesStayShortAndReadable) {
  NewsItem item = good_article();
  // The cut at 64 bytes would split a character: it is dropped whole.
  item.extra = std::string(63, 'x') + "\xf0\x9f\x8d\x8e" + std::string(1'000, 'y');
  const auto fault = validate(item, limits());
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->reason, "extra \"" + std::string(63, 'x') + "...\" is not a JSON object");
}

TEST(Validate, ToleranceReachesTheEndOfTime) {
  ValidationLimits all = limits();
  all.now = kMaxTimestamp;
  EXPECT_FALSE(validate(good_bar(), all));
  all.future_tolerance = days(365 * 200);
  EXPECT_FALSE(validate(good_bar(), all));
}

}  // namespace
}  // namespace tapewire
