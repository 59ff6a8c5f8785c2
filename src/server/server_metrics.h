// SPDX-License-Identifier: Apache-2.0
// Counts what the server does, for /metrics.
//
// Threads: any.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/time.h"
#include "server/live_hub.h"

namespace tapewire {

class ServerMetrics {
 public:
  ServerMetrics();
  ~ServerMetrics();
  // `route`: the path of the route table, "page", "ws" or "refused".
  void observe_request(std::string_view route, int status, Duration took);
  void set_live(const LiveTotals& totals, std::uint64_t feed_errors);
  void set_workers_waiting(std::size_t jobs);
  // Prometheus text format.
  [[nodiscard]] std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tapewire
