// SPDX-License-Identifier: Apache-2.0
// Reads "127.0.0.1:8090", "[::1]:0", "localhost:8090" and the Host headers that look the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tapewire {

struct ListenAddress {
  std::string host;  // an IP literal without brackets
  std::uint16_t port = 0;
  bool loopback = false;
};

// invalid_argument says what was expected. "localhost" is 127.0.0.1; other names are refused.
Result<ListenAddress> parse_listen_address(std::string_view text);

struct HostHeader {
  std::string name;  // lower case, brackets removed
  std::string port;  // empty: the scheme's own
};

// nullopt: not `name[:port]`.
std::optional<HostHeader> parse_host_header(std::string_view text);

bool is_ip_literal(std::string_view name);
// localhost, *.localhost, 127.0.0.0/8, ::1.
bool is_loopback_name(std::string_view name);

}  // namespace tapewire
