// SPDX-License-Identifier: Apache-2.0
// Validates events, appends them to the log in group commits, and keeps the account.
//
// Durable: an event counts as appended once the commit that holds it has returned (fsync); the source's
//          position goes into the same transaction.
// Refused: what fails validation becomes a dead letter in the same transaction.
// Order:   receive times never go backwards within a run; a heartbeat record precedes the first event
//          of every second when `heartbeats_from_events` is set (replay and simulation).
// Errors:  those of EventLog::commit; the pending batch is kept, so `commit` may be called again.
// Threads: one thread; `account()` from any.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "eventlog/event_log.h"
#include "ingest/account.h"
#include "model/event_batch.h"
#include "model/validate.h"

namespace tapewire {

struct IngestOptions {
  RunId run = kLiveRun;
  // Replay: every event is checked against this instant. kMinTimestamp: against its receive time.
  Timestamp now = kMinTimestamp;
  bool heartbeats_from_events = false;
  std::size_t group_records = 5'000;
  std::size_t group_bytes = std::size_t{4} << 20;
  Duration group_wait = milliseconds(5);
};

class Ingest {
 public:
  Ingest(EventLog& log, IngestOptions options);

  // Reads the totals that earlier runs committed.
  Status recover();
  // Adds to the pending group; commits when it is full.
  Status accept(const EventBatch& batch);
  // Counts events that a full queue dropped.
  void count_dropped(std::uint64_t prices, std::uint64_t news);
  // Frames of a run, and the live 1 Hz heartbeat; pending until the next commit.
  void begin_run(std::string_view description, Timestamp now);
  void end_run(RunId run, Timestamp now);
  void heartbeat(Timestamp now, std::string_view market);
  void put_state(std::string key, std::string value) {
    pending_.put_state(std::move(key), std::move(value));
  }

  [[nodiscard]] bool pending() const { return !pending_.empty(); }
  // How long the group may still wait; zero or less: commit now.
  [[nodiscard]] Duration due_in(Duration monotonic) const;
  Status commit();

  // What this object has committed; and all of it since the log began.
  [[nodiscard]] Account account() const;
  [[nodiscard]] Account total() const;
  [[nodiscard]] Timestamp newest_receive_time() const { return newest_receive_; }

 private:
  void accept_event(const EventBatch& batch, const EventBatch::Ref& ref);
  template <class T>
  void append(Topic topic, RecordKind kind, const T& value, Timestamp event_time,
              Timestamp receive_time, std::string_view key);
  template <class T>
  void refuse(Topic topic, const T& value, const Fault& fault, std::string_view source,
              Timestamp receive_time, std::string_view key);
  void dead_letter(const DeadLetter& letter, Timestamp receive_time);
  Timestamp stamp(Timestamp receive_time);

  EventLog& log_;
  IngestOptions options_;
  ValidationLimits limits_;
  AppendBatch pending_;
  Duration first_pending_{0};
  Timestamp newest_receive_ = kMinTimestamp;
  Timestamp last_heartbeat_ = kMinTimestamp;
  Account uncommitted_;  // since the last commit
  mutable std::mutex mutex_;
  Account committed_;
  Account before_;  // totals when this object recovered
};

}  // namespace tapewire
