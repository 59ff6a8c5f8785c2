// SPDX-License-Identifier: Apache-2.0
#include "ingest/ingest.h"

#include <thread>

#include <gtest/gtest.h>

#include "eventlog/memory/memory_log.h"
#include "ingest/ingest_queue.h"
#include "model/codec.h"

namespace tapewire {
namespace {

constexpr Timestamp kStart{1'550'068'200'000'000'000};  // 2019-02-13T14:30:00Z

Bar minute_bar(std::int64_t minute, std::int64_t price = 100) {
  Bar bar;
  bar.symbol = Symbol("AAPL");
  bar.start = kStart + minutes(minute);
  bar.end = bar.start + minutes(1);
  bar.open = bar.high = bar.low = bar.close = whole_price(price);
  bar.volume = whole_quantity(10);
  bar.source = SourceName("files");
  return bar;
}

NewsItem article(std::string id, std::string title) {
  NewsItem item;
  item.id = std::move(id);
  item.source = "wire";
  item.published_at = kStart;
  item.title = std::move(title);
  return item;
}

Rejected rejected(Topic topic, std::string payload) {
  Rejected row;
  row.letter.topic = to_string(topic);
  row.letter.stage = "parse";
  row.letter.source = "files";
  row.letter.reason = "not a number";
  row.letter.payload = std::move(payload);
  row.receive_time = kStart;
  return row;
}

struct Seen {
  RecordKind kind;
  std::string key;
  std::string payload;
  Timestamp receive_time;
};

std::vector<Seen> read_all(EventLog& log, Topic topic) {
  std::vector<TopicPosition> from{{topic, 0}};
  std::vector<Seen> out;
  const auto count = log.read(from, {100'000, SIZE_MAX}, [&](const RecordView& r) {
    out.push_back({r.kind, std::string(r.key), std::string(r.payload), r.receive_time});
    return true;
  });
  EXPECT_TRUE(count.has_value());
  return out;
}

IngestOptions replay_options() {
  IngestOptions options;
  options.run = 1;
  options.now = kStart + days(3000);
  return options;
}

TEST(Ingest, AccountAddsUpOverGoodBadAndKnownRows) {
  MemoryLog log;
  Ingest ingest(log, replay_options());
  EventBatch batch;
  batch.add(minute_bar(0), kStart + minutes(1));
  Bar wrong = minute_bar(1);
  wrong.low = whole_price(200);
  batch.add(wrong, kStart + minutes(2));
  batch.add(article("a", "Headline"), kStart + minutes(2));
  batch.add(article("b", ""), kStart + minutes(2));
  batch.add(rejected(Topic::stock_prices, "AAPL,x"));
  batch.add(rejected(Topic::news_articles, "{"));
  batch.duplicate_prices = 7;
  batch.duplicate_news = 2;
  ASSERT_TRUE(ingest.accept(batch));
  ingest.count_dropped(3, 1);
  ASSERT_TRUE(ingest.commit());

  const Account account = ingest.account();
  EXPECT_EQ(account.prices, (TopicAccount{13, 1, 7, 2, 0, 3}));
  EXPECT_EQ(account.news, (TopicAccount{6, 1, 2, 2, 0, 1}));
  EXPECT_TRUE(account.adds_up());
  EXPECT_EQ(read_all(log, Topic::stock_prices).size(), 1U);
  EXPECT_EQ(read_all(log, Topic::news_articles).size(), 1U);
  const auto letters = read_all(log, Topic::dead_letters);
  ASSERT_EQ(letters.size(), 4U);
  const auto first = decode_dead_letter(letters[0].key, letters[0].payload);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->stage, "ingest");
  EXPECT_EQ(first->field, "high");
  const auto third = decode_dead_letter(letters[2].key, letters[2].payload);
  ASSERT_TRUE(third);
  EXPECT_EQ(third->payload, "AAPL,x");
}

TEST(Ingest, NothingIsCountedBeforeItIsCommitted) {
  MemoryLog log;
  Ingest ingest(log, replay_options());
  EventBatch batch;
  batch.add(minute_bar(0), kStart);
  ASSERT_TRUE(ingest.accept(batch));
  EXPECT_TRUE(ingest.pending());
  EXPECT_EQ(ingest.account(), Account{});
  ASSERT_TRUE(ingest.commit());
  EXPECT_FALSE(ingest.pending());
  EXPECT_EQ(ingest.account().prices.appended, 1U);
}

TEST(Ingest, CommitsWhenTheGroupIsFull) {
  MemoryLog log;
  IngestOptions options = replay_options();
  options.group_records = 4;
  Ingest ingest(log, options);
  EventBatch batch;
  for (int i = 0; i < 3; ++i) batch.add(minute_bar(i), kStart + minutes(i));
  ASSERT_TRUE(ingest.accept(batch));
  EXPECT_EQ(ingest.account().prices.appended, 0U);
  ASSERT_TRUE(ingest.accept(batch));
  EXPECT_EQ(ingest.account().prices.appended, 6U);
}

TEST(Ingest, PositionsMoveWithTheRecords) {
  MemoryLog log;
  Ingest ingest(log, replay_options());
  EventBatch batch;
  batch.add(minute_bar(0), kStart);
  batch.positions.push_back({"files/x", "rows=1"});
  ASSERT_TRUE(ingest.accept(batch));
  EXPECT_TRUE(log.state("files/")->empty());
  ASSERT_TRUE(ingest.commit());
  const auto state = log.state("files/");
  ASSERT_TRUE(state);
  ASSERT_EQ(state->size(), 1U);
  EXPECT_EQ(state->front().value, "rows=1");
}

TEST(Ingest, ReceiveTimesNeverGoBackwards) {
  MemoryLog log;
  Ingest ingest(log, replay_options());
  EventBatch batch;
  batch.add(minute_bar(1), kStart + minutes(2));
  batch.add(minute_bar(0), kStart + minutes(1));
  ASSERT_TRUE(ingest.accept(batch));
  ASSERT_TRUE(ingest.commit());
  const auto rows = read_all(log, Topic::stock_prices);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].receive_time, kStart + minutes(2));
}

TEST(Ingest, HeartbeatPrecedesTheFirstEventOfEverySecond) {
  MemoryLog log;
  IngestOptions options = replay_options();
  options.heartbeats_from_events = true;
  Ingest ingest(log, options);
  EventBatch batch;
  batch.add(minute_bar(0), kStart + milliseconds(100));
  batch.add(minute_bar(1), kStart + milliseconds(900));
  batch.add(minute_bar(2), kStart + milliseconds(2500));
  ASSERT_TRUE(ingest.accept(batch));
  ASSERT_TRUE(ingest.commit());
  std::vector<TopicPosition> from{{Topic::stock_prices, 0}, {Topic::heartbeat, 0}};
  std::string order;
  ASSERT_TRUE(log.read(from, {}, [&](const RecordView& r) {
    order += r.kind == RecordKind::heartbeat ? 'h' : 'b';
    return true;
  }));
  EXPECT_EQ(order, "hbbhb");
}

TEST(Ingest, LiveEventFromTheFutureIsRefused) {
  MemoryLog log;
  IngestOptions options;  // live: checked against its receive time
  Ingest ingest(log, options);
  EventBatch batch;
  batch.add(minute_bar(10), kStart);
  ASSERT_TRUE(ingest.accept(batch));
  ASSERT_TRUE(ingest.commit());
  EXPECT_EQ(ingest.account().prices.dead_lettered, 1U);
  EXPECT_TRUE(read_all(log, Topic::stock_prices).empty());
}

TEST(Ingest, TotalsSurviveARestart) {
  MemoryLog log;
  EventBatch batch;
  batch.add(minute_bar(0), kStart);
  for (int i = 0; i < 2; ++i) {
    Ingest ingest(log, replay_options());
    ASSERT_TRUE(ingest.recover());
    ASSERT_TRUE(ingest.accept(batch));
    ASSERT_TRUE(ingest.commit());
    EXPECT_EQ(ingest.account().prices.appended, 1U);
    EXPECT_EQ(ingest.total().prices.appended, static_cast<std::uint64_t>(i) + 1);
  }
}

TEST(Ingest, FramesARun) {
  MemoryLog log;
  Ingest ingest(log, replay_options());
  ingest.begin_run("replay of one file", kStart);
  ingest.end_run(replay_options().run, kStart + minutes(1));
  ASSERT_TRUE(ingest.commit());
  const auto rows = read_all(log, Topic::heartbeat);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].kind, RecordKind::run_begin);
  EXPECT_EQ(rows[1].kind, RecordKind::run_end);
}

TEST(Account, StateTextRoundTripsAndRefusesNonsense) {
  const TopicAccount account{9, 4, 3, 1, 2, 1};
  EXPECT_EQ(parse_account(to_state(account)).value(), account);
  for (const char* text : {"read", "read=x", "what=1", "read=1;;", "read=1 "}) {
    EXPECT_FALSE(parse_account(text)) << text;
  }
  EXPECT_EQ(to_json(account),
            R"({"read":9,"appended":4,"duplicate":3,"dead_lettered":1,"too_late":2,"dropped":1})");
}

TEST(IngestQueue, FullQueueCountsWhatItDropsByTopic) {
  IngestQueue queue(1);
  const auto batch = [&] {
    auto item = queue.take_empty();
    item->add(minute_bar(0), kStart);
    item->add(minute_bar(1), kStart);
    item->add(article("a", "t"), kStart);
    return item;
  };
  EXPECT_TRUE(queue.push_or_drop(batch()));
  EXPECT_FALSE(queue.push_or_drop(batch()));
  EXPECT_EQ(queue.take_dropped_prices(), 2U);
  EXPECT_EQ(queue.take_dropped_news(), 1U);
  EXPECT_EQ(queue.take_dropped_prices(), 0U);
}

TEST(IngestQueue, PushWaitsForRoomAndKeepsOrder) {
  IngestQueue queue(2);
  constexpr std::uint64_t kBatches = 200;
  std::jthread source([&] {
    for (std::uint64_t i = 0; i < kBatches; ++i) {
      auto item = queue.take_empty();
      item->duplicate_prices = i;
      ASSERT_TRUE(queue.push(std::move(item)));
    }
    queue.close();
  });
  std::uint64_t expected = 0;
  while (auto item = queue.pop_for(seconds(30))) {
    EXPECT_LE(queue.size(), 2U);
    EXPECT_EQ((*item)->duplicate_prices, expected++);
    queue.give_back(std::move(*item));
  }
  EXPECT_EQ(expected, kBatches);
}

}  // namespace
}  // namespace tapewire
