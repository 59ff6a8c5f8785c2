// SPDX-License-Identifier: Apache-2.0
// Tells the time of a run: the wall clock when live, the recording's own time when replaying or simulating.
//
// Paced:   virtual time moves `factor` times as fast as real time from an anchor; a silence longer than
//          `kSkippedSilence` (a night, a weekend) is skipped by moving the anchor.
// Max:     factor 0; virtual time is that of the newest event.
// Threads: one source thread waits; any thread reads.
#pragma once

#include <atomic>
#include <stop_token>

#include "base/time.h"

namespace tapewire {

inline constexpr Duration kSkippedSilence = minutes(20);

class RunClock final : public Clock {
 public:
  // `virtual_time` false: the wall clock. What happened before `paced_from` is not waited for.
  RunClock(bool virtual_time, double factor, Timestamp paced_from = kMinTimestamp)
      : virtual_time_(virtual_time), factor_(factor), paced_from_(paced_from) {}

  [[nodiscard]] Timestamp now() const override;
  // Waits until virtual time reaches `t`; returns early when stopped.
  void wait_until(Timestamp t, const std::stop_token& stop);
  [[nodiscard]] bool is_virtual() const { return virtual_time_; }
  [[nodiscard]] double factor() const { return factor_; }

 private:
  [[nodiscard]] Timestamp paced_now() const;

  const bool virtual_time_;
  const double factor_;
  const Timestamp paced_from_;
  std::atomic<bool> anchored_ = false;
  std::atomic<std::int64_t> anchor_virtual_ns_ = 0;
  std::atomic<std::int64_t> anchor_real_ns_ = 0;
  std::atomic<std::int64_t> newest_ns_ = 0;
};

}  // namespace tapewire
