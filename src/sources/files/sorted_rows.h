// SPDX-License-Identifier: Apache-2.0
// Sorts the rows of one file by event time in bounded memory, and gives them one after the other.
//
// Order:  (time, kind, symbol, sequence), equal rows in the file's order; the same however often it
//         spills.
// Memory: at most what the shared budget has left; past that, sorted runs go to a temporary file
//         that is unlinked at once, and are merged from there.
// Errors: the temporary file cannot be written: `no_space` or `io`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/result.h"
#include "sources/files/row_run.h"

namespace tapewire {

// What all files being sorted may hold together. A file always gets a share of 1/16, so that it can
// go on.
struct MemoryBudget {
  std::size_t limit = 256 << 20;
  std::size_t used = 0;
};

class SortedRows {
 public:
  SortedRows(MemoryBudget& budget, std::filesystem::path temp_dir);
  ~SortedRows();
  SortedRows(const SortedRows&) = delete;
  SortedRows& operator=(const SortedRows&) = delete;

  // Takes the rows of `batch` in.
  Status add(const RowBatch& batch);
  // No more rows: goes to the first.
  Status finish();

  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  [[nodiscard]] std::size_t spilled_runs() const;

  // REQUIRES: finished.
  [[nodiscard]] bool at_end() const { return given_ == rows_; }
  // REQUIRES: not at the end.
  [[nodiscard]] const RowOrder& head() const { return head_; }
  // Adds the row at hand to `out` and goes to the next.
  Status take(Timestamp receive_time, EventBatch& out);
  Status skip();

 private:
  struct SpillFile;
  struct Cursor;
  Status spill();
  Status load_head();
  Status advance();
  void account();
  [[nodiscard]] std::size_t share() const;
  [[nodiscard]] bool later(std::size_t a, std::size_t b) const;

  MemoryBudget& budget_;
  std::filesystem::path temp_dir_;
  std::unique_ptr<RowRun> run_;
  std::size_t accounted_ = 0;
  std::unique_ptr<SpillFile> file_;
  std::vector<Cursor> cursors_;
  std::vector<std::size_t> heap_;  // of cursors, the earliest first
  std::uint64_t rows_ = 0;
  std::uint64_t given_ = 0;
  RowOrder head_;
};

}  // namespace tapewire
