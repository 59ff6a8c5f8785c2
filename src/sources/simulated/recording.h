// SPDX-License-Identifier: Apache-2.0
// Writes the simulated market into files of the vendors' layouts, and the truth beside them.
//
// Files:  OUT/minute_aggs_v1/YYYY/MM/YYYY-MM-DD.csv.gz, OUT/trades_v1/..., OUT/news/YYYY-MM.ndjson,
//         OUT/truth.json. The same options give the same bytes.
// Errors: io, no_space; already_exists when OUT holds something else.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "base/result.h"
#include "sources/simulated/market.h"

namespace tapewire {

struct RecordingOptions {
  simulated::MarketOptions market;
  std::size_t days = 1;
  bool trades = false;
};

struct RecordingCounts {
  std::uint64_t bars = 0, trades = 0, stories = 0, effects = 0;
};

// `progress(days done, bars so far)`; false stops with `cancelled`.
Result<RecordingCounts> write_recording(
    const std::filesystem::path& out, const RecordingOptions& options,
    const std::function<bool(std::size_t, std::uint64_t)>& progress);

}  // namespace tapewire
