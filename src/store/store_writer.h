// SPDX-License-Identifier: Apache-2.0
// Writes batches and finishes days: the only one that changes the tables.
//
// Atomic:  a batch is one transaction with the offsets it brings; one whose offsets the store has
//          passed is skipped whole. A finished span of days is one transaction too.
// Memory:  finishing sorts `kSliceRows` rows at a time.
// Threads: one at a time; the caller locks.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "model/calendar.h"
#include "store/key_marks.h"
#include "store/shared_days.h"
#include "store/store.h"
#include "store/symbol_stats.h"

namespace tapewire {

class StoreWriter {
 public:
  struct Keep {
    bool trades = false;
    bool quotes = false;
  };
  // Rows of one sort, and of the days finished in one transaction (never less than a day).
  static constexpr std::int64_t kSliceRows = 1'000'000;
  static constexpr std::int64_t kSpanRows = 8'000'000;

  // REQUIRES: `stats` outlives this.
  StoreWriter(DuckConnection connection, SymbolStats& stats, Keep keep, DayRecompute recompute)
      : connection_(std::move(connection)),
        stats_(stats),
        keep_(keep),
        recompute_(std::move(recompute)),
        marks_(connection_),
        shared_(connection_, marks_) {}
  StoreWriter(const StoreWriter&) = delete;
  StoreWriter& operator=(const StoreWriter&) = delete;

  Status apply(const StoreBatch& batch);
  Status finish_days(Timestamp before);
  Status checkpoint();
  Result<std::vector<StoreOffset>> offsets();

 private:
  struct Span {
    Timestamp from, to;
  };
  Status load_offsets();
  Result<bool> is_ahead(const StoreBatch& batch);
  Status write(const StoreBatch& batch);
  Status write_offsets(const StoreBatch& batch);
  // The next days to finish: whole days, together with the finished spans they touch.
  Result<std::optional<Span>> next_span(std::size_t series, Timestamp before);
  Status finish_span(std::size_t series, Span span);
  Result<std::vector<std::string>> slice_bounds(const std::string& rows);

  DuckConnection connection_;
  SymbolStats& stats_;
  Keep keep_;
  DayRecompute recompute_;
  KeyMarks marks_;
  SharedDays shared_;
  bool offsets_loaded_ = false;
  std::map<std::string, std::uint64_t> offsets_;
};

}  // namespace tapewire
