// SPDX-License-Identifier: Apache-2.0
#include "server/live_hub.h"

#include <gmock/gmock.h>

namespace tapewire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kSubscribeA =
    R"({"op":"subscribe","channel":"bars","symbol":"A","width":"1m"})";
constexpr std::string_view kUnsubscribeA =
    R"({"op":"unsubscribe","channel":"bars","symbol":"A","width":"1m"})";

FrameText text(std::string s) { return std::make_shared<const std::string>(std::move(s)); }

Subscription bars_of(std::string_view symbol) { return {Channel::bars, Symbol(symbol), Width::m1}; }

LiveEvent bar(std::int64_t minute, Offset offset, std::string frame,
              std::string_view symbol = "A") {
  LiveEvent event;
  event.to = bars_of(symbol);
  event.time = Timestamp{} + minutes(minute);
  event.offset = offset;
  event.text = text(std::move(frame));
  return event;
}

class LiveHubTest : public testing::Test {
 protected:
  std::shared_ptr<LiveSession> Open() {
    return hub_->open({.wake = [this] { ++wakes_; }, .abort = [this] { ++aborts_; }});
  }
  void Say(const std::shared_ptr<LiveSession>& session, std::string_view message) {
    hub_->receive(*session, message, now_);
  }
  void Deliver(std::vector<LiveEvent> events) { hub_->deliver(events); }
  void Snapshot(const std::shared_ptr<LiveSession>& session, std::string frame, Offset next,
                std::int64_t newest = 0) {
    hub_->take(session->id(), bars_of("A"),
               LiveSnapshot{text(std::move(frame)), next, Timestamp{} + minutes(newest)});
  }
  std::vector<std::string> Frames(const std::shared_ptr<LiveSession>& session) {
    std::vector<std::string> out;
    while (const auto next = hub_->next(*session, now_)) {
      if (const auto* frame = std::get_if<FrameText>(&*next)) out.push_back(**frame);
      if (const auto* close = std::get_if<CloseFrame>(&*next))
        out.push_back("close " + std::to_string(close->code));
    }
    return out;
  }
  void Limit(LiveLimits limits) {
    hub_ = std::make_unique<LiveHub>(limits, interest_, [this](SessionId, const Subscription& to) {
      if (!workers_free_) return false;
      asked_.push_back(to);
      return true;
    });
  }
  void SetUp() override { Limit({}); }

  LiveInterest interest_;
  std::vector<Subscription> asked_;
  bool workers_free_ = true;
  int wakes_ = 0;
  int aborts_ = 0;
  Duration now_ = seconds(100);
  std::unique_ptr<LiveHub> hub_;
};

TEST_F(LiveHubTest, increments_continue_the_snapshot_without_gap_or_double) {
  const auto session = Open();
  Say(session, kSubscribeA);
  ASSERT_THAT(asked_, ElementsAre(bars_of("A")));
  // The feed is ahead of the snapshot's end for the first two and beyond it for the third.
  Deliver({bar(1, 10, "b10"), bar(2, 11, "b11"), bar(3, 12, "b12")});
  EXPECT_THAT(Frames(session), IsEmpty());
  Snapshot(session, "snapshot to 12", 12);
  Deliver({bar(3, 11, "late b11"), bar(4, 13, "b13")});
  EXPECT_THAT(Frames(session), ElementsAre("snapshot to 12", "b12", "b13"));
  EXPECT_GT(wakes_, 0);
}

TEST_F(LiveHubTest, others_hear_nothing) {
  const auto session = Open();
  Say(session, kSubscribeA);
  Snapshot(session, "snapshot", 0);
  Deliver({bar(1, 1, "other", "B")});
  EXPECT_THAT(Frames(session), ElementsAre("snapshot"));
}

TEST_F(LiveHubTest, too_many_held_events_make_a_new_snapshot) {
  Limit({.held_events = 2});
  const auto session = Open();
  Say(session, kSubscribeA);
  Deliver({bar(1, 1, "b1"), bar(2, 2, "b2"), bar(3, 3, "b3")});
  Snapshot(session, "stale", 1);
  EXPECT_THAT(asked_, ElementsAre(bars_of("A"), bars_of("A")));
  Snapshot(session, "fresh", 4);
  Deliver({bar(4, 4, "b4")});
  EXPECT_THAT(Frames(session), ElementsAre("fresh", "b4"));
}

TEST_F(LiveHubTest, busy_workers_are_asked_again_at_the_next_tick) {
  workers_free_ = false;
  const auto session = Open();
  Say(session, kSubscribeA);
  EXPECT_THAT(asked_, IsEmpty());
  workers_free_ = true;
  hub_->tick(now_);
  EXPECT_THAT(asked_, ElementsAre(bars_of("A")));
  // A store that lags too far says so and is asked again, not in a loop.
  hub_->take(session->id(), bars_of("A"), fail(ErrorCode::in_use, "behind", true));
  EXPECT_EQ(asked_.size(), 1U);
  hub_->tick(now_);
  EXPECT_EQ(asked_.size(), 2U);
}

TEST_F(LiveHubTest, failed_snapshot_ends_the_subscription_with_words) {
  const auto session = Open();
  Say(session, kSubscribeA);
  hub_->take(session->id(), bars_of("A"), fail(ErrorCode::corrupt, "a page is damaged"));
  EXPECT_THAT(Frames(session), ElementsAre(HasSubstr("a page is damaged")));
  LiveInterest::View view;
  interest_.refresh(view);
  EXPECT_FALSE(view.records());
}

TEST_F(LiveHubTest, unsubscribed_and_subscribed_again_during_a_snapshot) {
  const auto session = Open();
  Say(session, kSubscribeA);
  Say(session, kUnsubscribeA);
  Say(session, kSubscribeA);
  Snapshot(session, "of the first", 5);
  EXPECT_THAT(Frames(session), IsEmpty());
  EXPECT_EQ(asked_.size(), 2U);
  Snapshot(session, "of the second", 6);
  EXPECT_THAT(Frames(session), ElementsAre("of the second"));
}

TEST_F(LiveHubTest, provisional_bars_pass_only_before_the_finished_one) {
  const auto session = Open();
  Say(session, kSubscribeA);
  Snapshot(session, "snapshot", 5, 1);
  const auto provisional = [](std::int64_t minute, std::string frame) {
    LiveEvent event = bar(minute, 0, std::move(frame));
    event.provisional = true;
    return event;
  };
  Deliver({provisional(1, "old"), provisional(2, "first word"), bar(2, 5, "final"),
           provisional(2, "again"), provisional(3, "next")});
  EXPECT_THAT(Frames(session), ElementsAre("snapshot", "first word", "final", "next"));
}

TEST_F(LiveHubTest, a_lesser_origin_does_not_replace_a_better_one) {
  const auto session = Open();
  Say(session, kSubscribeA);
  Snapshot(session, "snapshot", 0);
  LiveEvent rolled = bar(1, 1, "rolled up");
  rolled.origin = Origin::rolled_up;
  LiveEvent rolled_again = bar(1, 3, "rolled up again");
  rolled_again.origin = Origin::rolled_up;
  Deliver({rolled, bar(1, 2, "vendor"), rolled_again});
  EXPECT_THAT(Frames(session), ElementsAre("snapshot", "rolled up", "vendor"));
}

TEST_F(LiveHubTest, interest_follows_the_subscriptions) {
  LiveInterest::View view;
  {
    const auto one = Open();
    const auto two = Open();
    Say(one, kSubscribeA);
    Say(two, kSubscribeA);
    Say(two, R"({"op":"subscribe","channel":"news"})");
    Say(two, R"({"op":"subscribe","channel":"status"})");
    interest_.refresh(view);
    EXPECT_EQ(view.symbols.at(Symbol("A")), 2U);
    EXPECT_EQ(view.news, 1U);
    EXPECT_EQ(view.status, 1U);
    Say(one, kUnsubscribeA);
    hub_->close(*two);
  }
  interest_.refresh(view);
  EXPECT_FALSE(view.records());
  EXPECT_EQ(view.status, 0U);
}

TEST_F(LiveHubTest, limits_clients_and_subscriptions) {
  Limit({.clients = 1, .subscriptions = 1});
  const auto session = Open();
  EXPECT_EQ(Open(), nullptr);
  Say(session, kSubscribeA);
  Say(session, R"({"op":"subscribe","channel":"bars","symbol":"B","width":"1m"})");
  EXPECT_THAT(Frames(session), ElementsAre(HasSubstr("may have 1 subscriptions")));
  hub_->close(*session);
  EXPECT_NE(Open(), nullptr);
}

TEST_F(LiveHubTest, wrong_messages_are_answered_not_punished) {
  const auto session = Open();
  Say(session, "nonsense");
  Say(session, kUnsubscribeA);
  Say(session, R"({"op":"ping"})");
  EXPECT_THAT(Frames(session), ElementsAre(HasSubstr("not JSON"), HasSubstr("no such subscription"),
                                           HasSubstr("pong")));
  EXPECT_FALSE(session->closing());
}

TEST_F(LiveHubTest, a_client_that_takes_nothing_is_closed_then_cut) {
  const auto session = Open();
  Say(session, R"({"op":"subscribe","channel":"status"})");
  LiveEvent status;
  status.to.channel = Channel::status;
  status.text = text("status");
  hub_->tick(now_);
  Deliver({status});
  now_ = now_ + seconds(10);
  hub_->tick(now_);
  EXPECT_FALSE(session->closing());
  now_ = now_ + seconds(1);
  hub_->tick(now_);
  EXPECT_TRUE(session->closing());
  EXPECT_EQ(aborts_, 0);
  EXPECT_THAT(Frames(session), ElementsAre("close 1008"));
  now_ = now_ + seconds(3);
  hub_->tick(now_);
  EXPECT_EQ(aborts_, 1);
  EXPECT_EQ(hub_->totals().dropped_clients, 1U);
}

TEST_F(LiveHubTest, slow_but_alive_clients_stay) {
  const auto session = Open();
  Say(session, R"({"op":"subscribe","channel":"status"})");
  LiveEvent status;
  status.to.channel = Channel::status;
  status.text = text("status");
  for (int i = 0; i < 20; ++i) {
    Deliver({status, status});
    ASSERT_TRUE(hub_->next(*session, now_));
    now_ = now_ + seconds(9);
    hub_->tick(now_);
    ASSERT_FALSE(session->closing());
  }
}

TEST_F(LiveHubTest, all_clients_together_stay_within_the_total) {
  Limit({.clients = 50,
         .outbox_messages = 100'000,
         .outbox_bytes = std::size_t{1} << 30,
         .total_bytes = 1'000'000});
  std::vector<std::shared_ptr<LiveSession>> sessions;
  for (int i = 0; i < 50; ++i) {
    sessions.push_back(Open());
    Say(sessions.back(), kSubscribeA);
    Snapshot(sessions.back(), "snapshot", 0);
  }
  for (Offset offset = 0; offset < 500; ++offset) {
    Deliver({bar(static_cast<std::int64_t>(offset), offset, std::string(300, 'x'))});
    ASSERT_LE(hub_->totals().outbox_bytes, 1'050'000U);
  }
  EXPECT_GT(hub_->totals().merged, 0U);
}

TEST_F(LiveHubTest, snapshots_wait_until_the_client_has_read) {
  Limit({.outbox_bytes = 4096});
  const auto session = Open();
  Say(session, kSubscribeA);
  Snapshot(session, std::string(5000, 's'), 0);
  EXPECT_FALSE(session->may_read());
  Say(session, R"({"op":"subscribe","channel":"bars","symbol":"B","width":"1m"})");
  EXPECT_EQ(asked_.size(), 1U);
  EXPECT_EQ(Frames(session).size(), 1U);
  EXPECT_EQ(asked_.size(), 2U);
  EXPECT_TRUE(session->may_read());
}

}  // namespace
}  // namespace tapewire
