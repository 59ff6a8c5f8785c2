// SPDX-License-Identifier: Apache-2.0
#include "server/live_snapshot.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "server/server_test_support.h"

namespace tapewire {
namespace {

using Json = nlohmann::json;

class LiveSnapshotTest : public testing::Test {
 protected:
  Json Take(const Subscription& to, Offset* next = nullptr) {
    const auto snapshot = take_snapshot(*world_.store, world_.log, to);
    if (!snapshot) {
      ADD_FAILURE() << snapshot.error().message;
      return {};
    }
    if (next != nullptr) *next = snapshot->next;
    return Json::parse(*snapshot->text);
  }
  std::vector<std::string> Closes(const Json& snapshot) {
    std::vector<std::string> out;
    for (const Json& bar : snapshot["bars"])
      out.push_back(bar["start_time"].get<std::string>().substr(11, 5) + " " + bar["close"].dump());
    return out;
  }
  // The store has read the log's topic up to `offset`.
  void Stored(const std::vector<Bar>& bars, Offset offset) {
    StoreBatch batch;
    for (const Bar& bar : bars) batch.bars.push_back({bar, kLiveRun});
    batch.offsets = {{"bars", offset}};
    world_.put(batch);
  }
  Timestamp Minute(int m) { return at("2019-02-13T14:30:00Z") + minutes(m); }

  World world_;
  const Subscription aapl_{Channel::bars, Symbol("AAPL"), Width::m1};
};

TEST_F(LiveSnapshotTest, bridges_from_the_store_to_the_end_of_the_log) {
  const Bar one = sample_bar("AAPL", Minute(0), "1.5");
  const Bar two = sample_bar("AAPL", Minute(1), "2.5");
  const Bar corrected = sample_bar("AAPL", Minute(0), "1.25");
  const Bar three = sample_bar("AAPL", Minute(2), "3.5");
  for (const Bar& bar : {one, two, sample_bar("MSFT", Minute(1)), corrected, three,
                         sample_bar("AAPL", Minute(0), "9.5", Width::m5)}) {
    world_.append(bar);
  }
  Stored({one, two}, 2);
  Offset next = 0;
  const Json snapshot = Take(aapl_, &next);
  EXPECT_THAT(Closes(snapshot), testing::ElementsAre("14:30 1.25", "14:31 2.5", "14:32 3.5"));
  EXPECT_EQ(snapshot["type"], "snapshot");
  EXPECT_EQ(snapshot["channel"], "bars");
  EXPECT_EQ(snapshot["symbol"], "AAPL");
  EXPECT_EQ(snapshot["width"], "1m");
  EXPECT_EQ(next, 6U);
}

TEST_F(LiveSnapshotTest, rows_may_be_newer_than_the_offset_read_before_them) {
  const Bar one = sample_bar("AAPL", Minute(0), "1.5");
  world_.append(one);
  Stored({one}, 0);
  EXPECT_THAT(Closes(Take(aapl_)), testing::ElementsAre("14:30 1.5"));
}

TEST_F(LiveSnapshotTest, a_lesser_origin_in_the_log_changes_nothing) {
  Bar rolled = sample_bar("AAPL", Minute(0), "7.5");
  rolled.origin = Origin::rolled_up;
  world_.append(rolled);
  Stored({sample_bar("AAPL", Minute(0), "1.5")}, 0);
  EXPECT_THAT(Closes(Take(aapl_)), testing::ElementsAre("14:30 1.5"));
}

TEST_F(LiveSnapshotTest, holds_the_newest_500) {
  std::vector<Bar> bars;
  bars.reserve(600);
  for (int i = 0; i < 600; ++i) bars.push_back(sample_bar("AAPL", Minute(i)));
  for (int i = 600; i < 620; ++i) world_.append(sample_bar("AAPL", Minute(i)));
  Stored(bars, 0);
  const Json snapshot = Take(aapl_);
  ASSERT_EQ(snapshot["bars"].size(), kSnapshotBars);
  EXPECT_EQ(snapshot["bars"].back()["start_time"], to_iso8601(Minute(619)));
  EXPECT_EQ(snapshot["bars"].front()["start_time"], to_iso8601(Minute(120)));
}

TEST_F(LiveSnapshotTest, empty_store_and_log_give_an_empty_snapshot) {
  Offset next = 99;
  EXPECT_EQ(Take(aapl_, &next)["bars"], Json::array());
  EXPECT_EQ(next, 0U);
  EXPECT_EQ(Take({Channel::news, {}, {}})["news"], Json::array());
  EXPECT_EQ(Take({Channel::signals, Symbol("AAPL"), {}})["signals"], Json::array());
}

TEST_F(LiveSnapshotTest, news_newest_first_with_the_logs_revisions) {
  StoreBatch batch;
  batch.news = {{sample_news("a", Minute(0), "old title"), Minute(1)},
                {sample_news("b", Minute(5), "b"), Minute(6)}};
  batch.offsets = {{"news-articles", 0}};
  world_.put(batch);
  world_.append(sample_news("a", Minute(0), "new title"), Minute(2));
  world_.append(sample_news("c", Minute(3), "c"), Minute(4));
  Offset next = 0;
  const Json snapshot = Take({Channel::news, {}, {}}, &next);
  std::vector<std::string> titles;
  for (const Json& item : snapshot["news"]) titles.push_back(item["title"]);
  EXPECT_THAT(titles, testing::ElementsAre("b", "c", "new title"));
  EXPECT_EQ(next, 2U);
}

TEST_F(LiveSnapshotTest, signals_with_the_logs_revisions) {
  SignalSet set;
  set.symbol = Symbol("AAPL");
  set.time = Minute(0);
  set.values[0] = 1;
  set.values[1] = 2;
  StoreBatch batch;
  batch.signals = {{set, kLiveRun}};
  world_.put(batch);
  set.values[0] = 3;
  set.values[1].reset();
  world_.append(set);
  const Json snapshot = Take({Channel::signals, Symbol("AAPL"), {}});
  ASSERT_EQ(snapshot["signals"].size(), 1U);
  EXPECT_EQ(snapshot["signals"][0]["kind"], "change_5m");
  EXPECT_EQ(snapshot["signals"][0]["value"], 3);
}

}  // namespace
}  // namespace tapewire
