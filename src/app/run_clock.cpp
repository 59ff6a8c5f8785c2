// SPDX-License-Identifier: Apache-2.0
#include "app/run_clock.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace tapewire {
namespace {

// Sleeps at most `span`, less when stopped.
void nap(Duration span, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  woken.wait_for(lock, stop, std::chrono::nanoseconds(span.ns), [] { return false; });
}

}  // namespace

Timestamp RunClock::paced_now() const {
  const std::int64_t real = monotonic_now().ns - anchor_real_ns_;
  return {anchor_virtual_ns_ + static_cast<std::int64_t>(static_cast<double>(real) * factor_)};
}

Timestamp RunClock::now() const {
  if (!virtual_time_) return system_now();
  if (factor_ == 0 || !anchored_) return Timestamp{newest_ns_};
  // Never ahead of the events by more than the silence that would have been skipped.
  return std::min(paced_now(), Timestamp{newest_ns_} + kSkippedSilence);
}

void RunClock::wait_until(Timestamp t, const std::stop_token& stop) {
  if (!virtual_time_) return;
  if (factor_ != 0 && t >= paced_from_) {
    if (!anchored_ || t - paced_now() > kSkippedSilence) {
      anchor_real_ns_ = monotonic_now().ns;
      anchor_virtual_ns_ = t.ns;
      anchored_ = true;
    }
    while (!stop.stop_requested()) {
      const Duration left = t - paced_now();
      if (left.ns <= 0) break;
      const auto real = static_cast<std::int64_t>(static_cast<double>(left.ns) / factor_);
      nap(Duration{std::clamp<std::int64_t>(real, 100'000, 200'000'000)}, stop);
    }
  }
  newest_ns_ = std::max(newest_ns_.load(), t.ns);
}

}  // namespace tapewire
