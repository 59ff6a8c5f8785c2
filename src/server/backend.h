// SPDX-License-Identifier: Apache-2.0
// Names what the routes answer from.
//
// Threads: everything here is called from worker threads, several at once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/time.h"
#include "eventlog/event_log.h"
#include "store/store.h"

namespace tapewire {

struct ConsumerPosition {
  std::string consumer;  // "pipeline", "store"
  std::string topic;
  Offset offset = 0;     // the next offset it reads
};

// What only the whole program knows. An empty function has nothing to say.
struct ServerCallbacks {
  std::function<std::string()> status;   // the JSON object of /api/v1/health
  std::function<std::string()> metrics;  // Prometheus text, appended to the server's own
  std::function<bool()> ready;           // empty: always
  std::function<std::vector<ConsumerPosition>()> consumers;
  // Returns when records may have been appended or after the given time; empty: the log is polled.
  std::function<void(Duration)> wait_for_records;
};

struct Backend {
  Store& store;
  EventLog& log;
  const ServerCallbacks& callbacks;
  std::function<std::string()> server_metrics;
  SqlLimits sql_limits;
  std::uint64_t response_bytes_max = std::uint64_t{64} << 20;
};

}  // namespace tapewire
