// SPDX-License-Identifier: Apache-2.0
// Says how long the pipeline waits for events and how late they may be.
#pragma once

#include <optional>

#include "base/time.h"

namespace tapewire {

struct PipelineOptions {
  // How far the watermark trails the newest event.
  Duration max_out_of_orderness = seconds(2);
  // Silence after which heartbeats move the watermark.
  Duration idle_after = seconds(1);
  // How long after its end a window of trades, or a second bar, is revised.
  Duration trade_allowed_lateness = minutes(2);
  // The same of vendor bars of a minute and longer; absent: until the end of their New York date.
  std::optional<Duration> vendor_allowed_lateness;
  // An event later than its receive time by more than this is refused.
  Duration future_tolerance = seconds(5);
};

}  // namespace tapewire
