// SPDX-License-Identifier: Apache-2.0
// Knows, without asking the store, that a row's key is new: it lies after every row of its series, day
// and symbol. Only the others need a look at the tables.
//
// Memory:  one mark per symbol for each of the newest days in use, `kDaysKept` per series between batches.
// Errors:  of the query that loads a day; after a failed transaction call `forget`.
// Threads: the writer's.
#pragma once

#include <array>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "model/symbol.h"
#include "store/duck.h"
#include "store/schema.h"

namespace tapewire {

class KeyMarks {
 public:
  static constexpr std::size_t kDaysKept = 16;
  explicit KeyMarks(DuckConnection& connection) : connection_(connection) {}
  struct Taken {
    bool is_new;  // no row of the key exists
    bool had_rows;  // of this series, symbol and day
  };
  // The key counts as existing from then on.
  Result<Taken> take(std::size_t series, const Symbol& symbol, Timestamp time);
  // Whether there are rows of the symbol and day in any series but this one.
  Result<bool> had_rows_elsewhere(std::size_t series, const Symbol& symbol, Timestamp time);
  // REQUIRES: what was taken lies in the tables, committed or not.
  void trim();
  void forget();

 private:
  struct Day {
    Timestamp from, to;  // midnights of New York
    std::uint64_t used = 0;
    std::vector<std::int64_t> marks;  // by symbol number
  };
  struct Series {
    bool known = false;
    std::int64_t newest = INT64_MIN;
    std::size_t last = 0;  // the day of the row before
    std::vector<Day> days;
  };
  Result<Day*> day_of(std::size_t series, Timestamp time);
  Status load(std::size_t series, Day& day);
  std::uint32_t number_of(const Symbol& symbol);

  DuckConnection& connection_;
  std::array<Series, kSeriesCount> series_;
  boost::unordered_flat_map<Symbol, std::uint32_t> numbers_;
  std::uint64_t clock_ = 0;
};

}  // namespace tapewire
