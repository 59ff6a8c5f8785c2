// SPDX-License-Identifier: Apache-2.0
// Passes everything on to a log and wakes the consumers of this process after every commit.
#pragma once

#include "eventlog/append_signal.h"
#include "eventlog/event_log.h"

namespace tapewire {

class SignallingLog final : public EventLog {
 public:
  SignallingLog(EventLog& log, AppendSignal& signal) : log_(log), signal_(signal) {}

  Result<Sequence> commit(const AppendBatch& batch) override {
    auto end = log_.commit(batch);
    if (end) signal_.publish(*end);
    return end;
  }
  Result<std::size_t> read(std::span<TopicPosition> from, ReadLimit limit,
                           const Visitor& visit) override {
    return log_.read(from, limit, visit);
  }
  Result<std::vector<StateWrite>> state(std::string_view prefix) override {
    return log_.state(prefix);
  }
  Result<std::vector<TopicInfo>> topics() override { return log_.topics(); }
  Result<std::uint64_t> trim(const Retention& retention) override { return log_.trim(retention); }

 private:
  EventLog& log_;
  AppendSignal& signal_;
};

}  // namespace tapewire
