// SPDX-License-Identifier: Apache-2.0
// The seam to the append-only log: topics of checked records, and a small state that moves with them.
//
// Atomic:  one `commit` is one transaction: records, positions and snapshot become visible and durable
//          together (fsync) before it returns, or not at all.
// Order:   per topic by offset, over all topics by sequence (the order of commits). Offsets rise but
//          need not be contiguous.
// Threads: `commit` and `trim` by one thread at a time (they queue on the log's lock);
//          the others from any thread and, on the embedded log, from other processes.
// Errors:  no_space, io, corrupt, with the topic and offset where there is one. After a failed commit
//          everything acknowledged before is intact and the same batch may be tried again.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/event_batch.h"
#include "model/record.h"

namespace tapewire {

using Offset = std::uint64_t;
using Sequence = std::uint64_t;

// A record as it lies in the log. The views are valid only during the visitor's call.
struct RecordView {
  Topic topic = Topic::stock_prices;
  RecordKind kind = RecordKind::bar;
  RunId run = kLiveRun;
  Offset offset = 0;
  Sequence sequence = 0;
  Timestamp event_time;
  Timestamp receive_time;
  Timestamp append_time;
  std::string_view key;
  std::string_view payload;
};

// Records and state writes of one commit, in one arena that is reused.
class AppendBatch {
 public:
  struct Entry {
    Topic topic;
    RecordKind kind;
    RunId run;
    Timestamp event_time;
    Timestamp receive_time;
    std::size_t key_at, key_size, payload_at, payload_size;
  };

  // `write` appends the payload to the string it is given (the arena); nothing else is copied.
  template <class Write>
  void add(Topic topic, RecordKind kind, RunId run, Timestamp event_time, Timestamp receive_time,
           std::string_view key, Write&& write) {
    Entry entry{topic, kind, run, event_time, receive_time, arena_.size(), key.size(), 0, 0};
    arena_.append(key);
    entry.payload_at = arena_.size();
    std::forward<Write>(write)(arena_);
    entry.payload_size = arena_.size() - entry.payload_at;
    entries_.push_back(entry);
  }
  // An empty value erases the key.
  void put_state(std::string key, std::string value) {
    state_.push_back({std::move(key), std::move(value)});
  }
  void clear() {
    arena_.clear();
    entries_.clear();
    state_.clear();
  }
  [[nodiscard]] bool empty() const { return entries_.empty() && state_.empty(); }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::size_t bytes() const { return arena_.size(); }
  [[nodiscard]] std::span<const Entry> entries() const { return entries_; }
  [[nodiscard]] std::span<const StateWrite> state() const { return state_; }
  [[nodiscard]] std::string_view key(const Entry& e) const {
    return std::string_view(arena_).substr(e.key_at, e.key_size);
  }
  [[nodiscard]] std::string_view payload(const Entry& e) const {
    return std::string_view(arena_).substr(e.payload_at, e.payload_size);
  }

 private:
  std::string arena_;
  std::vector<Entry> entries_;
  std::vector<StateWrite> state_;
};

struct TopicPosition {
  Topic topic = Topic::stock_prices;
  Offset offset = 0;  // the next offset to read
  friend bool operator==(const TopicPosition&, const TopicPosition&) = default;
};

struct ReadLimit {
  std::size_t records = 10'000;
  std::size_t bytes = std::size_t{4} << 20;
};

struct TopicInfo {
  Topic topic = Topic::stock_prices;
  Offset first_offset = 0;
  Offset end_offset = 0;  // the offset the next record gets
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  Timestamp newest_event_time = kMinTimestamp;  // kMinTimestamp: none yet
};

// A record goes when it is older than `append_time_before` OR the topic is over `bytes_max`, and its
// offset is below `keep_from`.
struct Retention {
  Topic topic = Topic::stock_prices;
  Timestamp append_time_before = kMinTimestamp;  // older records may go
  std::uint64_t bytes_max = UINT64_MAX;  // more than this may go, oldest first
  Offset keep_from = UINT64_MAX;  // never trim this offset or later (a consumer is there)
};

class EventLog {
 public:
  // Called for each record in order; false stops the read after this record.
  using Visitor = std::function<bool(const RecordView&)>;

  virtual ~EventLog() = default;
  // Returns the sequence after the last record of the batch.
  virtual Result<Sequence> commit(const AppendBatch& batch) = 0;
  // Reads all the named topics from one consistent snapshot, merged by sequence; advances `from`
  // past what the visitor was given. Returns how many records it was given (0: at the end).
  virtual Result<std::size_t> read(std::span<TopicPosition> from, ReadLimit limit,
                                   const Visitor& visit) = 0;
  // All state entries whose key begins with `prefix`, ordered by key.
  virtual Result<std::vector<StateWrite>> state(std::string_view prefix) = 0;
  virtual Result<std::vector<TopicInfo>> topics() = 0;
  // Removes the oldest records that the retention lets go; returns how many.
  virtual Result<std::uint64_t> trim(const Retention& retention) = 0;
};

}  // namespace tapewire
