// SPDX-License-Identifier: Apache-2.0
// The vocabulary of the event log's contract tests, over each kind of log.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "eventlog/embedded/embedded_log.h"
#include "eventlog/event_log.h"
#include "eventlog/memory/memory_log.h"

namespace tapewire {

// A directory that is gone after the test.
class ScratchDir {
 public:
  ScratchDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tapewire_log_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~ScratchDir() { std::filesystem::remove_all(path_); }
  ScratchDir(const ScratchDir&) = delete;
  ScratchDir& operator=(const ScratchDir&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// What a record was, with its bytes copied.
struct KeptRecord {
  Topic topic;
  RecordKind kind;
  RunId run;
  Offset offset;
  Sequence sequence;
  std::int64_t event_time, receive_time, append_time;
  std::string key, payload;
  friend bool operator==(const KeptRecord&, const KeptRecord&) = default;
};

inline KeptRecord keep(const RecordView& r) {
  return {r.topic,
          r.kind,
          r.run,
          r.offset,
          r.sequence,
          r.event_time.ns,
          r.receive_time.ns,
          r.append_time.ns,
          std::string(r.key),
          std::string(r.payload)};
}

inline void add(AppendBatch& batch, Topic topic, std::string_view key, std::string_view payload,
                std::int64_t event_time = 0) {
  batch.add(topic, RecordKind::bar, kLiveRun, {event_time}, {event_time + 5}, key,
            [&](std::string& out) { out.append(payload); });
}

// Everything in the named topics from the positions on, in calls of at most `limit`.
inline std::vector<KeptRecord> read_all(EventLog& log, std::vector<TopicPosition> from,
                                        ReadLimit limit = {}) {
  std::vector<KeptRecord> out;
  while (true) {
    const auto given = log.read(from, limit, [&](const RecordView& record) {
      out.push_back(keep(record));
      return true;
    });
    EXPECT_TRUE(given) << given.error().message;
    if (!given || *given == 0) return out;
  }
}

inline std::vector<TopicPosition> all_topics() {
  std::vector<TopicPosition> out;
  for (const Topic topic : kTopics) out.push_back({topic, 0});
  return out;
}

inline TopicInfo info_of(EventLog& log, Topic topic) {
  const auto infos = log.topics();
  EXPECT_TRUE(infos) << infos.error().message;
  for (const TopicInfo& info : *infos) {
    if (info.topic == topic) return info;
  }
  ADD_FAILURE() << "no such topic";
  return {};
}

// Makes logs of one kind; `reopen` closes and opens where the kind can.
struct MemoryKind {
  static constexpr bool kDurable = false;
  explicit MemoryKind(const Clock& clock) : log(std::make_unique<MemoryLog>(&clock)) {}
  void reopen() {}
  std::unique_ptr<EventLog> log;
};

struct EmbeddedKind {
  static constexpr bool kDurable = true;
  explicit EmbeddedKind(const Clock& clock) {
    options.clock = &clock;
    options.sync = false;  // durability has tests of its own (tests/faults)
    reopen();
  }
  void reopen() {
    log.reset();
    auto opened = EmbeddedLog::open(dir.path() / "log", options);
    ASSERT_TRUE(opened) << opened.error().message;
    log = std::move(*opened);
  }
  ScratchDir dir;
  EmbeddedLogOptions options;
  std::unique_ptr<EventLog> log;
};

// The map starts with 64 KiB and grows by as much, so that growth is everywhere.
struct TinyMapKind : EmbeddedKind {
  explicit TinyMapKind(const Clock& clock) : EmbeddedKind(clock) {
    options.map_size_initial = std::size_t{64} << 10;
    options.map_growth = std::size_t{64} << 10;
    options.sync = false;
    std::filesystem::remove_all(dir.path() / "log");
    reopen();
  }
};

template <class Kind>
class EventLogContract : public testing::Test {
 protected:
  ManualClock clock_{Timestamp{1'000}};
  Kind kind_{clock_};
  EventLog& log() { return *kind_.log; }

  Sequence commit(const AppendBatch& batch) {
    const auto end = log().commit(batch);
    EXPECT_TRUE(end) << end.error().message;
    return end ? *end : 0;
  }
  // Commits records named <prefix>0 .. <prefix>n-1.
  Sequence commit_numbered(Topic topic, int n, std::string_view prefix = "r") {
    AppendBatch batch;
    for (int i = 0; i < n; ++i) {
      add(batch, topic, "K", std::string(prefix) + std::to_string(i), i);
    }
    return commit(batch);
  }
};

}  // namespace tapewire
