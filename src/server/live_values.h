// SPDX-License-Identifier: Apache-2.0
// Names what flows to websocket clients: subscriptions, events rendered once, and the limits.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>

#include "base/time.h"
#include "eventlog/event_log.h"
#include "model/bar.h"
#include "model/record.h"
#include "model/symbol.h"

namespace tapewire {

enum class Channel : std::uint8_t { bars, news, signals, status };
std::string_view to_string(Channel channel);

struct Subscription {
  Channel channel = Channel::status;
  Symbol symbol;            // bars, signals
  Width width = Width::m1;  // bars
  friend auto operator<=>(const Subscription&, const Subscription&) = default;
  friend bool operator==(const Subscription&, const Subscription&) = default;
};

// One text frame, shared by all clients that get it.
using FrameText = std::shared_ptr<const std::string>;

struct LiveEvent {
  Subscription to;
  Offset offset = 0;      // of its record; status: 0
  Timestamp time;         // bar: start; signal: time
  SignalKind signal = SignalKind::change_5m;
  Origin origin = Origin::vendor;
  bool provisional = false;  // a vendor's bar before the pipeline has finished its window
  FrameText text;
};

struct LiveLimits {
  std::size_t clients = 256;
  std::size_t subscriptions = 64;               // of one client
  std::size_t outbox_messages = 4096;           // of one client
  std::size_t outbox_bytes = std::size_t{1} << 20;
  std::size_t total_bytes = std::size_t{64} << 20;  // of all outboxes
  std::size_t held_events = 1024;               // of one subscription while its snapshot is made
  std::size_t message_bytes = 64 * 1024;        // of one message from a client
  std::size_t socket_buffer_bytes = 256 * 1024;
  Duration stalled_max = seconds(10);  // a client that takes nothing for so long is dropped
  Duration closing_max = seconds(2);  // then its connection is cut
  Duration idle_max = seconds(60);  // no pong for so long ends the connection
};

}  // namespace tapewire
