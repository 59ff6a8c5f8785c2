// SPDX-License-Identifier: Apache-2.0
// What every event log promises (eventlog/event_log.h).
#include <atomic>
#include <thread>

#include "event_log_fixture.h"

namespace tapewire {
namespace {

using Kinds = testing::Types<MemoryKind, EmbeddedKind, TinyMapKind>;
TYPED_TEST_SUITE(EventLogContract, Kinds);

TYPED_TEST(EventLogContract, StartsEmpty) {
  EXPECT_TRUE(read_all(this->log(), all_topics()).empty());
  const auto infos = this->log().topics();
  ASSERT_TRUE(infos);
  ASSERT_EQ(infos->size(), kTopics.size());
  for (const TopicInfo& info : *infos) {
    EXPECT_EQ(info.end_offset, 0u);
    EXPECT_EQ(info.records, 0u);
    EXPECT_EQ(info.newest_event_time, kMinTimestamp);
  }
  EXPECT_EQ(this->commit(AppendBatch()), 0u);
}

TYPED_TEST(EventLogContract, GivesBackEveryField) {
  AppendBatch batch;
  const std::string zeros("\0a\0", 3);
  batch.add(Topic::news_articles, RecordKind::news, 7, {-5}, {1'700'000'000'000'000'000}, "AMZN",
            [&](std::string& out) { out.append(zeros); });
  batch.add(Topic::heartbeat, RecordKind::run_begin, UINT32_MAX, kMinTimestamp, kMaxTimestamp, "",
            [](std::string&) {});
  EXPECT_EQ(this->commit(batch), 2u);
  const auto records = read_all(this->log(), all_topics());
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0], (KeptRecord{Topic::news_articles, RecordKind::news, 7, 0, 0, -5,
                                    1'700'000'000'000'000'000, 1'000, "AMZN", zeros}));
  EXPECT_EQ(records[1], (KeptRecord{Topic::heartbeat, RecordKind::run_begin, UINT32_MAX, 0, 1,
                                    INT64_MIN, INT64_MAX, 1'000, "", ""}));
}

TYPED_TEST(EventLogContract, MergesTopicsBySequence) {
  AppendBatch batch;
  std::vector<std::string> order;
  for (int i = 0; i < 300; ++i) {
    const Topic topic = i % 7 < 3 ? Topic::stock_prices : i % 2 == 0 ? Topic::bars : Topic::signals;
    order.push_back(std::to_string(i));
    add(batch, topic, "", order.back());
    if (i % 10 == 9) {
      this->commit(batch);
      batch.clear();
    }
  }
  for (const std::size_t step : {1u, 7u, 1000u}) {
    std::vector<std::string> seen;
    Sequence sequence = 0;
    for (const KeptRecord& record :
         read_all(this->log(), {{Topic::signals, 0}, {Topic::stock_prices, 0}, {Topic::bars, 0}},
                  {.records = step})) {
      EXPECT_EQ(record.sequence, sequence++);
      seen.push_back(record.payload);
    }
    EXPECT_EQ(seen, order) << "in steps of " << step;
  }
}

TYPED_TEST(EventLogContract, BatchSizesMakeNoDifference) {
  constexpr int kRecords = 3000;
  int at = 0;
  const Topic topics[] = {Topic::stock_prices, Topic::bars, Topic::signals};
  std::size_t topic = 0;
  for (const int size : {1, 7, 1000}) {
    const int commits = size == 1 ? 50 : kRecords / size;
    for (int i = 0; i < commits; ++i) {
      AppendBatch batch;
      for (int j = 0; j < size; ++j) add(batch, topics[topic], "K", std::to_string(at++));
      this->commit(batch);
    }
    ++topic;
  }
  int expected = 0;
  for (const KeptRecord& record : read_all(this->log(), all_topics())) {
    ASSERT_EQ(record.payload, std::to_string(expected++));
  }
  EXPECT_EQ(expected, at);
}

TYPED_TEST(EventLogContract, ReadsFromAnyOffset) {
  this->commit_numbered(Topic::bars, 500);
  for (const Offset from : {0u, 1u, 250u, 499u, 500u, 9999u}) {
    const auto records = read_all(this->log(), {{Topic::bars, from}});
    EXPECT_EQ(records.size(), from < 500 ? 500 - from : 0u);
    if (from < 500) {
      EXPECT_EQ(records.front().payload, "r" + std::to_string(from));
    }
  }
}

TYPED_TEST(EventLogContract, KeepsToTheLimits) {
  this->commit_numbered(Topic::bars, 100);
  std::vector<TopicPosition> from{{Topic::bars, 0}};
  const auto all = [](const RecordView&) { return true; };
  EXPECT_EQ(this->log().read(from, {.records = 3}, all).value(), 3u);
  EXPECT_EQ(from[0].offset, 3u);
  EXPECT_EQ(this->log().read(from, {.records = 0}, all).value(), 0u);
  // One byte is less than a record: still one is given, or nobody would get past it.
  EXPECT_EQ(this->log().read(from, {.records = 10, .bytes = 1}, all).value(), 1u);
  EXPECT_EQ(from[0].offset, 4u);
  int visited = 0;
  EXPECT_EQ(this->log().read(from, {}, [&](const RecordView&) { return ++visited < 5; }).value(),
            5u);
  EXPECT_EQ(from[0].offset, 9u);
}

TYPED_TEST(EventLogContract, CountsRecordsBytesAndNewestEvent) {
  this->commit_numbered(Topic::bars, 10);
  const TopicInfo ten = info_of(this->log(), Topic::bars);
  EXPECT_EQ(ten.first_offset, 0u);
  EXPECT_EQ(ten.end_offset, 10u);
  EXPECT_EQ(ten.records, 10u);
  EXPECT_EQ(ten.newest_event_time.ns, 9);
  this->commit_numbered(Topic::bars, 10);
  EXPECT_EQ(info_of(this->log(), Topic::bars).bytes, 2 * ten.bytes);
  EXPECT_EQ(info_of(this->log(), Topic::signals).records, 0u);
}

TYPED_TEST(EventLogContract, StateMovesWithTheRecords) {
  AppendBatch batch;
  batch.put_state("position/a", "1");
  batch.put_state("position/b", std::string(20'000, 'x'));
  batch.put_state("position", "whole");
  batch.put_state("snapshot/a", "s");
  batch.put_state("position/a", "2");
  EXPECT_EQ(this->commit(batch), 0u);
  const auto positions = this->log().state("position/");
  ASSERT_TRUE(positions) << positions.error().message;
  ASSERT_EQ(positions->size(), 2u);
  EXPECT_EQ((*positions)[0].key, "position/a");
  EXPECT_EQ((*positions)[0].value, "2");
  EXPECT_EQ((*positions)[1].value.size(), 20'000u);
  EXPECT_EQ(this->log().state("").value().size(), 4u);
  EXPECT_TRUE(this->log().state("positioz").value().empty());

  batch.clear();
  batch.put_state("position/a", "");
  batch.put_state("never/was", "");
  add(batch, Topic::bars, "", "r");
  this->commit(batch);
  EXPECT_EQ(this->log().state("position/").value().size(), 1u);
  this->kind_.reopen();
  EXPECT_EQ(this->log().state("").value().size(), 3u);
}

TYPED_TEST(EventLogContract, RefusesWhatNoLogCanHoldAndLeavesNothing) {
  const auto refused = [&](const AppendBatch& batch) {
    const auto end = this->log().commit(batch);
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code, ErrorCode::invalid_argument) << end.error().message;
    EXPECT_TRUE(read_all(this->log(), all_topics()).empty());
    EXPECT_TRUE(this->log().state("").value().empty());
  };
  AppendBatch batch;
  add(batch, Topic::bars, "", "good");
  batch.put_state("", "no key");
  refused(batch);
  batch.clear();
  add(batch, Topic::bars, "", "good");
  batch.put_state(std::string(512, 'k'), "long key");
  refused(batch);
  batch.clear();
  batch.put_state("good", "good");
  add(batch, static_cast<Topic>(200), "", "no topic");
  refused(batch);
  batch.clear();
  batch.add(Topic::bars, static_cast<RecordKind>(99), kLiveRun, {}, {}, "", [](std::string&) {});
  refused(batch);
  std::vector<TopicPosition> from{{static_cast<Topic>(200), 0}};
  EXPECT_FALSE(this->log().read(from, {}, [](const RecordView&) { return true; }));
  EXPECT_FALSE(this->log().trim({.topic = static_cast<Topic>(200)}));
}

TYPED_TEST(EventLogContract, TakesAFiftyMegabytePayload) {
  std::string large(50'000'000, '\0');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 31 + i / 4096);
  AppendBatch batch;
  add(batch, Topic::dead_letters, "files", "before");
  add(batch, Topic::dead_letters, "files", large);
  add(batch, Topic::dead_letters, "files", "after");
  this->commit(batch);
  this->kind_.reopen();
  if (!TypeParam::kDurable) return;
  const auto records = read_all(this->log(), all_topics());
  ASSERT_EQ(records.size(), 3u);
  EXPECT_TRUE(records[1].payload == large);
  EXPECT_EQ(records[2].payload, "after");
}

TYPED_TEST(EventLogContract, SurvivesReopening) {
  for (int round = 0; round < 5; ++round) {
    this->commit_numbered(Topic::bars, 100, "b" + std::to_string(round));
    this->commit_numbered(Topic::signals, 10, "s" + std::to_string(round));
    this->kind_.reopen();
  }
  const auto records = read_all(this->log(), all_topics());
  ASSERT_EQ(records.size(), 550u);
  for (std::size_t i = 0; i < records.size(); ++i) EXPECT_EQ(records[i].sequence, i);
  EXPECT_EQ(records[110].payload, "b10");
}

TYPED_TEST(EventLogContract, TrimsByAgeNotPastTheConsumer) {
  for (int i = 0; i < 10; ++i) {
    this->clock_.set(Timestamp{1'000 + i});
    this->commit_numbered(Topic::bars, 10);
  }
  const std::uint64_t each = info_of(this->log(), Topic::bars).bytes / 100;
  EXPECT_EQ(this->log().trim({.topic = Topic::bars, .append_time_before = {1'003}}).value(), 30u);
  EXPECT_EQ(this->log().trim({.topic = Topic::bars, .append_time_before = {1'003}}).value(), 0u);
  EXPECT_EQ(this->log()
                .trim({.topic = Topic::bars, .append_time_before = {1'009}, .keep_from = 45})
                .value(),
            15u);
  const TopicInfo info = info_of(this->log(), Topic::bars);
  EXPECT_EQ(info.first_offset, 45u);
  EXPECT_EQ(info.end_offset, 100u);
  EXPECT_EQ(info.records, 55u);
  EXPECT_EQ(info.bytes, 55 * each);
  this->kind_.reopen();
  const auto records = read_all(this->log(), {{Topic::bars, 0}});
  ASSERT_EQ(records.size(), 55u);
  EXPECT_EQ(records.front().offset, 45u);
}

TYPED_TEST(EventLogContract, TrimsBySizeAndToNothing) {
  this->commit_numbered(Topic::bars, 5000);
  this->commit_numbered(Topic::signals, 7);
  const std::uint64_t bytes = info_of(this->log(), Topic::bars).bytes;
  ASSERT_TRUE(this->log().trim({.topic = Topic::bars, .bytes_max = bytes / 2}));
  const TopicInfo half = info_of(this->log(), Topic::bars);
  EXPECT_LE(half.bytes, bytes / 2);
  EXPECT_GT(half.bytes, bytes / 2 - 100);
  ASSERT_TRUE(this->log().trim({.topic = Topic::bars, .bytes_max = 0}));
  const TopicInfo none = info_of(this->log(), Topic::bars);
  EXPECT_EQ(none.records, 0u);
  EXPECT_EQ(none.bytes, 0u);
  EXPECT_EQ(none.first_offset, 5000u);
  // Offsets and sequences go on, never again.
  AppendBatch batch;
  add(batch, Topic::bars, "", "next");
  EXPECT_EQ(this->commit(batch), 5008u);
  this->kind_.reopen();
  const auto records = read_all(this->log(), {{Topic::bars, 0}});
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].offset, 5000u);
  EXPECT_EQ(records[0].sequence, 5007u);
  EXPECT_EQ(info_of(this->log(), Topic::signals).records, 7u);
}

// Readers see whole commits only, in order, while a writer commits and the map grows.
TYPED_TEST(EventLogContract, ReadsBesideAWriter) {
  constexpr int kCommits = 400;
  std::atomic<bool> done = false;
  const auto reader = [&] {
    std::vector<TopicPosition> from{{Topic::bars, 0}, {Topic::signals, 0}};
    Sequence sequence = 0;
    bool last_round = false;
    while (true) {
      last_round = done;
      const auto given = this->log().read(from, {}, [&](const RecordView& record) {
        EXPECT_EQ(record.sequence, sequence);
        EXPECT_EQ(record.payload.size(), 200u);
        ++sequence;
        return true;
      });
      ASSERT_TRUE(given) << given.error().message;
      EXPECT_EQ(sequence % 5, 0u) << "half a commit was seen";
      if (last_round && *given == 0) break;
    }
    EXPECT_EQ(sequence, 5u * kCommits);
  };
  std::thread first(reader);
  std::thread second(reader);
  AppendBatch batch;
  for (int i = 0; i < kCommits; ++i) {
    batch.clear();
    for (int j = 0; j < 5; ++j) {
      add(batch, j % 2 == 0 ? Topic::bars : Topic::signals, "", std::string(200, 'x'));
    }
    batch.put_state("position", std::to_string(i));
    this->commit(batch);
  }
  done = true;
  first.join();
  second.join();
}

}  // namespace
}  // namespace tapewire
