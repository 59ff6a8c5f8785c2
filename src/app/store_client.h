// SPDX-License-Identifier: Apache-2.0
// Asks the store from the command line: the running program over HTTP when there is one, else the file itself.
//
// Why: DuckDB lets one process write, and no other read meanwhile.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "app/data_directory.h"
#include "base/result.h"
#include "eventlog/event_log.h"

namespace tapewire {

struct ConsumerOffset {
  std::string consumer;
  std::string topic;
  Offset offset = 0;
};

// Of the pipeline from the log, of the store from the store.
Result<std::vector<ConsumerOffset>> consumer_offsets(EventLog& log, const DataPaths& paths);

// Runs read-only SQL and hands the result to `sink` piece by piece.
Status query_store(const Config& config, std::string_view sql, SqlFormat format,
                   const Store::Sink& sink);

}  // namespace tapewire
