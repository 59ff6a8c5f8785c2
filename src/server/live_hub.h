// SPDX-License-Identifier: Apache-2.0
// Routes live events to the clients that subscribed, within the memory of all of them together.
//
// Threads: io thread; snapshots are made elsewhere and come back through `take`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>

#include "server/live_session.h"

namespace tapewire {

struct LiveTotals {
  std::size_t clients = 0;
  std::size_t outbox_bytes = 0;
  std::uint64_t events = 0;        // delivered to the hub
  std::uint64_t merged = 0;        // updates that slow clients did not get one by one
  std::uint64_t dropped_clients = 0;
};

class LiveHub {
 public:
  // Starts making a snapshot; false: not now (asked again at the next tick).
  using StartSnapshot = std::function<bool(SessionId, const Subscription&)>;

  LiveHub(LiveLimits limits, LiveInterest& interest, StartSnapshot start_snapshot);

  // nullptr: there are too many clients.
  std::shared_ptr<LiveSession> open(LiveSession::Hooks hooks);
  void close(const LiveSession& session);

  void receive(LiveSession& session, std::string_view message, Duration now);
  std::optional<Outgoing> next(LiveSession& session, Duration now);
  void deliver(std::span<const LiveEvent> events);
  void take(SessionId id, const Subscription& subscription, const Result<LiveSnapshot>& snapshot);
  void tick(Duration now);
  void close_all(const CloseFrame& frame, Duration now);

  [[nodiscard]] LiveTotals totals() const;
  [[nodiscard]] const LiveLimits& limits() const { return limits_; }

 private:
  // Where several origins describe one bar, a lesser one that comes later changes nothing.
  bool outranked(const LiveEvent& event);
  void start_snapshots(LiveSession& session);

  const LiveLimits limits_;
  LiveInterest& interest_;
  StartSnapshot start_snapshot_;
  SessionId last_id_ = 0;
  std::unordered_map<SessionId, std::shared_ptr<LiveSession>> sessions_;
  std::map<Subscription, std::map<Timestamp, Origin>> recent_origins_;
  std::uint64_t events_ = 0;
  std::uint64_t merged_before_ = 0;  // by clients that are gone
  std::uint64_t dropped_clients_ = 0;
};

}  // namespace tapewire
