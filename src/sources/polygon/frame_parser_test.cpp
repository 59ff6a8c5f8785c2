// SPDX-License-Identifier: Apache-2.0
#include "sources/polygon/frame_parser.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/codec.h"

namespace tapewire {
namespace {

using testing::HasSubstr;

const Timestamp kNow = *parse_iso8601("2026-01-05T15:00:00Z");
constexpr std::string_view kBar =
    R"({"ev":"AM","sym":"GTE","v":4110,"av":9470157,"op":0.4372,"vw":0.4488,"o":0.4488,"c":0.4486,"h":0.4489,"l":0.4486,"a":0.4352,"z":685,"s":1610144640000,"e":1610144700000})";

struct Parsed {
  EventBatch batch;
  PolygonFrameParser::Summary summary;
};

Parsed parse(std::string_view frame) {
  Parsed out;
  PolygonFrameParser parser("socket 1");
  out.summary = parser.parse(frame, kNow, out.batch);
  return out;
}

std::string with(std::string_view from, std::string_view to) {
  std::string out(kBar);
  const std::size_t at = out.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return "[" + out.replace(at, from.size(), to) + "]";
}

TEST(PolygonBars, HoldEveryField) {
  const Parsed parsed = parse("[" + std::string(kBar) + "]");
  ASSERT_EQ(parsed.batch.bars.size(), 1U);
  const Bar& bar = parsed.batch.bars[0];
  EXPECT_EQ(bar.symbol.view(), "GTE");
  EXPECT_EQ(bar.width, Width::m1);
  EXPECT_EQ(to_text(bar.volume), "4110");
  EXPECT_EQ(to_text(*bar.accumulated_volume), "9470157");
  EXPECT_EQ(to_text(*bar.official_open_price), "0.4372");
  EXPECT_EQ(to_text(*bar.vwap), "0.4488");
  EXPECT_EQ(to_text(bar.open), "0.4488");
  EXPECT_EQ(to_text(bar.close), "0.4486");
  EXPECT_EQ(to_text(bar.high), "0.4489");
  EXPECT_EQ(to_text(bar.low), "0.4486");
  EXPECT_EQ(to_text(*bar.aggregate_vwap), "0.4352");
  EXPECT_EQ(to_text(*bar.average_size), "685");
  EXPECT_EQ(to_iso8601(bar.start), "2021-01-08T22:24:00Z");
  EXPECT_EQ(to_iso8601(bar.end), "2021-01-08T22:25:00Z");
  EXPECT_EQ(bar.otc, std::nullopt);
  EXPECT_EQ(parsed.batch.order[0].receive_time, kNow);
}

TEST(PolygonBars, AreTolerantOfTypes) {
  const std::string expected = [] {
    std::string out;
    encode(parse("[" + std::string(kBar) + "]").batch.bars.at(0), out);
    return out;
  }();
  const std::pair<std::string_view, std::string_view> same[] = {
      {R"("o":0.4488)", R"("o":"0.4488")"},
      {R"("o":0.4488)", R"("o":4.488e-1)"},
      {R"("v":4110)", R"("v":4110.0)"},
      {R"("v":4110)", R"("v":"4110")"},
      {R"("v":4110)", R"("v":1,"dv":"4110")"},
      {R"("v":4110)", R"("dv":"4110.000")"},
      {R"("v":4110)", R"("v":4110,"dv":12.5)"},
      {R"("av":9470157)", R"("av":1,"dav":"9470157")"},
      {R"("s":1610144640000)", R"("s":"1610144640000")"},
      {R"("s":1610144640000)", R"("s":1610144640000000)"},
      {R"("s":1610144640000)", R"("s":1.61014464e12)"},
      {R"(,"e":1610144700000)", ""},
      {R"("sym":"GTE")", R"("sym":"GT\u0045")"},
      {R"("ev":"AM")",
       "\n  \"ev\" : \"AM\" , \"new\":{\"a\":[1,{\"b\":\"}\"}]}, \"toolongakey\":[] , \"\":1"},
      {R"("z":685)", R"("z":685,"otc":null)"},
  };
  for (const auto& [from, to] : same) {
    const Parsed parsed = parse(with(from, to));
    ASSERT_EQ(parsed.batch.bars.size(), 1U) << to;
    std::string got;
    encode(parsed.batch.bars[0], got);
    EXPECT_EQ(got, expected) << to;
  }
  EXPECT_EQ(parse(with(R"("z":685)", R"("z":685,"otc":true)")).batch.bars.at(0).otc, true);
  EXPECT_EQ(parse(with(R"("op":0.4372)", R"("op":0)")).batch.bars.at(0).official_open_price,
            std::nullopt);
  EXPECT_EQ(
      to_text(parse(with(R"("v":4110)", R"("v":4110,"dv":"4110.25")")).batch.bars.at(0).volume),
      "4110.25");
  EXPECT_EQ(parse(with(R"("vw":0.4488)", R"("vw":0.44880000000000003)")).batch.rounded, 1U);
}

TEST(PolygonEvents, ThatAreBadDoNotHurtTheOthers) {
  struct Case {
    std::string_view from, to, field, reason;
  };
  const Case cases[] = {
      {R"("o":0.4488,)", "", "open", "missing"},
      {R"("o":0.4488)", R"("o":null)", "open", "missing"},
      {R"("o":0.4488)", R"("o":true)", "open", "not a number"},
      {R"("o":0.4488)", R"("o":NaN)", "open", "not a number"},
      {R"("o":0.4488)", R"("o":1e400)", "open", "too large"},
      {R"("o":0.4488)", R"("o":[0.4488])", "open", "not a number"},
      {R"("o":0.4488)", R"("o":{"}":0.4488})", "open", "not a number"},
      {R"("o":0.4488)", R"("o":0)", "open", ""},
      {R"("o":0.4488)", R"("o":"abc\"}")", "open", "not a number"},
      {R"("h":0.4489)", R"("h":0.4)", "", ""},
      {R"("v":4110)", R"("v":-5)", "volume", ""},
      {R"("sym":"GTE")", R"("sym":"")", "symbol", ""},
      {R"("sym":"GTE")", R"("sym":5)", "symbol", "not a symbol"},
      {R"("sym":"GTE")", R"("sym":"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")", "symbol",
       "not a symbol"},
      {R"("s":1610144640000)", R"("s":"soon")", "start_time", "not a time"},
      {R"("s":1610144640000,"e":1610144700000)", R"("s":1910144640000,"e":1910144700000)", "",
       "future"},
      {R"("ev":"AM",)", "", "ev", "no kind"},
      {R"("z":685)", R"("z":685,"otc":"maybe")", "otc", "neither"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.to);
    const std::string bad = with(one.from, one.to);
    const std::string event = bad.substr(1, bad.size() - 2);
    const Parsed parsed =
        parse("[" + std::string(kBar) + "," + event + " , " + std::string(kBar) + "]");
    EXPECT_EQ(parsed.batch.bars.size(), 2U);
    ASSERT_EQ(parsed.batch.rejected.size(), 1U);
    ASSERT_EQ(parsed.batch.order.size(), 3U);
    EXPECT_EQ(parsed.batch.order[1].kind, EventBatch::Kind::rejected);
    const DeadLetter& letter = parsed.batch.rejected[0].letter;
    EXPECT_EQ(letter.payload, event);
    EXPECT_TRUE(one.field.empty() || letter.field == one.field) << letter.field;
    EXPECT_THAT(letter.reason, HasSubstr(std::string(one.reason)));
    EXPECT_EQ(letter.source, "polygon");
    EXPECT_EQ(letter.origin, "socket 1");
    EXPECT_NE(letter.expected, "");
  }
  const Parsed mixed = parse("[5, \"x\", " + std::string(kBar) + ", [1,2]]");
  EXPECT_EQ(mixed.batch.bars.size(), 1U);
  ASSERT_EQ(mixed.batch.rejected.size(), 3U);
  EXPECT_EQ(mixed.batch.rejected[2].letter.payload, "[1,2]");
}

TEST(PolygonFrames, ThatAreBrokenAreRefusedWhole) {
  const std::string bar(kBar);
  for (const std::string& frame :
       {std::string(), std::string("hello"), "[" + bar, "[" + bar + "," + bar.substr(0, 40),
        "[" + bar + "]]", "[" + bar + "] x", "[" + bar + bar + "]", std::string("[\"\xff\"]"),
        "[" + bar + ",{\"ev\":\"T\" \"sym\":1}]", std::string("42")}) {
    const Parsed parsed = parse(frame);
    EXPECT_EQ(parsed.batch.bars.size(), 0U) << frame;
    ASSERT_EQ(parsed.batch.rejected.size(), 1U) << frame;
    EXPECT_EQ(parsed.batch.order.size(), 1U);
    EXPECT_EQ(parsed.batch.rejected[0].letter.payload, frame);
    EXPECT_THAT(parsed.batch.rejected[0].letter.reason, HasSubstr("not JSON"));
  }
  EXPECT_EQ(parse("[]").batch.order.size(), 0U);
  EXPECT_EQ(parse(kBar).batch.bars.size(), 1U);
}

TEST(PolygonTrades, HoldEveryField) {
  const Parsed parsed = parse(
      R"([{"ev":"T","sym":"BRK.A","x":4,"i":"12345","z":3,"p":114.125,"s":100,"ds":"100.5","c":[0, 12],"t":1536036818784,"q":3681328,"trfi":202,"trft":1536036818000},
          {"ev":"T","sym":"AMZN","x":"12","i":799,"p":"161.87","s":"100","t":1651684192717}])");
  ASSERT_EQ(parsed.batch.trades.size(), 2U);
  const Trade& trade = parsed.batch.trades[0];
  EXPECT_EQ(trade.symbol.view(), "BRK.A");
  EXPECT_EQ(trade.exchange, 4);
  EXPECT_EQ(trade.id.view(), "12345");
  EXPECT_EQ(trade.tape, 3);
  EXPECT_EQ(to_text(trade.price), "114.125");
  EXPECT_EQ(to_text(trade.size), "100.5");
  EXPECT_EQ(std::vector<int>(trade.conditions.view().begin(), trade.conditions.view().end()),
            (std::vector<int>{0, 12}));
  EXPECT_EQ(trade.time, Timestamp{1536036818784'000'000});
  EXPECT_EQ(trade.sequence, 3681328);
  EXPECT_EQ(trade.trf_id, 202);
  EXPECT_EQ(trade.trf_time, Timestamp{1536036818000'000'000});
  EXPECT_EQ(parsed.batch.trades[1].exchange, 12);
  EXPECT_EQ(parsed.batch.trades[1].id.view(), "799");
  EXPECT_TRUE(parsed.batch.trades[1].conditions.view().empty());
}

TEST(PolygonQuotes, HoldEveryField) {
  const Parsed parsed = parse(
      R"([{"ev":"Q","sym":"MSFT","bx":4,"bp":114.125,"bs":100,"ax":7,"ap":114.128,"as":160,"c":0,"i":[604],"t":1536036818784,"q":50385480,"z":3},
          {"ev":"Q","sym":"MSFT","t":1536036818784}])");
  ASSERT_EQ(parsed.batch.quotes.size(), 1U);
  const Quote& quote = parsed.batch.quotes[0];
  EXPECT_EQ(to_text(quote.bid_price), "114.125");
  EXPECT_EQ(to_text(quote.ask_price), "114.128");
  EXPECT_EQ(to_text(quote.bid_size), "100");
  EXPECT_EQ(to_text(quote.ask_size), "160");
  EXPECT_EQ(quote.bid_exchange, 4);
  EXPECT_EQ(quote.ask_exchange, 7);
  EXPECT_EQ(quote.conditions.view()[0], 0);
  EXPECT_EQ(quote.indicators.view()[0], 604);
  EXPECT_EQ(quote.sequence, 50385480);
  EXPECT_EQ(parsed.batch.rejected.size(), 1U);
}

TEST(PolygonFrames, OfTheVendorAreAllUnderstood) {
  const auto path = std::filesystem::path(TAPEWIRE_SOURCE_DIR) / ".." / "shared" / "protocols" /
                    "samples" / "polygon_ws_server_frames.jsonl";
  std::ifstream in(path);
  if (!in) GTEST_SKIP() << "SKIPPED: ../shared/protocols is not here";
  PolygonFrameParser parser;
  std::uint64_t statuses = 0, ignored = 0;
  EventBatch batch;
  for (std::string line; std::getline(in, line);) {
    const auto& summary =
        parser.parse(nlohmann::json::parse(line)["frame"].get<std::string>(), kNow, batch);
    statuses += summary.statuses.size();
    ignored += summary.ignored;
  }
  EXPECT_EQ(statuses, 10U);
  EXPECT_EQ(batch.trades.size(), 5U);
  EXPECT_EQ(batch.quotes.size(), 2U);
  // The examples of index bars have windows without width.
  EXPECT_EQ(batch.rejected.size(), 2U);
  for (const Rejected& one : batch.rejected)
    EXPECT_EQ(one.letter.stage, "validate") << one.letter.reason;
  EXPECT_EQ(batch.bars.size(), 8U);
  EXPECT_GT(ignored, 10U);
}

}  // namespace
}  // namespace tapewire
