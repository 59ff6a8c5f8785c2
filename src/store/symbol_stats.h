// SPDX-License-Identifier: Apache-2.0
// Keeps first and last time and the last close of every symbol and width, so that listing symbols
// never reads the bars.
//
// Load:    the finished days' sums lie in symbol_stats; the hot tables are read once, at the first use.
// Threads: any; `symbols` may hold up `add` while it loads.
#pragma once

#include <array>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "store/duck.h"
#include "store/store_values.h"

namespace tapewire {

class SymbolStats {
 public:
  // Bars that are committed.
  void add(const Bar& bar);
  [[nodiscard]] bool loaded() const;
  Result<std::vector<SymbolRow>> symbols(DuckConnection& connection);
  // For an open span: the earliest and latest start of a symbol's bars; nullopt when there are none.
  Result<std::optional<std::pair<Timestamp, Timestamp>>> span_of(DuckConnection& connection,
                                                                 const std::string& symbol,
                                                                 Width width);

 private:
  struct Span {
    Timestamp first = kMaxTimestamp;
    Timestamp last = kMinTimestamp;
    Price last_close;
  };
  using Spans = std::array<Span, kWidths.size()>;
  Status load(DuckConnection& connection);
  void merge(const std::string& symbol, Width width, Span span);

  mutable std::mutex mutex_;
  bool loaded_ = false;
  std::map<std::string, Spans, std::less<>> spans_;
};

// Within a transaction: adds the hot rows of a span of time, about to be finished, to symbol_stats.
Status add_to_stored_stats(DuckConnection& connection, std::size_t series, Timestamp from,
                           Timestamp to);

}  // namespace tapewire
