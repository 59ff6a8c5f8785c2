// SPDX-License-Identifier: Apache-2.0
#include "server/live_hub.h"

namespace tapewire {
namespace {

constexpr std::size_t kRecentWindows = 32;
constexpr std::size_t kRecentSeries = 4096;

}  // namespace

LiveHub::LiveHub(LiveLimits limits, LiveInterest& interest, StartSnapshot start_snapshot)
    : limits_(limits), interest_(interest), start_snapshot_(std::move(start_snapshot)) {}

std::shared_ptr<LiveSession> LiveHub::open(LiveSession::Hooks hooks) {
  if (sessions_.size() >= limits_.clients) return nullptr;
  const SessionId id = ++last_id_;
  auto session = std::make_shared<LiveSession>(id, limits_, interest_, std::move(hooks));
  sessions_.emplace(id, session);
  return session;
}

void LiveHub::close(const LiveSession& session) {
  merged_before_ += session.outbox().dropped();
  sessions_.erase(session.id());
}

void LiveHub::receive(LiveSession& session, std::string_view message, Duration now) {
  session.receive(message, now);
  start_snapshots(session);
}

std::optional<Outgoing> LiveHub::next(LiveSession& session, Duration now) {
  auto outgoing = session.next(now);
  start_snapshots(session);
  return outgoing;
}

bool LiveHub::outranked(const LiveEvent& event) {
  if (event.to.channel != Channel::bars || event.provisional) return false;
  if (recent_origins_.size() > kRecentSeries) recent_origins_.clear();
  auto& windows = recent_origins_[event.to];
  const auto [at, fresh] = windows.try_emplace(event.time, event.origin);
  if (!fresh && event.origin < at->second) return true;
  at->second = event.origin;
  if (windows.size() > kRecentWindows) windows.erase(windows.begin());
  return false;
}

void LiveHub::deliver(std::span<const LiveEvent> events) {
  events_ += events.size();
  for (const LiveEvent& event : events) {
    if (outranked(event)) continue;
    for (const auto& [id, session] : sessions_) session->deliver(event);
  }
  if (totals().outbox_bytes <= limits_.total_bytes) return;
  const std::size_t share = limits_.total_bytes / limits_.clients;
  for (const auto& [id, session] : sessions_) {
    if (session->outbox().bytes() > share) session->conflate();
  }
}

void LiveHub::start_snapshots(LiveSession& session) {
  while (const auto subscription = session.next_snapshot()) {
    if (start_snapshot_(session.id(), *subscription)) continue;
    session.take(*subscription, fail(ErrorCode::in_use, "busy", true));
    return;
  }
}

void LiveHub::take(SessionId id, const Subscription& subscription,
                   const Result<LiveSnapshot>& snapshot) {
  const auto at = sessions_.find(id);
  if (at == sessions_.end()) return;
  at->second->take(subscription, snapshot);
  // After a failure the next tick tries again, so that a busy store is not asked in a loop.
  if (snapshot) start_snapshots(*at->second);
}

void LiveHub::tick(Duration now) {
  for (const auto& [id, session] : sessions_) {
    const bool was_closing = session->closing();
    session->tick(now);
    if (!was_closing && session->closing()) ++dropped_clients_;
    start_snapshots(*session);
  }
}

void LiveHub::close_all(const CloseFrame& frame, Duration now) {
  for (const auto& [id, session] : sessions_) session->close(frame, now);
}

LiveTotals LiveHub::totals() const {
  LiveTotals out;
  out.clients = sessions_.size();
  out.events = events_;
  out.merged = merged_before_;
  out.dropped_clients = dropped_clients_;
  for (const auto& [id, session] : sessions_) {
    out.outbox_bytes += session->outbox().bytes();
    out.merged += session->outbox().dropped();
  }
  return out;
}

}  // namespace tapewire
