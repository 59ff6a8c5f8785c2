// SPDX-License-Identifier: Apache-2.0
#include "analytics/pipeline.h"

#include <random>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/calendar.h"
#include "model/codec.h"

namespace tapewire {
namespace {

class PipelineTest : public testing::Test {
 protected:
  template <class Event>
  void apply(RecordKind kind, const Event& event, Timestamp time) {
    payload_.clear();
    encode(event, payload_);
    RecordView record;
    record.kind = kind;
    record.event_time = record.receive_time = time;
    record.key = event.symbol.view();
    record.payload = payload_;
    pipeline_.apply(record, out_);
  }
  void bar(const char* symbol, int minute, std::int64_t close, Width width = Width::m1) {
    Bar b;
    b.symbol = Symbol(symbol);
    b.width = width;
    b.start = open_ + span_of(width) * minute;
    b.end = b.start + span_of(width);
    b.open = b.high = b.low = b.close = whole_price(close);
    b.volume = whole_quantity(1);
    apply(RecordKind::bar, b, b.end);
  }
  void frame(RecordKind kind, RunId run = kLiveRun) {
    RecordView record;
    record.topic = Topic::heartbeat;
    record.kind = kind;
    record.run = run;
    pipeline_.apply(record, out_);
  }

  const Timestamp open_ = calendar().hours(*parse_trading_date("2019-02-13"))->open;
  Pipeline pipeline_{PipelineOptions{}};
  PipelineOutput out_;
  std::string payload_;
};

using Place = std::tuple<std::int64_t, Width, std::string>;

TEST_F(PipelineTest, OneGreatLeapGivesTheOrderOfManySmallSteps) {
  const auto feed = [&](bool one_leap) {
    PipelineOptions options;
    options.max_out_of_orderness = one_leap ? hours(4) : seconds(2);
    pipeline_ = Pipeline(options);
    out_.clear();
    for (int minute = 0; minute < 125; ++minute) {
      for (const char* symbol : {"MSFT", "A", "ZZ", "AAPL"}) bar(symbol, minute, 100 + minute);
      bar("AAPL", minute * 60 + 59, 5, Width::s1);
      bar("BB", minute * 60 + 17, 6, Width::s1);
    }
    frame(RecordKind::run_end);
    return std::make_pair(out_.bars, out_.signals);
  };
  const auto steps = feed(false);
  const auto leap = feed(true);
  EXPECT_TRUE(steps == leap);
  std::vector<Place> places;
  for (const Bar& b : leap.first) places.emplace_back(b.end.ns, b.width, b.symbol.str());
  EXPECT_TRUE(std::is_sorted(places.begin(), places.end()));
  // 4 x 125 minutes, 2 x 125 seconds, 4 x (25 + 9 + 3 + 1) longer windows.
  EXPECT_EQ(places.size(), 500U + 250U + 152U);
  std::vector<std::pair<std::int64_t, std::string>> times;
  for (const SignalSet& s : leap.second) times.emplace_back(s.time.ns, s.symbol.str());
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  EXPECT_EQ(std::adjacent_find(times.begin(), times.end()), times.end());
}

TEST_F(PipelineTest, AnUndecodableRecordIsADeadLetter) {
  RecordView record;
  record.kind = RecordKind::bar;
  record.offset = 17;
  record.key = "AAPL";
  record.payload = "nonsense";
  pipeline_.apply(record, out_);
  ASSERT_EQ(out_.dead_letters.size(), 1U);
  const DeadLetter& letter = out_.dead_letters[0].letter;
  EXPECT_EQ(letter.payload, "nonsense");
  EXPECT_EQ(letter.origin, "AAPL, stock-prices offset 17");
  EXPECT_EQ(letter.topic, "stock-prices");
  EXPECT_EQ(pipeline_.counters(kLiveRun).refused, 1U);
  EXPECT_TRUE(pipeline_.counters(kLiveRun).adds_up());
}

TEST_F(PipelineTest, CountersOutliveTheirRun) {
  bar("AAPL", 0, 100);
  bar("AAPL", 0, 100);
  frame(RecordKind::run_end);
  bar("AAPL", 3, 100);
  EXPECT_EQ(pipeline_.counters(kLiveRun).read, 1U);
  EXPECT_EQ(pipeline_.totals().read, 3U);
  EXPECT_EQ(pipeline_.totals().duplicate, 1U);
  EXPECT_EQ(pipeline_.counters(77).read, 0U);
}

TEST_F(PipelineTest, StateGoesWithItsDate) {
  for (int minute = 0; minute < 300; ++minute) {
    for (const char* symbol : {"MSFT", "AAPL"}) bar(symbol, minute, 100);
  }
  EXPECT_GE(pipeline_.size_hint(), 600U);
  bar("AAPL", 24 * 60, 100);
  EXPECT_LE(pipeline_.size_hint(), 2U);
  frame(RecordKind::run_begin, 5);
  EXPECT_EQ(pipeline_.open_runs().size(), 2U);
  frame(RecordKind::run_abandon, 5);
  EXPECT_EQ(pipeline_.open_runs().size(), 1U);
}

TEST_F(PipelineTest, MemoryOfTicksIsBoundedByTheirLateness) {
  for (int second = 0; second < 3600; ++second) {
    bar("AAPL", second, 100, Width::s1);
    Trade trade;
    trade.symbol = Symbol("MSFT");
    trade.time = open_ + seconds(second);
    trade.sequence = second;
    trade.price = whole_price(1);
    trade.size = whole_quantity(1);
    apply(RecordKind::trade, trade, trade.time);
    out_.clear();
  }
  // Two symbols x (120 s lateness + 10 s back + 60 s until swept), their trades, their 61 minutes.
  EXPECT_LE(pipeline_.size_hint(), 1000U);
}

TEST_F(PipelineTest, ADamagedSnapshotIsRefusedNotBelieved) {
  for (int minute = 0; minute < 30; ++minute) bar("AAPL", minute, 100);
  bar("AAPL", 3, 100, Width::s1);
  std::string bytes;
  pipeline_.snapshot(bytes);
  ASSERT_TRUE(Pipeline::restore(bytes, {}));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(Pipeline::restore(std::string_view(bytes).substr(0, size), {})) << size;
  }
  EXPECT_FALSE(Pipeline::restore(bytes + "x", {}));
  std::string other_version = bytes;
  other_version[0] = 99;
  EXPECT_FALSE(Pipeline::restore(other_version, {}));
}

}  // namespace
}  // namespace tapewire
