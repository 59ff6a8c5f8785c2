// SPDX-License-Identifier: Apache-2.0
#include "server/live_feed.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "eventlog/memory/memory_log.h"
#include "model/codec.h"
#include "server/server_test_support.h"

namespace tapewire {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LiveFeedTest : public testing::Test {
 protected:
  LiveFeedTest()
      : feed_(log_, interest_,
              {.deliver =
                   [this](const std::vector<LiveEvent>& events) {
                     for (const LiveEvent& event : events) got_.push_back(event);
                   },
               .wait_for_records = [](Duration) {},
               .status = [this] { return status_; }}) {}

  void Append(const Bar& bar, Topic topic) {
    AppendBatch batch;
    batch.add(topic, RecordKind::bar, kLiveRun, bar.end, bar.end, bar.symbol.view(),
              [&](std::string& out) { encode(bar, out); });
    ASSERT_TRUE(log_.commit(batch));
  }
  void Append(const NewsItem& item) {
    AppendBatch batch;
    batch.add(Topic::news_articles, RecordKind::news, kLiveRun, item.published_at,
              at("2019-02-13T15:00:05Z"), item.search,
              [&](std::string& out) { encode(item, out); });
    ASSERT_TRUE(log_.commit(batch));
  }
  std::vector<nlohmann::json> Step() {
    got_.clear();
    EXPECT_TRUE(feed_.step());
    std::vector<nlohmann::json> out;
    out.reserve(got_.size());
    for (const LiveEvent& event : got_) out.push_back(nlohmann::json::parse(*event.text));
    return out;
  }

  MemoryLog log_;
  LiveInterest interest_;
  std::string status_ = R"({"status":"ok"})";
  std::vector<LiveEvent> got_;
  LiveFeed feed_;
  const Timestamp t_ = at("2019-02-13T14:30:00Z");
};

TEST_F(LiveFeedTest, nobody_listens_nothing_is_made_nor_kept) {
  Append(sample_bar("AAPL", t_), Topic::bars);
  EXPECT_THAT(Step(), IsEmpty());
  interest_.add({Channel::bars, Symbol("AAPL"), Width::m1});
  EXPECT_THAT(Step(), IsEmpty());  // what came before belongs to the snapshot
}

TEST_F(LiveFeedTest, bars_come_provisional_then_final) {
  interest_.add({Channel::bars, Symbol("AAPL"), Width::m1});
  Bar first_word = sample_bar("AAPL", t_);
  first_word.session = TradingSession::none;  // as vendors send it
  Append(first_word, Topic::stock_prices);
  Append(sample_bar("MSFT", t_), Topic::stock_prices);
  Append(sample_bar("AAPL", t_), Topic::bars);
  const auto frames = Step();
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0]["type"], "bar");
  EXPECT_EQ(frames[0]["symbol"], "AAPL");
  EXPECT_EQ(frames[0]["width"], "1m");
  EXPECT_EQ(frames[0]["bar"]["is_final"], false);
  EXPECT_EQ(frames[0]["bar"]["start_time"], "2019-02-13T14:30:00Z");
  EXPECT_EQ(frames[0]["bar"]["session"], "regular");
  EXPECT_EQ(frames[1]["bar"]["is_final"], true);
  EXPECT_TRUE(got_[0].provisional);
  EXPECT_FALSE(got_[1].provisional);
  EXPECT_THAT(Step(), IsEmpty());
}

TEST_F(LiveFeedTest, a_signal_set_is_one_frame_for_each_kind) {
  interest_.add({Channel::signals, Symbol("AAPL"), {}});
  SignalSet set;
  set.symbol = Symbol("AAPL");
  set.time = t_;
  set.values[0] = 1.5;
  set.values[3] = -0.25;
  AppendBatch batch;
  batch.add(Topic::signals, RecordKind::signal, kLiveRun, t_, t_, "AAPL",
            [&](std::string& out) { encode(set, out); });
  ASSERT_TRUE(log_.commit(batch));
  const auto frames = Step();
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0]["signal"]["kind"], "change_5m");
  EXPECT_EQ(frames[0]["signal"]["value"], 1.5);
  EXPECT_EQ(frames[1]["signal"]["kind"], "delta_10s");
  EXPECT_EQ(frames[1]["signal"]["time"], "2019-02-13T14:30:00Z");
}

TEST_F(LiveFeedTest, news_carry_their_date_and_receive_time) {
  interest_.add({Channel::news, {}, {}});
  NewsItem item = sample_news("n1", at("2019-02-13T05:00:00Z"), "<b>Title</b>");
  item.precision = Precision::day;
  Append(item);
  const auto frames = Step();
  ASSERT_EQ(frames.size(), 1U);
  const auto& news = frames[0]["item"];
  EXPECT_EQ(news["title"], "<b>Title</b>");
  EXPECT_EQ(news["published_on"], "2019-02-13");
  EXPECT_EQ(news["precision"], "day");
  EXPECT_EQ(news["received_at"], "2019-02-13T15:00:05Z");
  EXPECT_EQ(news["extra"]["wordcount"], 12);
  EXPECT_TRUE(news["url"].is_null());
}

TEST_F(LiveFeedTest, status_goes_out_once_a_second) {
  interest_.add({Channel::status, {}, {}});
  const auto frames = Step();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0]["type"], "status");
  EXPECT_EQ(frames[0]["status"], "ok");
  EXPECT_THAT(Step(), IsEmpty());
}

// A log during whose read somebody subscribes, as the io thread may at any moment.
class InterruptedLog final : public EventLog {
 public:
  InterruptedLog(EventLog& log, std::function<void()> interrupt)
      : log_(log), interrupt_(std::move(interrupt)) {}
  Result<Sequence> commit(const AppendBatch& batch) override { return log_.commit(batch); }
  Result<std::size_t> read(std::span<TopicPosition> from, ReadLimit limit,
                           const Visitor& visit) override {
    interrupt_();
    return log_.read(from, limit, visit);
  }
  Result<std::vector<StateWrite>> state(std::string_view prefix) override {
    return log_.state(prefix);
  }
  Result<std::vector<TopicInfo>> topics() override {
    interrupt_();
    return log_.topics();
  }
  Result<std::uint64_t> trim(const Retention& retention) override { return log_.trim(retention); }

 private:
  EventLog& log_;
  std::function<void()> interrupt_;
};

TEST_F(LiveFeedTest, who_subscribes_during_a_read_misses_nothing) {
  for (const bool others_listen : {false, true}) {
    MemoryLog log;
    LiveInterest interest;
    if (others_listen) interest.add({Channel::bars, Symbol("MSFT"), Width::m1});
    std::vector<std::string> symbols;
    int interruptions = 0;
    InterruptedLog interrupted(log, [&] {
      if (++interruptions > 1) return;
      // The subscriber's snapshot ends here; the bar comes after it.
      interest.add({Channel::bars, Symbol("AAPL"), Width::m1});
      AppendBatch batch;
      const Bar bar = sample_bar("AAPL", t_);
      batch.add(Topic::bars, RecordKind::bar, kLiveRun, bar.end, bar.end, "AAPL",
                [&](std::string& out) { encode(bar, out); });
      ASSERT_TRUE(log.commit(batch));
    });
    LiveFeed feed(interrupted, interest,
                  {.deliver =
                       [&](const std::vector<LiveEvent>& events) {
                         for (const LiveEvent& event : events)
                           symbols.push_back(event.to.symbol.str());
                       },
                   .wait_for_records = [](Duration) {},
                   .status = {}});
    ASSERT_TRUE(feed.step());
    ASSERT_TRUE(feed.step());
    EXPECT_THAT(symbols, ElementsAre("AAPL")) << "others listen: " << others_listen;
  }
}

TEST_F(LiveFeedTest, endless_changes_of_interest_do_not_stop_the_feed) {
  MemoryLog log;
  LiveInterest interest;
  interest.add({Channel::bars, Symbol("AAPL"), Width::m1});
  int reads = 0;
  InterruptedLog interrupted(log, [&] {
    if (++reads <= 8) interest.add({Channel::news, {}, {}});
  });
  std::size_t delivered = 0;
  LiveFeed feed(
      interrupted, interest,
      {.deliver = [&](const std::vector<LiveEvent>& events) { delivered += events.size(); },
       .wait_for_records = [](Duration) {},
       .status = {}});
  AppendBatch batch;
  const Bar bar = sample_bar("AAPL", t_);
  batch.add(Topic::bars, RecordKind::bar, kLiveRun, bar.end, bar.end, "AAPL",
            [&](std::string& out) { encode(bar, out); });
  ASSERT_TRUE(log.commit(batch));
  ASSERT_TRUE(feed.step());
  EXPECT_EQ(delivered, 1U);
  EXPECT_EQ(reads, 9);
}

}  // namespace
}  // namespace tapewire
