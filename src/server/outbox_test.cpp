// SPDX-License-Identifier: Apache-2.0
#include "server/outbox.h"

#include <gmock/gmock.h>

namespace tapewire {
namespace {

FrameText text(std::string s) { return std::make_shared<const std::string>(std::move(s)); }

LiveEvent bar(std::string_view symbol, std::int64_t minute, std::string frame) {
  LiveEvent event;
  event.to = {Channel::bars, Symbol(symbol), Width::m1};
  event.time = Timestamp{} + minutes(minute);
  event.text = text(std::move(frame));
  return event;
}
LiveEvent news(std::string frame) {
  LiveEvent event;
  event.to.channel = Channel::news;
  event.text = text(std::move(frame));
  return event;
}

std::vector<std::string> drain(Outbox& outbox) {
  std::vector<std::string> out;
  while (const auto next = outbox.pop()) out.push_back(**next);
  return out;
}

using testing::ElementsAre;

TEST(Outbox, keeps_order_while_there_is_room) {
  Outbox outbox(10, 10'000);
  outbox.push(bar("A", 1, "a1"));
  outbox.push_reply(text("pong"));
  outbox.push(bar("A", 1, "a1 again"));
  EXPECT_THAT(drain(outbox), ElementsAre("a1", "pong", "a1 again"));
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.bytes(), 0U);
}

TEST(Outbox, first_merges_updates_of_the_same_window) {
  Outbox outbox(8, 100'000);
  outbox.push_reply(text("snapshot"));
  outbox.push(bar("A", 2, "a2"));
  for (int i = 0; i < 7; ++i) outbox.push(bar("A", 1, "a1 v" + std::to_string(i)));
  EXPECT_EQ(outbox.dropped(), 6U);
  EXPECT_THAT(drain(outbox),
              ElementsAre(R"({"type":"lagging","dropped":6})", "snapshot", "a2", "a1 v6"));
}

TEST(Outbox, then_keeps_the_newest_of_each_series) {
  Outbox outbox(8, 100'000);
  for (int i = 0; i < 4; ++i) {
    outbox.push(bar("A", i, "a" + std::to_string(i)));
    outbox.push(bar("B", i, "b" + std::to_string(i)));
  }
  EXPECT_EQ(outbox.dropped(), 0U);
  outbox.push(bar("A", 4, "a4"));
  EXPECT_THAT(drain(outbox), ElementsAre(R"({"type":"lagging","dropped":7})", "b3", "a4"));
}

TEST(Outbox, of_news_keeps_the_newest) {
  Outbox outbox(200, std::size_t{1} << 20);
  for (int i = 0; i < 201; ++i) outbox.push(news(std::to_string(i)));
  const auto rest = drain(outbox);
  ASSERT_EQ(rest.size(), Outbox::kNewsKept + 1);
  EXPECT_EQ(rest.front(), R"({"type":"lagging","dropped":101})");
  EXPECT_EQ(rest.back(), "200");
}

TEST(Outbox, bytes_stay_bounded_whatever_comes) {
  constexpr std::size_t kBytesMax = 64 * 1024;
  Outbox outbox(1000, kBytesMax);
  for (int i = 0; i < 20'000; ++i) {
    outbox.push(bar("S" + std::to_string(i % 20), i, std::string(300, 'x')));
    outbox.push(news(std::string(2000, 'n')));
    ASSERT_LE(outbox.bytes(), kBytesMax + 4096);
  }
  EXPECT_GT(outbox.dropped(), 30'000U);
}

}  // namespace
}  // namespace tapewire
