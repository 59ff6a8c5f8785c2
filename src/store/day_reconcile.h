// SPDX-License-Identifier: Apache-2.0
// Computes the rollups and signals of a symbol's day again where several runs have bars of it: each run knows
// its own bars only, the store has them all.
//
// Windows: a longer bar that has no row yet is not finished and gets none; the run that is at it will bring it.
// Order:   within the transaction, after all rows of the batch.
// Threads: the writer's.
#pragma once

#include <map>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "model/symbol.h"
#include "store/store.h"

namespace tapewire {

struct WriteContext;

// The days to compute again, and the rows of single runs that were not taken over.
class DaysAgain {
 public:
  void touch(const Symbol& symbol, Timestamp time);
  void defer(const Bar& bar) { bars_.push_back(bar); }
  void defer(const SignalSet& signals) { signals_.push_back(signals); }
  [[nodiscard]] bool empty() const { return days_.empty(); }

  using Day = boost::unordered_flat_set<Symbol>;
  [[nodiscard]] const std::map<std::int64_t, Day>& days() const {
    return days_;
  }  // by midnight, ns
  [[nodiscard]] const std::vector<Bar>& bars() const { return bars_; }
  [[nodiscard]] const std::vector<SignalSet>& signals() const { return signals_; }

 private:
  std::map<std::int64_t, Day> days_;
  Day* last_ = nullptr;
  Timestamp last_from_ = kMaxTimestamp, last_to_ = kMinTimestamp;
  std::vector<Bar> bars_;
  std::vector<SignalSet> signals_;
};

// `written` is shown every bar that the tables hold now and did not before.
Status reconcile_days(WriteContext& context, const DayRecompute& recompute,
                      const std::function<void(const Bar&)>& written);

}  // namespace tapewire
