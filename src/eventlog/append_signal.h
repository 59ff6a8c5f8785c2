// SPDX-License-Identifier: Apache-2.0
// Wakes consumers of this process when the log has grown.
//
// Threads: any number of publishers and waiters.
// Lost wake-ups: none; a waiter names the sequence it has seen, not an event.
#pragma once

#include <condition_variable>
#include <mutex>

#include "base/time.h"
#include "eventlog/event_log.h"

namespace tapewire {

class AppendSignal {
 public:
  // Says that the log now ends at `end`, the sequence that `commit` returned. Never goes back.
  void publish(Sequence end);
  // Waits until the log ends past `seen`, the signal is closed, or `patience` is over; returns the end.
  Sequence wait(Sequence seen, Duration patience);
  // Ends all waiting, now and later.
  void close();
  [[nodiscard]] bool closed() const;
  [[nodiscard]] Sequence end() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable grown_;
  Sequence end_ = 0;
  bool closed_ = false;
};

}  // namespace tapewire
