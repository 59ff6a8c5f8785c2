// SPDX-License-Identifier: Apache-2.0
// Makes what a subscriber gets first: the newest rows of the store and what the log holds beyond them.
//
// No gap:  the store may lag behind the log; its offset is read first, then its rows, then the log
//          from that offset to its end. `next` is the log's offset after all of it: increments at or
//          after `next` continue the snapshot, those before are in it.
// Errors:  retryable `in_use` when the store is more than kBridgeRecordsMax records behind.
// Threads: any (worker threads).
#pragma once

#include "base/result.h"
#include "eventlog/event_log.h"
#include "server/live_values.h"
#include "store/store.h"

namespace tapewire {

inline constexpr std::size_t kSnapshotBars = 500;
inline constexpr std::size_t kSnapshotSignals = 500;
inline constexpr std::size_t kSnapshotNews = 50;
inline constexpr std::size_t kBridgeRecordsMax = 2'000'000;

struct LiveSnapshot {
  FrameText text;
  Offset next = 0;  // of the channel's topic
  Timestamp newest_start = kMinTimestamp;  // bars: start of the newest one
};

// REQUIRES: a channel with a snapshot (not status).
Result<LiveSnapshot> take_snapshot(Store& store, EventLog& log, const Subscription& subscription);

}  // namespace tapewire
