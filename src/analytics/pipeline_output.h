// SPDX-License-Identifier: Apache-2.0
// Receives what the pipeline makes of one record, and how it counts it.
//
// Order:   bars by (end, width, symbol), signals by (time, symbol), within one record.
// Reuse:   `clear` keeps the room.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "model/bar.h"
#include "model/record.h"

namespace tapewire {

struct RefusedRecord {
  DeadLetter letter;
  RunId run = kLiveRun;
  Timestamp event_time;
  Timestamp receive_time;
};

struct PipelineOutput {
  std::vector<Bar> bars;
  std::vector<SignalSet> signals;
  std::vector<RefusedRecord> dead_letters;

  void clear() {
    bars.clear();
    signals.clear();
    dead_letters.clear();
  }
  [[nodiscard]] bool empty() const {
    return bars.empty() && signals.empty() && dead_letters.empty();
  }
};

// What became of the events of a run: read = applied + duplicate + too_late + refused.
struct PipelineCounters {
  std::uint64_t read = 0;
  std::uint64_t applied = 0;
  std::uint64_t duplicate = 0;
  std::uint64_t too_late = 0;
  std::uint64_t refused = 0;  // in the future, not decodable, of no window
  std::uint64_t news = 0;     // counted only

  [[nodiscard]] bool adds_up() const { return read == applied + duplicate + too_late + refused; }
  friend bool operator==(const PipelineCounters&, const PipelineCounters&) = default;

  PipelineCounters& operator+=(const PipelineCounters& o) {
    read += o.read;
    applied += o.applied;
    duplicate += o.duplicate;
    too_late += o.too_late;
    refused += o.refused;
    news += o.news;
    return *this;
  }
  void save(ByteWriter& out) const {
    for (const std::uint64_t n : {read, applied, duplicate, too_late, refused, news}) out.varint(n);
  }
  void load(ByteReader& in) {
    for (std::uint64_t* n : {&read, &applied, &duplicate, &too_late, &refused, &news}) {
      *n = in.varint();
    }
  }
};

}  // namespace tapewire
