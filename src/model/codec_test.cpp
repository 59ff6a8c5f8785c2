// SPDX-License-Identifier: Apache-2.0
#include "model/codec.h"

#include <bit>
#include <functional>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tapewire {
namespace {

constexpr std::uint64_t kSeed = 20190213;

Timestamp at(std::string_view text) { return *parse_iso8601(text); }

Bar minute_bar() {
  Bar bar;
  bar.symbol = Symbol("AAPL");
  bar.start = at("2019-02-13T14:30:00Z");
  bar.end = at("2019-02-13T14:31:00Z");
  bar.open = Price{171'140'000'000};
  bar.high = Price{171'500'000'000};
  bar.low = Price{171'000'000'000};
  bar.close = Price{171'230'000'000};
  bar.volume = whole_quantity(123'456);
  bar.transactions = 812;
  bar.source = SourceName("files");
  return bar;
}

Bar full_bar() {
  Bar bar = minute_bar();
  bar.vwap = Price{171'213'400'000};
  bar.accumulated_volume = whole_quantity(9'123'456);
  bar.official_open_price = Price{171'390'000'000};
  bar.aggregate_vwap = Price{171'293'400'000};
  bar.average_size = whole_quantity(152);
  bar.otc = false;
  bar.source = SourceName("polygon");
  return bar;
}

Trade some_trade() {
  Trade trade;
  trade.symbol = Symbol("BRK.A");
  trade.time = Timestamp{1'550'068'200'123'456'789};
  trade.price = Price{308'000'010'000'000};
  trade.size = Quantity{1'500'000};
  trade.sequence = 1'234'567;
  trade.id = TradeId("52983525029461");
  EXPECT_TRUE(trade.conditions.add(14));
  EXPECT_TRUE(trade.conditions.add(41));
  trade.exchange = 4;
  trade.tape = 1;
  trade.correction = 12;
  trade.trf_id = 202;
  trade.participant_time = Timestamp{1'550'068'200'123'000'000};
  trade.trf_time = Timestamp{1'550'068'200'125'000'000};
  trade.source = SourceName("polygon");
  return trade;
}

Quote some_quote() {
  Quote quote;
  quote.symbol = Symbol("AAPL");
  quote.time = Timestamp{1'550'068'200'123'000'000};
  quote.bid_price = Price{171'130'000'000};
  quote.ask_price = Price{171'140'000'000};
  quote.bid_size = whole_quantity(3);
  quote.ask_size = whole_quantity(12);
  quote.sequence = 99;
  EXPECT_TRUE(quote.conditions.add(1));
  EXPECT_TRUE(quote.indicators.add(604));
  quote.bid_exchange = 11;
  quote.ask_exchange = 12;
  quote.tape = 3;
  quote.participant_time = Timestamp{1'550'068'200'122'000'000};
  quote.source = SourceName("finnhub");
  return quote;
}

NewsItem some_article() {
  NewsItem item;
  item.id = "technology/2019/feb/13/apple-news";
  item.source = "guardian";
  item.search = "apple";
  item.published_at = at("2019-02-13T17:05:00Z");
  item.first_published_at = at("2019-02-13T16:59:12Z");
  item.precision = Precision::minute;
  item.title = "Apple \xf0\x9f\x8d\x8e <b>up</b>";
  item.summary = "What happened.";
  item.url = "https://example.org/a";
  item.section = "technology";
  item.symbols = {"AAPL", "", "BRK.A"};
  item.extra = R"({"pillarId":"pillar/news"})";
  item.revision = 3;
  return item;
}

template <class T>
std::string encoded(const T& value) {
  std::string out;
  encode(value, out);
  return out;
}

template <class T>
void expect_same(const Result<T>& got, const T& want) {
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(*got, want);
}

TEST(Codec, RoundTripsEveryKind) {
  expect_same(decode_bar("AAPL", encoded(minute_bar())), minute_bar());
  expect_same(decode_bar("AAPL", encoded(full_bar())), full_bar());
  expect_same(decode_bar("", encoded(Bar{})), Bar{});
  expect_same(decode_trade("BRK.A", encoded(some_trade())), some_trade());
  expect_same(decode_trade("", encoded(Trade{})), Trade{});
  expect_same(decode_quote("AAPL", encoded(some_quote())), some_quote());
  expect_same(decode_quote("", encoded(Quote{})), Quote{});
  expect_same(decode_news("apple", encoded(some_article())), some_article());
  expect_same(decode_news("", encoded(NewsItem{})), NewsItem{});
  const DeadLetter letter{"stock-prices",    "parse", "files", "a.csv:17",
                          "high is missing", "high",  "price", std::string("\0\xff,,", 4)};
  expect_same(decode_dead_letter("files", encoded(letter)), letter);
  expect_same(decode_dead_letter("", encoded(DeadLetter{})), DeadLetter{});
  const Heartbeat beat{at("2019-02-13T14:30:00.5Z"), "open"};
  expect_same(decode_heartbeat(encoded(beat)), beat);
  SignalSet signals;
  signals.symbol = Symbol("AAPL");
  signals.time = at("2019-02-13T14:31:00Z");
  expect_same(decode_signals("AAPL", encoded(signals)), signals);
  signals.values = {0.25, std::nullopt, -1.5e-300, std::nullopt, -0.0};
  signals.revision = 2;
  expect_same(decode_signals("AAPL", encoded(signals)), signals);
}

TEST(Codec, KeepsTheBitsOfEveryDouble) {
  SignalSet signals;
  signals.values[3] = std::numeric_limits<double>::quiet_NaN();
  signals.values[4] = -std::numeric_limits<double>::infinity();
  const auto back = decode_signals("", encoded(signals));
  ASSERT_TRUE(back);
  EXPECT_EQ(std::bit_cast<std::uint64_t>(*back->values[3]),
            std::bit_cast<std::uint64_t>(*signals.values[3]));
  EXPECT_EQ(back->values[4], signals.values[4]);
}

TEST(Codec, TypicalPayloadsAreSmall) {
  EXPECT_LE(encoded(minute_bar()).size(), 25U);
  EXPECT_LE(encoded(full_bar()).size(), 40U);
  EXPECT_LE(encoded(some_trade()).size(), 60U);
  EXPECT_LE(encoded(some_quote()).size(), 40U);
}

TEST(Codec, AppendsAndLeavesWhatWasThere) {
  std::string out = "before";
  encode(minute_bar(), out);
  EXPECT_EQ(out, "before" + encoded(minute_bar()));
}

// The worked example of docs/formats.md, byte by byte: a change here is a new payload version.
TEST(Codec, BytesOnDiskStayAsDocumented) {
  std::string hex;
  for (const char c : encoded(minute_bar())) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex += kDigits[static_cast<unsigned char>(c) >> 4];
    hex += kDigits[static_cast<unsigned char>(c) & 15];
  }
  EXPECT_EQ(hex, "0191029ad0a7a1c60bb48b02481b1280890fd80c10");
}

// Numbers of every size, with the round ones that the units are made for.
std::int64_t any_number(std::mt19937_64& random) {
  constexpr std::int64_t kSpecial[] = {0,         1,         -1,        100'000,    10'000'000,
                                       INT64_MAX, INT64_MIN, 1'000'000, -1'000'000, kMaxDecimal18};
  const auto some = static_cast<std::int64_t>(random() >> (random() % 64));
  switch (random() % 6) {
    case 0: return kSpecial[random() % std::size(kSpecial)];
    case 1: return some / 10'000'000 * 10'000'000;
    case 2: return some / 100'000 * 100'000;
    case 3: return -(some / 1'000'000 * 1'000'000);
    case 4: return static_cast<std::int64_t>(random());
    default: return some;
  }
}
std::int32_t any_small(std::mt19937_64& random) {
  return random() % 4 == 0 ? static_cast<std::int32_t>(random())
                           : static_cast<std::int32_t>(random() % 200);
}
Timestamp any_time(std::mt19937_64& random) {
  constexpr std::int64_t kUnits[] = {1, 1'000, 1'000'000, 1'000'000'000};
  const std::int64_t unit = kUnits[random() % 4];
  return {any_number(random) / unit * unit};
}
SourceName any_source(std::mt19937_64& random) {
  constexpr std::string_view kSources[] = {"",         "files",          "polygon", "guardian",
                                           "finnhub",  "simulated",      "binance", "file",
                                           "polygons", "exactly15bytes!"};
  return SourceName(kSources[random() % std::size(kSources)]);
}
template <std::size_t N>
InlineString<N> any_inline(std::mt19937_64& random) {
  std::string text(random() % (N + 1), '\0');
  for (char& c : text) c = static_cast<char>(random());
  return InlineString<N>(text);
}
template <class T>
std::optional<T> maybe(std::mt19937_64& random, T value) {
  return random() % 2 == 0 ? std::optional<T>(value) : std::nullopt;
}
ConditionList any_conditions(std::mt19937_64& random) {
  ConditionList list;
  for (std::uint64_t n = random() % 16; n > 0; --n) {
    if (!list.add(static_cast<std::uint16_t>(random() >> (random() % 16)))) break;
  }
  return list;
}

Bar any_bar(std::mt19937_64& random) {
  Bar bar;
  bar.symbol = any_inline<31>(random);
  bar.width = kWidths[random() % kWidths.size()];
  bar.origin = static_cast<Origin>(random() % 3);
  bar.session = static_cast<TradingSession>(random() % 4);
  bar.is_final = random() % 2 == 0;
  bar.revision = any_small(random);
  bar.start = any_time(random);
  bar.end = random() % 2 == 0 ? any_time(random) : bar.start;
  const bool near = random() % 2 == 0;
  const std::int64_t base = any_number(random) / 1'000;
  for (Price* price : {&bar.open, &bar.high, &bar.low, &bar.close}) {
    price->raw =
        near ? base + static_cast<std::int64_t>(random() % 1'000'000'000) : any_number(random);
  }
  bar.volume.raw = any_number(random);
  bar.vwap = maybe(random, Price{any_number(random)});
  bar.transactions = maybe(random, any_number(random));
  bar.accumulated_volume = maybe(random, Quantity{any_number(random)});
  bar.official_open_price = maybe(random, Price{any_number(random)});
  bar.aggregate_vwap = maybe(random, Price{any_number(random)});
  bar.average_size = maybe(random, Quantity{any_number(random)});
  bar.otc = maybe(random, random() % 2 == 0);
  bar.source = any_source(random);
  return bar;
}

Trade any_trade(std::mt19937_64& random) {
  Trade trade;
  trade.symbol = any_inline<31>(random);
  trade.time = any_time(random);
  trade.price.raw = any_number(random);
  trade.size.raw = any_number(random);
  trade.sequence = any_number(random);
  trade.id = any_inline<39>(random);
  trade.conditions = any_conditions(random);
  for (std::int32_t* n : {&trade.exchange, &trade.tape, &trade.correction, &trade.trf_id}) {
    *n = any_small(random);
  }
  trade.participant_time = maybe(random, any_time(random));
  trade.trf_time = maybe(random, any_time(random));
  trade.source = any_source(random);
  return trade;
}

Quote any_quote(std::mt19937_64& random) {
  Quote quote;
  quote.symbol = any_inline<31>(random);
  quote.time = any_time(random);
  quote.bid_price.raw = any_number(random);
  quote.ask_price.raw = any_number(random);
  quote.bid_size.raw = any_number(random);
  quote.ask_size.raw = any_number(random);
  quote.sequence = any_number(random);
  quote.conditions = any_conditions(random);
  quote.indicators = any_conditions(random);
  for (std::int32_t* n : {&quote.bid_exchange, &quote.ask_exchange, &quote.tape})
    *n = any_small(random);
  quote.participant_time = maybe(random, any_time(random));
  quote.trf_time = maybe(random, any_time(random));
  quote.source = any_source(random);
  return quote;
}

TEST(Codec, RoundTripsAnyValue) {
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 20'000; ++i) {
    const Bar bar = any_bar(random);
    const auto bar_back = decode_bar(bar.symbol.view(), encoded(bar));
    ASSERT_TRUE(bar_back && *bar_back == bar) << "bar " << i << " of seed " << kSeed;
    const Trade trade = any_trade(random);
    const auto trade_back = decode_trade(trade.symbol.view(), encoded(trade));
    ASSERT_TRUE(trade_back && *trade_back == trade) << "trade " << i << " of seed " << kSeed;
    const Quote quote = any_quote(random);
    const auto quote_back = decode_quote(quote.symbol.view(), encoded(quote));
    ASSERT_TRUE(quote_back && *quote_back == quote) << "quote " << i << " of seed " << kSeed;
  }
}

// Every kind's decoder, as one that says whether it took the bytes.
struct Decoder {
  std::string_view kind;
  std::string payload;
  std::function<Status(std::string_view)> decode;
};

template <class T>
Status status_of(const Result<T>& result) {
  if (result) return {};
  return std::unexpected<Error>(result.error());
}

std::vector<Decoder> decoders() {
  SignalSet signals;
  signals.values[1] = 0.5;
  signals.revision = 1;
  const DeadLetter letter{"bars", "parse", "files", "a:1", "r", "f", "e", "p"};
  return {
      {"bar", encoded(full_bar()), [](auto p) { return status_of(decode_bar("AAPL", p)); }},
      {"trade", encoded(some_trade()), [](auto p) { return status_of(decode_trade("AAPL", p)); }},
      {"quote", encoded(some_quote()), [](auto p) { return status_of(decode_quote("AAPL", p)); }},
      {"news", encoded(some_article()), [](auto p) { return status_of(decode_news("s", p)); }},
      {"dead letter", encoded(letter),
       [](auto p) { return status_of(decode_dead_letter("f", p)); }},
      {"heartbeat", encoded(Heartbeat{Timestamp{5}, "open"}),
       [](auto p) { return status_of(decode_heartbeat(p)); }},
      {"signal", encoded(signals), [](auto p) { return status_of(decode_signals("AAPL", p)); }},
  };
}

TEST(Codec, RefusesCutAndLengthenedPayloads) {
  for (const Decoder& decoder : decoders()) {
    ASSERT_TRUE(decoder.decode(decoder.payload)) << decoder.kind;
    for (std::size_t size = 0; size < decoder.payload.size(); ++size) {
      // A copy of exactly that size, so that a read past its end is seen by the sanitizer.
      const std::vector<char> cut(decoder.payload.begin(),
                                  decoder.payload.begin() + static_cast<std::ptrdiff_t>(size));
      const Status status = decoder.decode({cut.data(), cut.size()});
      ASSERT_FALSE(status) << decoder.kind << " cut to " << size;
      EXPECT_EQ(status.error().code, ErrorCode::corrupt);
      EXPECT_NE(status.error().message.find(decoder.kind), std::string::npos)
          << status.error().message;
    }
    const Status longer = decoder.decode(decoder.payload + '\0');
    ASSERT_FALSE(longer) << decoder.kind;
    EXPECT_NE(longer.error().message.find("left over"), std::string::npos);
  }
}

TEST(Codec, RefusesAnotherVersion) {
  for (const Decoder& decoder : decoders()) {
    std::string payload = decoder.payload;
    payload[0] = 2;
    const Status status = decoder.decode(payload);
    ASSERT_FALSE(status) << decoder.kind;
    EXPECT_NE(status.error().message.find("version"), std::string::npos) << status.error().message;
  }
}

TEST(Codec, RefusesImpossibleValues) {
  struct Case {
    std::size_t decoder;
    std::size_t byte;
    unsigned char value;
    std::string_view why;
  };
  for (const Case& c : std::vector<Case>{
           {0, 1, 0x86, "a width of 6"},
           {0, 1, 0x99, "an origin of 3"},
           {0, 2, 0x80, "otc true but absent"},
           {0, 3, 0xff, "price units of 3"},
           {1, 1, 0xff, "unknown flags of a trade"},
           {1, 2, 0x03, "a time unit of 3"},
           {1, 2, 0xff, "unknown units of a trade"},
           {2, 1, 0x10, "unknown flags of a quote"},
           {2, 2, 0x0c, "a price unit of 3"},
           {3, 1, 0x03, "a precision of 3"},
           {3, 1, 0xc0, "unknown flags of an article"},
           {5, 1, 0x03, "a time unit of 3"},
           {6, 1, 0x20, "a sixth signal"},
           {6, 2, 0x08, "unknown flags of signals"},
       }) {
    const Decoder decoder = decoders()[c.decoder];
    std::string payload = decoder.payload;
    payload[c.byte] = static_cast<char>(c.value);
    const Status status = decoder.decode(payload);
    ASSERT_FALSE(status) << c.why;
    EXPECT_EQ(status.error().code, ErrorCode::corrupt) << c.why;
  }
  // Too large a key, a source no one knows, a price that overflows when its unit is put back.
  EXPECT_FALSE(decode_bar(std::string(32, 'A'), encoded(minute_bar())));
  EXPECT_FALSE(decode_trade(std::string(32, 'A'), encoded(some_trade())));
  EXPECT_FALSE(decode_quote(std::string(32, 'A'), encoded(some_quote())));
  EXPECT_FALSE(decode_signals(std::string(32, 'A'), encoded(SignalSet{})));
  std::string unknown_source = encoded(minute_bar());
  unknown_source.back() = '\xff';
  EXPECT_FALSE(decode_bar("AAPL", unknown_source));
  // A count of symbols that would ask for all memory.
  std::string count = encoded(NewsItem{});
  count.back() = '\xff';
  count += "\xff\xff\xff\xff\xff\xff\xff\xff\x01";
  EXPECT_FALSE(decode_news("", count));
}

TEST(Codec, NeverReadsPastDamagedBytes) {
  std::mt19937_64 random(kSeed);
  int accepted = 0;
  const std::vector<Decoder> all = decoders();
  for (int i = 0; i < 60'000; ++i) {
    const Decoder& decoder = all[static_cast<std::size_t>(i) % all.size()];
    std::vector<char> bytes(decoder.payload.begin(), decoder.payload.end());
    for (std::uint64_t n = 1 + random() % 4; n > 0; --n) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    if (random() % 4 == 0) bytes.resize(random() % (bytes.size() + 1));
    if (decoder.decode({bytes.data(), bytes.size()})) ++accepted;
  }
  // Some damage is another valid value; the record's own check finds it.
  EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace tapewire
