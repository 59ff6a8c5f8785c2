// SPDX-License-Identifier: Apache-2.0
// Keeps one websocket client's subscriptions and outbox; knows nothing of sockets.
//
// Order:   a subscription gets its snapshot, then every increment at or after the snapshot's offset.
//          Increments that come while the snapshot is made are held; if they are too many they are
//          dropped and the snapshot is made anew. One snapshot at a time, the next when the outbox
//          has room.
// Threads: io thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/live_interest.h"
#include "server/live_snapshot.h"
#include "server/outbox.h"

namespace tapewire {

using SessionId = std::uint64_t;

struct CloseFrame {
  std::uint16_t code = 1000;
  std::string reason;
};
using Outgoing = std::variant<FrameText, CloseFrame>;

class LiveSession {
 public:
  struct Hooks {
    std::function<void()> wake;  // there is something to send, or room to read
    std::function<void()> abort;  // cut the connection
  };

  LiveSession(SessionId id, const LiveLimits& limits, LiveInterest& interest, Hooks hooks);
  ~LiveSession();
  LiveSession(const LiveSession&) = delete;
  LiveSession& operator=(const LiveSession&) = delete;

  // From the connection.
  void receive(std::string_view message, Duration now);
  std::optional<Outgoing> next(Duration now);
  // False while the outbox is full: the client must read before it may ask for more.
  [[nodiscard]] bool may_read() const { return !outbox_.full(); }
  [[nodiscard]] bool closing() const { return close_.has_value(); }

  // From the hub.
  void deliver(const LiveEvent& event);
  // The subscription whose snapshot is to be made now, if any; it counts as under way from here.
  std::optional<Subscription> next_snapshot();
  void take(const Subscription& subscription, const Result<LiveSnapshot>& snapshot);
  // Makes room for others; called when all outboxes together are over their limit.
  void conflate() { outbox_.keep_newest_of_each_series(); }
  void tick(Duration now);
  void close(CloseFrame frame, Duration now);

  [[nodiscard]] SessionId id() const { return id_; }
  [[nodiscard]] const Outbox& outbox() const { return outbox_; }

 private:
  enum class Phase : std::uint8_t { waiting, under_way, live };
  struct Feed {
    Phase phase = Phase::waiting;
    Offset next = 0;
    Timestamp newest_start = kMinTimestamp;
    std::vector<LiveEvent> held;
    bool overrun = false;
  };
  void subscribe(const Subscription& subscription);
  void pass(Feed& feed, const LiveEvent& event);

  const SessionId id_;
  const LiveLimits& limits_;
  LiveInterest& interest_;
  Hooks hooks_;
  Outbox outbox_;
  std::map<Subscription, Feed> feeds_;
  bool snapshot_under_way_ = false;
  std::optional<CloseFrame> close_;
  bool close_sent_ = false;
  Duration close_since_{};
  Duration last_taken_{};
};

}  // namespace tapewire
