// SPDX-License-Identifier: Apache-2.0
// The seam to whatever brings events in: recorded files, the simulated market, a vendor's feed.
//
// Positions: every batch carries the source's position after it; ingest commits it with the records, and
//            a source is opened with the positions of before, so nothing is repeated or skipped.
// Threads:   `next` is called by one thread of the source's own.
#pragma once

#include <functional>
#include <stop_token>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/event_batch.h"

namespace tapewire {

// Reads the log's state entries under a prefix (EventLog::state).
using ReadState = std::function<Result<std::vector<StateWrite>>(std::string_view prefix)>;

enum class SourceStep {
  more,  // the batch holds something; call again
  idle,  // nothing now; call again later (the source has already waited a little)
  finished,  // nothing will ever come again
};

class Source {
 public:
  virtual ~Source() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  // Fills `batch` (given empty). Returns soon after `stop` is requested.
  virtual Result<SourceStep> next(EventBatch& batch, std::stop_token stop) = 0;
};

}  // namespace tapewire
