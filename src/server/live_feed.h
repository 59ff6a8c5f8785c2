// SPDX-License-Identifier: Apache-2.0
// Follows the end of the log and renders what clients listen to, once for all of them.
//
// Topics:  bars, signals, news-articles; of stock-prices the vendors' bars as provisional ones, as the
//          pipeline gives a window only when the watermark has passed it.
// No gap:  a batch counts only when the interest did not change while it was read, else it is read
//          again: so whoever subscribes later finds all of it in the log when making the snapshot.
// Bounded: a batch is handed over and waited for; what is not read yet stays in the log.
// Threads: one of its own between `start` and `stop`. Only what `interest` names is decoded.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "eventlog/event_log.h"
#include "server/live_interest.h"
#include "server/live_values.h"

namespace tapewire {

class LiveFeed {
 public:
  struct Hooks {
    // Takes a batch and returns when it is done with it.
    std::function<void(std::vector<LiveEvent>)> deliver;
    // Returns when records may have been appended, or after the given time.
    std::function<void(Duration)> wait_for_records;
    // The JSON object for the status channel; empty function: none.
    std::function<std::string()> status;
  };

  LiveFeed(EventLog& log, const LiveInterest& interest, Hooks hooks);
  ~LiveFeed();

  // Begins at the present end of the log.
  Status start();
  void stop();

  // Reads once what is there and delivers it; returns how many records were looked at.
  // For `start`'s own thread, and for tests in its place.
  Result<std::size_t> step();
  // Reads of the log that failed and records that could not be decoded.
  [[nodiscard]] std::uint64_t errors() const { return errors_.load(); }

 private:
  void run();
  Result<std::size_t> read_batch();
  Result<std::size_t> read_once();
  void take(const RecordView& record);
  void take_bar(const RecordView& record);
  void take_signals(const RecordView& record);
  void take_news(const RecordView& record);
  void tell_status();
  // Moves all positions to the end of the log.
  Status skip_to_end();

  EventLog& log_;
  const LiveInterest& interest_;
  Hooks hooks_;
  std::array<TopicPosition, 4> positions_;
  LiveInterest::View view_;
  std::vector<LiveEvent> events_;
  Duration status_told_{};
  std::atomic<std::uint64_t> errors_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace tapewire
