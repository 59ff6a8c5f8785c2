// SPDX-License-Identifier: Apache-2.0
#include "server/live_session.h"

#include <algorithm>

#include <fmt/format.h>

#include "server/live_protocol.h"

namespace tapewire {

LiveSession::LiveSession(SessionId id, const LiveLimits& limits, LiveInterest& interest,
                         Hooks hooks)
    : id_(id),
      limits_(limits),
      interest_(interest),
      hooks_(std::move(hooks)),
      outbox_(limits.outbox_messages, limits.outbox_bytes) {}

LiveSession::~LiveSession() {
  for (const auto& [subscription, feed] : feeds_) interest_.remove(subscription);
}

void LiveSession::receive(std::string_view message, Duration now) {
  if (closing()) return;
  if (outbox_.empty()) last_taken_ = now;
  const auto request = parse_live_request(message);
  if (!request) {
    outbox_.push_reply(error_frame(request.error()));
  } else if (request->op == LiveRequest::Op::ping) {
    outbox_.push_reply(pong_frame());
  } else if (request->op == LiveRequest::Op::subscribe) {
    subscribe(request->subscription);
  } else if (feeds_.erase(request->subscription) > 0) {
    interest_.remove(request->subscription);
  } else {
    outbox_.push_reply(error_frame(
        complaint_about("unsubscribe", request->subscription, "there is no such subscription")));
  }
  hooks_.wake();
}

void LiveSession::subscribe(const Subscription& subscription) {
  if (feeds_.contains(subscription)) {
    Feed& known = feeds_[subscription];
    // Asked again: a fresh snapshot, unless one is coming anyway.
    if (subscription.channel != Channel::status && known.phase == Phase::live) known = Feed{};
    return;
  }
  if (feeds_.size() >= limits_.subscriptions) {
    outbox_.push_reply(error_frame(
        complaint_about("subscribe", subscription,
                        fmt::format("a client may have {} subscriptions; unsubscribe first",
                                    limits_.subscriptions))));
    return;
  }
  interest_.add(subscription);
  Feed& feed = feeds_[subscription];
  if (subscription.channel == Channel::status) feed.phase = Phase::live;
}

std::optional<Outgoing> LiveSession::next(Duration now) {
  if (close_sent_) return std::nullopt;
  if (close_) {
    close_sent_ = true;
    return Outgoing(*close_);
  }
  last_taken_ = now;
  auto text = outbox_.pop();
  if (!text) return std::nullopt;
  return Outgoing(std::move(*text));
}

void LiveSession::deliver(const LiveEvent& event) {
  const auto at = feeds_.find(event.to);
  if (at == feeds_.end() || closing()) return;
  Feed& feed = at->second;
  if (feed.phase == Phase::waiting) return;  // its snapshot will hold it
  if (feed.phase == Phase::live) {
    pass(feed, event);
    return hooks_.wake();
  }
  if (feed.held.size() >= limits_.held_events) {
    feed.held.clear();
    feed.overrun = true;
  }
  if (!feed.overrun) feed.held.push_back(event);
}

void LiveSession::pass(Feed& feed, const LiveEvent& event) {
  if (event.provisional) {
    // The finished bar is better than the vendor's first word on it.
    if (event.time <= feed.newest_start) return;
  } else if (event.to.channel != Channel::status) {
    if (event.offset < feed.next) return;
    if (event.to.channel == Channel::bars)
      feed.newest_start = std::max(feed.newest_start, event.time);
  }
  outbox_.push(event);
}

std::optional<Subscription> LiveSession::next_snapshot() {
  if (snapshot_under_way_ || closing() || outbox_.size() > limits_.outbox_messages / 2 ||
      outbox_.bytes() > limits_.outbox_bytes / 2) {
    return std::nullopt;
  }
  for (auto& [subscription, feed] : feeds_) {
    if (feed.phase != Phase::waiting) continue;
    feed.phase = Phase::under_way;
    feed.held.clear();
    feed.overrun = false;
    snapshot_under_way_ = true;
    return subscription;
  }
  return std::nullopt;
}

void LiveSession::take(const Subscription& subscription, const Result<LiveSnapshot>& snapshot) {
  snapshot_under_way_ = false;
  const auto at = feeds_.find(subscription);
  if (at == feeds_.end() || at->second.phase != Phase::under_way || closing()) return;
  Feed& feed = at->second;
  if (!snapshot && !snapshot.error().retryable) {
    outbox_.push_reply(
        error_frame(complaint_about("subscribe", subscription, snapshot.error().message)));
    feeds_.erase(at);
    interest_.remove(subscription);
    return hooks_.wake();
  }
  if (!snapshot || feed.overrun) {
    feed.phase = Phase::waiting;
    return;
  }
  feed.phase = Phase::live;
  feed.next = snapshot->next;
  feed.newest_start = snapshot->newest_start;
  outbox_.push_reply(snapshot->text);
  const std::vector<LiveEvent> held = std::exchange(feed.held, {});
  for (const LiveEvent& event : held) pass(feed, event);
  hooks_.wake();
}

void LiveSession::tick(Duration now) {
  if (close_) {
    if (now - close_since_ > limits_.closing_max) hooks_.abort();
    return;
  }
  if (outbox_.empty()) {
    last_taken_ = now;
  } else if (now - last_taken_ > limits_.stalled_max) {
    close({1008, "too slow: updates waited and none was taken"}, now);
  }
}

void LiveSession::close(CloseFrame frame, Duration now) {
  if (close_) return;
  close_ = std::move(frame);
  close_since_ = now;
  outbox_.clear();
  hooks_.wake();
}

}  // namespace tapewire
