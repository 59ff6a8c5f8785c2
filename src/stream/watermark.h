// SPDX-License-Identifier: Apache-2.0
// Follows how far event time has come: no window that ends at or before the watermark is still open.
//
// Time:    watermark = newest event end - max_out_of_orderness. After `idle_after` without an event, a
//          heartbeat moves it on by the receive time passed since the newest event came, so that a
//          delayed feed or a time-lapse replay is never called late.
// Order:   never goes back.
// Threads: one owner. No clock: "now" is the receive time of records.
// Source:  Akidau et al., "The Dataflow Model", VLDB 2015.
#pragma once

#include <algorithm>

#include "base/bytes.h"
#include "base/time.h"

namespace tapewire {

struct WatermarkOptions {
  Duration max_out_of_orderness = seconds(2);
  Duration idle_after = seconds(1);
};

class WatermarkTracker {
 public:
  explicit WatermarkTracker(WatermarkOptions options) : options_(options) {}

  // Takes an accepted event; true when the watermark moved.
  bool observe(Timestamp event_end, Timestamp receive_time) {
    last_receive_ = std::max(last_receive_, receive_time);
    if (event_end < newest_) return false;
    newest_ = event_end;
    newest_receive_ = receive_time;
    return raise(event_end - options_.max_out_of_orderness);
  }

  // Takes the "now" of a heartbeat; true when the watermark moved.
  bool heartbeat(Timestamp now) {
    if (newest_ == kMinTimestamp || now - last_receive_ < options_.idle_after) return false;
    return raise(newest_ - options_.max_out_of_orderness + (now - newest_receive_));
  }

  // kMinTimestamp before the first event.
  [[nodiscard]] Timestamp current() const { return current_; }

  void save(ByteWriter& out) const {
    for (const Timestamp t : {current_, newest_, newest_receive_, last_receive_}) out.fixed(t.ns);
  }
  void load(ByteReader& in) {
    for (Timestamp* t : {&current_, &newest_, &newest_receive_, &last_receive_}) {
      t->ns = in.fixed<std::int64_t>();
    }
  }

 private:
  bool raise(Timestamp to) {
    if (to <= current_) return false;
    current_ = to;
    return true;
  }

  WatermarkOptions options_;
  Timestamp current_ = kMinTimestamp;
  Timestamp newest_ = kMinTimestamp;  // newest event end
  Timestamp newest_receive_ = kMinTimestamp;  // when it came
  Timestamp last_receive_ = kMinTimestamp;  // when any event last came
};

}  // namespace tapewire
