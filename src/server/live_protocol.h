// SPDX-License-Identifier: Apache-2.0
// Reads what websocket clients send and writes the small replies.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "server/live_values.h"

namespace tapewire {

struct LiveRequest {
  enum class Op : std::uint8_t { subscribe, unsubscribe, ping };
  Op op = Op::ping;
  Subscription subscription;
};

// What is wrong with a message: the fields as the client sent them, where it did.
struct LiveComplaint {
  std::string op;
  std::string detail;
  std::string channel = {}, symbol = {},
              width = {};  // of the subscription it is about; empty: none
};
LiveComplaint complaint_about(std::string_view op, const Subscription& subscription,
                              std::string detail);

std::expected<LiveRequest, LiveComplaint> parse_live_request(std::string_view text);

FrameText error_frame(const LiveComplaint& complaint);
FrameText pong_frame();
FrameText lagging_frame(std::uint64_t dropped);
// The status object with "type":"status" first. REQUIRES: `status` is a JSON object.
FrameText status_frame(std::string_view status);

}  // namespace tapewire
