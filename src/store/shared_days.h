// SPDX-License-Identifier: Apache-2.0
// Knows for which symbols a New York date holds rows of more than one run.
//
// Kept:    of each date the run that wrote to it first; beyond that only symbols that other runs wrote, so
//          that a store filled by one run at a time keeps one row per date.
// Errors:  of the query that loads a date; after a failed transaction call `forget`.
// Threads: the writer's.
#pragma once

#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "model/record.h"
#include "model/symbol.h"
#include "store/duck.h"
#include "store/key_marks.h"

namespace tapewire {

class SharedDays {
 public:
  static constexpr std::size_t kDaysKept = 16;
  SharedDays(DuckConnection& connection, KeyMarks& marks)
      : connection_(connection), marks_(marks) {}
  // Notes that `run` writes a row of the symbol at `time`; true when other runs have rows of that date too.
  // `had_rows`: there are rows of the series, symbol and date already.
  Result<bool> touch(std::size_t series, const Symbol& symbol, Timestamp time, RunId run,
                     bool had_rows);
  // Writes what was noted, within the transaction.
  Status write();
  void trim();
  void forget();

 private:
  struct Owner {
    RunId run = 0;
    bool shared = false;
    bool changed = false;
  };
  struct Day {
    Timestamp from, to;  // midnights of New York
    std::uint64_t used = 0;
    bool known = false;  // `first` is set
    bool changed = false;
    RunId first = 0;
    boost::unordered_flat_map<Symbol, Owner> others;
  };
  Result<Day*> day_of(Timestamp time);
  Status load(Day& day);

  DuckConnection& connection_;
  KeyMarks& marks_;
  std::vector<Day> days_;
  std::size_t last_ = 0;
  std::uint64_t clock_ = 0;
};

}  // namespace tapewire
