// SPDX-License-Identifier: Apache-2.0
// Splits a request target into its path and query parameters.
//
// Errors: invalid_argument for what no well-behaved client sends: a bad percent escape, a control
//         character, invalid UTF-8, more than kParametersMax parameters.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/http_message.h"

namespace tapewire {

inline constexpr std::size_t kParametersMax = 64;

struct RequestTarget {
  std::string path;
  std::vector<QueryParameter> query;
};

// Accepts "/path?a=b&c=d" and the absolute form "http://host/path"; '+' in a query is a space.
Result<RequestTarget> parse_target(std::string_view target);

}  // namespace tapewire
