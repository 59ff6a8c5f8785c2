// SPDX-License-Identifier: Apache-2.0
// Runs one signal definition through a real pipeline, one symbol's closes at given times.
#pragma once

#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "analytics/run_state.h"
#include "model/calendar.h"

namespace tapewire {

struct Close {
  int window = 0;  // windows of the signal's bar width after the open of 2019-02-13
  double price = 0;
};

// The signal's values by window.
inline std::map<int, double> signal_values(const SignalDefinition& signal,
                                           const std::vector<Close>& closes) {
  const Timestamp open = calendar().hours(*parse_trading_date("2019-02-13"))->open;
  const Duration width = span_of(signal.on);
  RunState run({}, {&signal, 1});
  PipelineOutput out;
  for (const Close& close : closes) {
    Bar bar;
    bar.symbol = Symbol("AAPL");
    bar.width = signal.on;
    bar.start = open + width * close.window;
    bar.end = bar.start + width;
    bar.open = bar.high = bar.low = bar.close = Price{static_cast<std::int64_t>(close.price * 1e9)};
    EXPECT_EQ(run.apply(bar, bar.end, out), Outcome::applied);
  }
  run.flush(out);
  std::map<int, double> values;
  for (const SignalSet& set : out.signals) {
    for (std::size_t kind = 0; kind < kSignalKinds; ++kind) {
      if (!set.values[kind]) continue;
      EXPECT_EQ(kind, static_cast<std::size_t>(signal.kind));
      values[static_cast<int>((set.time - open).ns / width.ns) - 1] = *set.values[kind];
    }
  }
  return values;
}

using SignalValueMap = std::map<int, double>;

}  // namespace tapewire
