// SPDX-License-Identifier: Apache-2.0
// Collects the rows of a file in the file's order, before they are sorted.
//
// Shape:  `rounded[i]` counts the decimals rounded in the row of `events.order[i]`.
// Time:   a row's receive_time is its event time; a refused row takes that of the row before it,
//         kMinTimestamp where there is none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/event_batch.h"
#include "model/validate.h"
#include "sources/files/input_file.h"

namespace tapewire {

class RowBatch {
 public:
  EventBatch events;
  std::vector<std::uint8_t> rounded;

  void add(const Bar& bar, std::uint8_t rounded_decimals) {
    last_time_ = bar.end;
    events.add(bar, last_time_);
    rounded.push_back(rounded_decimals);
  }
  void add(const Trade& trade, std::uint8_t rounded_decimals) {
    last_time_ = trade.time;
    events.add(trade, last_time_);
    rounded.push_back(rounded_decimals);
  }
  void add(const Quote& quote, std::uint8_t rounded_decimals) {
    last_time_ = quote.time;
    events.add(quote, last_time_);
    rounded.push_back(rounded_decimals);
  }
  void add(NewsItem item) {
    last_time_ = item.published_at;
    events.add(std::move(item), last_time_);
    rounded.push_back(0);
  }
  void reject(DeadLetter letter) {
    events.add(Rejected{std::move(letter), last_time_});
    rounded.push_back(0);
  }
  // Keeps the time of the newest row for refused rows to come.
  void clear() {
    events.clear();
    rounded.clear();
  }
  [[nodiscard]] std::size_t size() const { return events.order.size(); }

 private:
  Timestamp last_time_ = kMinTimestamp;
};

// Where a refused row stands and what it was.
struct RowOrigin {
  std::string_view path;
  std::uint64_t line = 0;           // 0: the file as a whole
  std::string_view unit = "";       // "row" where the file has no lines
  std::string_view original;        // its bytes, or their beginning
  std::uint64_t original_bytes = 0;  // of all of it; 0: original.size()
};

// The limits of this thread; `fresh`: with the clock read now.
const ValidationLimits& recorded_limits(bool fresh);

// Builds the dead letter of a row of `kind`; `stage` is "parse" or "validate".
DeadLetter refused_row(FileKind kind, std::string_view stage, Fault fault, const RowOrigin& origin);

// Checks what a file says against the rules, and against "now": nothing is recorded before it happens.
template <class Event>
std::optional<Fault> validate_recorded(const Event& event) {
  std::optional<Fault> fault = validate(event, recorded_limits(false));
  // The clock is looked at only when the last look makes a difference.
  if (fault) fault = validate(event, recorded_limits(true));
  return fault;
}

}  // namespace tapewire
