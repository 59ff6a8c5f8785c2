// SPDX-License-Identifier: Apache-2.0
// Drives the pipeline over the event log: reads its input, commits its output, recovers.
//
// Atomic:   one commit holds the derived records, the input positions they came from and, now and then, a
//           snapshot. Killed at any instant, the next `recover` goes on as if nothing had happened.
// Recovery: newest snapshot, then the records up to the committed positions again, whose output is known to
//           be in the log and is dropped; then `step` goes on.
// Snapshot: after `records_per_snapshot` records at the latest, earlier when the state is small.
// Threads:  `recover` and `step` by one thread; the readings from any.
// Errors:   those of EventLog; after one, the next `step` recovers first.
#pragma once

#include <array>
#include <map>
#include <mutex>
#include <string>

#include "analytics/pipeline.h"
#include "base/result.h"
#include "eventlog/event_log.h"

namespace tapewire {

struct PipelineStageLimits {
  std::size_t records_per_commit = 20'000;
  std::size_t bytes_per_commit = std::size_t{16} << 20;
  std::uint64_t records_per_snapshot = 1'500'000;  // what a restart has to apply again
  std::size_t snapshot_chunk_bytes = std::size_t{1} << 20;
};

class PipelineStage {
 public:
  // The log outlives the stage.
  PipelineStage(EventLog& log, const PipelineOptions& options, PipelineStageLimits limits = {});

  Status recover();
  // Applies the next records and commits; returns how many there were, 0 at the end of the log.
  Result<std::size_t> step();

  // The next offset of `topic` that is not yet applied and committed.
  [[nodiscard]] Offset position(Topic topic) const;
  // The earliest offset of `topic` that a restart would read.
  [[nodiscard]] Offset needed_from(Topic topic) const;
  [[nodiscard]] PipelineCounters counters() const;  // of all runs
  [[nodiscard]] PipelineCounters counters(RunId run) const;
  [[nodiscard]] Timestamp watermark(RunId run) const;  // kMinTimestamp: none

 private:
  static constexpr std::array kInputs{Topic::stock_prices, Topic::news_articles, Topic::heartbeat};
  using Positions = std::array<TopicPosition, kInputs.size()>;

  static Positions at_the_beginning();
  Result<Positions> committed_positions();
  Status restore_snapshot();
  Status catch_up(const Positions& committed);
  void append_outputs(const RecordView& record, const PipelineOutput& output);
  bool snapshot_is_due() const;
  void append_snapshot();
  void publish();

  EventLog& log_;
  PipelineOptions options_;
  PipelineStageLimits limits_;
  Pipeline pipeline_;
  Positions positions_;
  Positions snapshot_positions_;
  std::uint64_t snapshot_number_ = 0;  // 0: none yet
  std::size_t snapshot_chunks_ = 0;
  std::uint64_t since_snapshot_ = 0;  // records applied
  bool recovered_ = false;  // the state is that of positions_
  AppendBatch batch_;
  PipelineOutput output_;
  std::string snapshot_bytes_;

  mutable std::mutex mutex_;  // guards what follows
  Positions published_positions_;
  Positions published_needed_;
  PipelineCounters published_totals_;
  std::map<RunId, Pipeline::RunStatus> published_runs_;
};

}  // namespace tapewire
