// SPDX-License-Identifier: Apache-2.0
// Holds the frames that wait for one client, in bounded memory.
//
// Full:    conflate. First only the newest update of each (series, window) stays, then only the newest
//          of each series; of news the newest kNewsKept. Replies are kept: their number is bounded by
//          the client's own requests, which are not read while the outbox is full.
// Threads: io thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "server/live_values.h"

namespace tapewire {

class Outbox {
 public:
  static constexpr std::size_t kNewsKept = 100;

  Outbox(std::size_t messages_max, std::size_t bytes_max)
      : messages_max_(messages_max), bytes_max_(bytes_max) {}

  void push_reply(FrameText text);
  void push(const LiveEvent& event);
  // The next frame; a {"type":"lagging"} first when updates were merged since the last one.
  std::optional<FrameText> pop();
  // Keeps only the newest of each series now, whatever the limits: the memory of all clients
  // together is short.
  void keep_newest_of_each_series() { keep_newest(false); }
  void clear();

  [[nodiscard]] bool empty() const { return entries_.empty() && untold_ == 0; }
  [[nodiscard]] bool full() const { return entries_.size() > messages_max_ || bytes_ > bytes_max_; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  // Updates merged away since the beginning.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  struct Entry {
    Subscription series;
    SignalKind signal = SignalKind::change_5m;
    Timestamp time;
    bool reply = false;
    FrameText text;
  };
  void add(Entry entry);
  void conflate();
  void keep_newest(bool of_each_window);

  const std::size_t messages_max_;
  const std::size_t bytes_max_;
  std::deque<Entry> entries_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t untold_ = 0;
};

}  // namespace tapewire
