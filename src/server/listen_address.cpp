// SPDX-License-Identifier: Apache-2.0
#include "server/listen_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace tapewire {
namespace {

bool is_ipv4(const std::string& name) {
  in_addr address{};
  return inet_pton(AF_INET, name.c_str(), &address) == 1;
}
bool is_ipv6(const std::string& name) {
  in6_addr address{};
  return inet_pton(AF_INET6, name.c_str(), &address) == 1;
}
bool is_ipv6_loopback(const std::string& name) {
  in6_addr address{};
  return inet_pton(AF_INET6, name.c_str(), &address) == 1 && IN6_IS_ADDR_LOOPBACK(&address);
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

}  // namespace

std::optional<HostHeader> parse_host_header(std::string_view text) {
  HostHeader out;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    out.name = text.substr(1, end - 1);
    rest = text.substr(end + 1);
    if (!is_ipv6(out.name)) return std::nullopt;
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    out.name = text.substr(0, colon);
    rest = text.substr(colon);
    std::ranges::transform(out.name, out.name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (out.name.empty() || !std::ranges::all_of(out.name, is_host_character)) return std::nullopt;
  }
  if (rest.empty()) return out;
  if (!rest.starts_with(':') || rest.size() < 2 || rest.size() > 6) return std::nullopt;
  out.port = rest.substr(1);
  if (!std::ranges::all_of(out.port, [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  return out;
}

bool is_ip_literal(std::string_view name) {
  const std::string text(name);
  return is_ipv4(text) || is_ipv6(text);
}

bool is_loopback_name(std::string_view name) {
  if (name == "localhost" || name.ends_with(".localhost")) return true;
  const std::string text(name);
  return (is_ipv4(text) && text.starts_with("127.")) || is_ipv6_loopback(text);
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const auto wrong = [&] {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format(
            "listen address '{}': expected an IP address and a port, such as 127.0.0.1:8090 "
            "or [::1]:8090",
            text));
  };
  const auto host = parse_host_header(text);
  if (!host || host->port.empty()) return wrong();
  ListenAddress out;
  out.host = host->name == "localhost" ? "127.0.0.1" : host->name;
  if (!is_ip_literal(out.host)) return wrong();
  const std::string& port = host->port;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (error != std::errc() || end != port.data() + port.size()) return wrong();
  out.loopback = is_loopback_name(out.host);
  return out;
}

}  // namespace tapewire
