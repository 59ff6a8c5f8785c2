// SPDX-License-Identifier: Apache-2.0
#include "analytics/pipeline_stage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventlog/memory/memory_log.h"
#include "model/calendar.h"
#include "model/codec.h"

namespace tapewire {
namespace {

class PipelineStageTest : public testing::Test {
 protected:
  void append_minutes(int from, int to) {
    AppendBatch batch;
    for (int minute = from; minute < to; ++minute) {
      Bar bar;
      bar.symbol = Symbol("AAPL");
      bar.start = open_ + minutes(minute);
      bar.end = bar.start + minutes(1);
      bar.open = bar.high = bar.low = bar.close = whole_price(100 + minute);
      batch.add(Topic::stock_prices, RecordKind::bar, kLiveRun, bar.end, bar.end, "AAPL",
                [&](std::string& out) { encode(bar, out); });
    }
    ASSERT_TRUE(log_.commit(batch));
  }
  static void drain(PipelineStage& stage) {
    for (int i = 0; i < 10'000; ++i) {
      const auto count = stage.step();
      ASSERT_TRUE(count) << count.error().message;
      if (*count == 0) return;
    }
    FAIL() << "no end";
  }
  std::uint64_t records(Topic topic) {
    const std::vector<TopicInfo> topics = log_.topics().value();
    for (const TopicInfo& info : topics) {
      if (info.topic == topic) return info.records;
    }
    return 0;
  }
  std::size_t snapshot_entries() { return log_.state("pipeline/snapshot").value().size(); }

  const Timestamp open_ = calendar().hours(*parse_trading_date("2019-02-13"))->open;
  MemoryLog log_;
};

TEST_F(PipelineStageTest, ReportsPositionsCountersAndWatermark) {
  append_minutes(0, 20);
  PipelineStage stage(log_, {});
  ASSERT_TRUE(stage.recover());
  EXPECT_EQ(stage.watermark(kLiveRun), kMinTimestamp);
  drain(stage);
  EXPECT_EQ(stage.position(Topic::stock_prices), 20U);
  EXPECT_EQ(stage.position(Topic::news_articles), 0U);
  EXPECT_EQ(stage.needed_from(Topic::stock_prices), 0U);
  EXPECT_EQ(stage.needed_from(Topic::bars), UINT64_MAX);
  EXPECT_EQ(stage.counters().applied, 20U);
  EXPECT_EQ(stage.counters(kLiveRun).applied, 20U);
  EXPECT_EQ(stage.watermark(kLiveRun), open_ + minutes(20) - seconds(2));
  // 19 minutes, three 5m, one 15m
  EXPECT_EQ(records(Topic::bars), 23U);
}

TEST_F(PipelineStageTest, OldSnapshotsAreReplaced) {
  PipelineStageLimits limits;
  limits.records_per_commit = 10;
  limits.records_per_snapshot = 10;
  limits.snapshot_chunk_bytes = 100;
  PipelineStage stage(log_, {}, limits);
  ASSERT_TRUE(stage.recover());
  append_minutes(0, 100);
  drain(stage);
  const std::size_t chunks = snapshot_entries();
  EXPECT_GT(chunks, 3U);
  EXPECT_EQ(stage.needed_from(Topic::stock_prices), 100U);
  append_minutes(100, 110);
  drain(stage);
  EXPECT_LT(snapshot_entries(), chunks + 10) << "the chunks of the one before are gone";
}

TEST_F(PipelineStageTest, RecoversAfterTheLogWasTrimmedBelowTheSnapshot) {
  PipelineStageLimits limits;
  limits.records_per_commit = 10;
  limits.records_per_snapshot = 10;
  {
    PipelineStage stage(log_, {}, limits);
    append_minutes(0, 50);
    drain(stage);
    Retention retention;
    retention.topic = Topic::stock_prices;
    retention.bytes_max = 0;
    retention.keep_from = stage.needed_from(Topic::stock_prices);
    EXPECT_EQ(log_.trim(retention).value(), 50U);
  }
  PipelineStage stage(log_, {}, limits);
  ASSERT_TRUE(stage.recover());
  append_minutes(50, 61);
  drain(stage);
  // 60 minutes, twelve 5m, four 15m, and the hour from 09:00 (of 30 minutes) and that from 10:00 is open.
  EXPECT_EQ(records(Topic::bars), 60U + 12U + 4U + 1U);
}

TEST_F(PipelineStageTest, DamagedStateIsReported) {
  PipelineStageLimits limits;
  limits.records_per_snapshot = 10;
  {
    PipelineStage stage(log_, {}, limits);
    append_minutes(0, 50);
    drain(stage);
  }
  const auto state = log_.state("pipeline/").value();
  ASSERT_GE(state.size(), 5U);
  for (const StateWrite& entry : state) {
    for (const bool cut : {true, false}) {
      AppendBatch damage;
      std::string value = entry.value;
      if (cut) {
        value.pop_back();
      } else {
        value.push_back('x');
      }
      damage.put_state(entry.key, value);
      ASSERT_TRUE(log_.commit(damage));
      PipelineStage stage(log_, {}, limits);
      const Status recovered = stage.recover();
      ASSERT_FALSE(recovered) << entry.key;
      EXPECT_EQ(recovered.error().code, ErrorCode::corrupt);
      AppendBatch mend;
      mend.put_state(entry.key, entry.value);
      ASSERT_TRUE(log_.commit(mend));
    }
  }
  PipelineStage stage(log_, {}, limits);
  EXPECT_TRUE(stage.recover());
}

}  // namespace
}  // namespace tapewire
