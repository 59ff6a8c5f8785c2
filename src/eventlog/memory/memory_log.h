// SPDX-License-Identifier: Apache-2.0
// Keeps an event log in memory: the twin of the embedded log for tests.
//
// Observable behaviour, limits and messages are those of EmbeddedLog; nothing survives the object.
// Threads: as the seam; the visitor of `read` must not call the log.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <shared_mutex>
#include <string>

#include "base/time.h"
#include "eventlog/event_log.h"

namespace tapewire {

class MemoryLog final : public EventLog {
 public:
  // `clock` gives append times and must outlive the log; without one the wall clock does.
  explicit MemoryLog(const Clock* clock = nullptr);

  Result<Sequence> commit(const AppendBatch& batch) override;
  Result<std::size_t> read(std::span<TopicPosition> from, ReadLimit limit,
                           const Visitor& visit) override;
  Result<std::vector<StateWrite>> state(std::string_view prefix) override;
  Result<std::vector<TopicInfo>> topics() override;
  Result<std::uint64_t> trim(const Retention& retention) override;

 private:
  struct Shelf {
    TopicInfo info;
    std::deque<std::string> records;  // encoded; the first has info.first_offset
  };
  class Cursor;

  const Clock& clock_;
  mutable std::shared_mutex mutex_;
  std::array<Shelf, kTopics.size()> shelves_;
  std::map<std::string, std::string, std::less<>> state_;
  Sequence next_sequence_ = 0;
};

}  // namespace tapewire
