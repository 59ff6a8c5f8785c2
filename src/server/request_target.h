// SPDX-License-Identifier: Apache-2.0
// Splits a request target into its path and query parameters.
//
// Errors: what no well-behaved client sends: a bad percent escape, a control character, invalid UTF-8,
//         more than kParametersMax parameters.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "server/http_message.h"

namespace tapewire {

inline constexpr std::size_t kParametersMax = 64;

struct RequestTarget {
  std::string path;
  std::vector<QueryParameter> query;
};

struct TargetFault {
  std::string message;
  std::string parameter;  // whose value it is; empty: none's
};

// Accepts "/path?a=b&c=d" and the absolute form "http://host/path"; '+' in a query is a space.
std::expected<RequestTarget, TargetFault> parse_target(std::string_view target);

}  // namespace tapewire
