// SPDX-License-Identifier: Apache-2.0
#include "eventlog/append_signal.h"

#include <chrono>

namespace tapewire {

void AppendSignal::publish(Sequence end) {
  {
    const std::lock_guard lock(mutex_);
    if (end <= end_) return;
    end_ = end;
  }
  grown_.notify_all();
}

Sequence AppendSignal::wait(Sequence seen, Duration patience) {
  std::unique_lock lock(mutex_);
  grown_.wait_for(lock, std::chrono::nanoseconds(patience.ns),
                  [&] { return end_ > seen || closed_; });
  return end_;
}

void AppendSignal::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  grown_.notify_all();
}

bool AppendSignal::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

Sequence AppendSignal::end() const {
  const std::lock_guard lock(mutex_);
  return end_;
}

}  // namespace tapewire
