// SPDX-License-Identifier: Apache-2.0
// Carries the log's results into the store: reads at the store's own offsets, writes rows and offsets
// in one transaction.
//
// Order:   the log's; so a killed writer goes on where its last transaction ended.
// Threads: one.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "eventlog/event_log.h"
#include "store/store.h"

namespace tapewire {

// Why a store that has taken a topic up to `offset` cannot go on with this log, in words; nullopt: it can.
std::optional<std::string> offset_fault(const StoreOffset& offset, const TopicInfo& topic);

struct StoreFeedOptions {
  bool keep_trades = false;
  bool keep_quotes = false;
  std::size_t rows_max = 500'000;  // of one transaction
};

class StoreFeed {
 public:
  StoreFeed(EventLog& log, Store& store, StoreFeedOptions options);

  // Reads the offsets of the last transaction; corrupt when the log cannot continue them.
  Status recover();
  // Reads what is there, up to `rows_max` rows in all, into the pending transaction.
  // Returns how many records were read.
  Result<std::size_t> gather();
  [[nodiscard]] bool full() const { return rows_ >= options_.rows_max; }
  [[nodiscard]] bool pending() const { return rows_ > 0 || moved_; }
  Status commit();

  // Offsets as committed, for lag and retention; from any thread.
  [[nodiscard]] Offset committed(Topic topic) const;
  // Newest event time seen in `bars`.
  [[nodiscard]] Timestamp newest_bar() const { return Timestamp{newest_bar_ns_.load()}; }

 private:
  Status take(const RecordView& record);

  EventLog& log_;
  Store& store_;
  StoreFeedOptions options_;
  std::vector<TopicPosition> positions_;
  StoreBatch batch_;
  std::size_t rows_ = 0;
  std::size_t readable_ = 0;  // dead letters of the batch whose payload is as people read it
  bool moved_ = false;
  std::array<std::atomic<Offset>, kTopics.size()> committed_{};
  std::atomic<std::int64_t> newest_bar_ns_ = INT64_MIN;
};

}  // namespace tapewire
