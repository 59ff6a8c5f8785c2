// SPDX-License-Identifier: Apache-2.0
// Replays recorded files: merges bars, trades, quotes and news into event-time order in bounded
// memory.
//
// Order:    (time, kind, symbol, sequence, file, row); a bar's time is its end. It does not depend
//           on the names or the order of the files, nor on how much memory there is.
// Time:     a row is received at its event time: receive times never go back. A refused row takes
//           the time of the row before it in its file.
// Position: per file, the rows given in its sorted order (files/replay_plan.h). Opened with an
//           unfinished run, it skips and counts as duplicates what that run has read.
// Memory:   `memory_bytes` for the rows being sorted, plus one batch. Where all files together may
//           exceed it, each is read once before, for its first event time, so that it is opened
//           only when due.
// Errors:   a file that changed since it was planned, or cannot be read, by name.
// Threads:  `next` by one thread; `progress` from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "sources/files/replay_plan.h"
#include "sources/files/sorted_rows.h"
#include "sources/source.h"

namespace tapewire {

struct ReplayProgress {
  std::atomic<std::uint64_t> bytes_total{0};  // of all files that are not done
  std::atomic<std::uint64_t> bytes_read{0};
  std::atomic<std::uint64_t> rows_read{0};  // loaded and sorted
  std::atomic<std::uint64_t> rows_given{0};  // handed to ingest, duplicates among them
  std::atomic<std::uint64_t> files_total{0};
  std::atomic<std::uint64_t> files_done{0};
  std::atomic<std::uint64_t> parts_per_million{0};  // of the whole work, for a progress bar
};

class RecordedFiles final : public Source {
 public:
  RecordedFiles(RecordedFilesOptions options, ReplayPlan plan, RunId run);
  ~RecordedFiles() override;

  [[nodiscard]] std::string_view name() const override { return "files"; }
  Result<SourceStep> next(EventBatch& batch, std::stop_token stop) override;
  [[nodiscard]] const ReplayProgress& progress() const { return progress_; }

  // Claims the files for the run, and lets go of the runs given up for it. It belongs into the commit that
  // begins the run: a run begun without it would be left open, and the next start would begin another.
  [[nodiscard]] std::vector<StateWrite> start_of_run() const;
  // Erases the run's entry. It belongs into the commit that ends the run: while the entry is there,
  // the same files go on with this run, even when all their rows have been read.
  [[nodiscard]] StateWrite end_of_run() const { return {run_state_key(run_), ""}; }

 private:
  struct OpenFile;
  struct Waiting {
    std::size_t file = 0;
    Timestamp not_before = kMinTimestamp;
  };
  void begin(EventBatch& batch);
  Result<bool> index_files(std::stop_token stop);
  Result<bool> open_due(EventBatch& batch, std::stop_token stop);
  Result<bool> load(OpenFile& open, std::stop_token stop);
  Status skip_known(OpenFile& open, EventBatch& batch);
  Status give_row(EventBatch& batch);
  void finish_file(std::size_t slot, EventBatch& batch);
  void write_positions(EventBatch& batch);
  void count_duplicates(FileKind kind, std::uint64_t rows, EventBatch& batch) const;
  void show_progress();
  [[nodiscard]] Timestamp time_without_rows(const PlannedFile& file) const;
  [[nodiscard]] bool later(std::size_t a, std::size_t b) const;
  [[nodiscard]] StateWrite position_of(const OpenFile& open, bool done) const;

  RecordedFilesOptions options_;
  ReplayPlan plan_;
  RunId run_;
  MemoryBudget budget_;
  std::vector<Waiting> waiting_;  // the next due last
  std::vector<std::unique_ptr<OpenFile>> open_;  // by slot; null: free
  std::vector<std::size_t> heap_;  // of slots, the earliest row first
  std::unique_ptr<OpenFile> loading_;
  std::unique_ptr<OpenFile> indexing_;
  std::size_t indexed_ = 0;
  bool begun_ = false;
  bool needs_index_ = false;
  std::vector<StateWrite> finished_;  // positions of files that ended in this batch
  double work_total_ = 0;
  double work_done_ = 0;
  ReplayProgress progress_;
};

}  // namespace tapewire
