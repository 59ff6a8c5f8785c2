// SPDX-License-Identifier: Apache-2.0
// Computes bars and signals from the records of the log: one state per run, nothing else.
//
// Pure:    no clock, no I/O; "now" is the receive time of records and heartbeats. The output of a record
//          depends on the records before it alone, never on how they were batched.
// Runs:    run_begin opens a run, run_end gives out all that is open and drops it, run_abandon drops it.
//          The live run (0) is always open; its run_end starts it afresh.
// Input:   stock-prices (bars, trades; quotes pass by), news-articles (counted), heartbeat.
// Refused: too late, in the future or not decodable: a dead letter of stage "pipeline".
// Threads: one owner.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analytics/pipeline_options.h"
#include "analytics/pipeline_output.h"
#include "base/result.h"
#include "eventlog/event_log.h"

namespace tapewire {

class RunState;

class Pipeline {
 public:
  explicit Pipeline(const PipelineOptions& options);
  ~Pipeline();
  Pipeline(Pipeline&&) noexcept;
  Pipeline& operator=(Pipeline&&) noexcept;

  // Appends to `out` what the record gives; all of it belongs to the record's run.
  void apply(const RecordView& record, PipelineOutput& out);

  // Appends the whole state to `out`.
  void snapshot(std::string& out) const;
  // `corrupt` when the bytes are no snapshot of this version.
  static Result<Pipeline> restore(std::string_view bytes, const PipelineOptions& options);

  // Of an open run or one of those that ended last; nothing: zero.
  [[nodiscard]] PipelineCounters counters(RunId run) const;
  // Of all runs that ever were.
  [[nodiscard]] PipelineCounters totals() const;
  // kMinTimestamp: no event yet, or no such run.
  [[nodiscard]] Timestamp watermark(RunId run) const;
  struct RunStatus {
    RunId run = kLiveRun;
    PipelineCounters counters;
    Timestamp watermark;
  };
  [[nodiscard]] std::vector<RunStatus> open_runs() const;
  // About how many values a snapshot would hold.
  [[nodiscard]] std::uint64_t size_hint() const;

 private:
  struct OpenRun {
    RunId run;
    std::unique_ptr<RunState> state;
  };
  struct EndedRun {
    RunId run = kLiveRun;
    PipelineCounters counters;
  };

  RunState* find(RunId run) const;
  RunState& open(RunId run);
  void close(RunId run);
  void apply_price(const RecordView& record, PipelineOutput& out);
  void apply_frame(const RecordView& record, PipelineOutput& out);

  PipelineOptions options_;
  std::vector<OpenRun> runs_;  // ascending by run
  std::deque<EndedRun> ended_;  // the last ones, newest last
  PipelineCounters before_;  // of all ended runs
};

// What the second and minute bars of one New York date give together: the bars of the longer widths and the
// signals, as a run of its own would. Pure. REQUIRES: in the order of their ends.
PipelineOutput results_of_day(const std::vector<Bar>& parts, const PipelineOptions& options);

}  // namespace tapewire
