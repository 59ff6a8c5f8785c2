// SPDX-License-Identifier: Apache-2.0
// Decides from a request's headers alone whether it may be answered.
//
// Host:   must name this server (loopback names, IP literals when listening beyond loopback, configured
//         names): a foreign name means DNS rebinding. 421.
// Origin: on POST and on the websocket, when a browser sends one, must be this server's own address or
//         a configured one; so must Sec-Fetch-Site. 403.
// Token:  when set, everything but /healthz and /readyz needs `Authorization: Bearer TOKEN`, or the
//         page's cookie, or on /ws `?token=TOKEN`. A page opened with ?token=TOKEN gets the cookie and
//         is sent on to its address without it. The cookie is HMAC-SHA256(token, a fixed text): it
//         does not hold the token and needs no state. 401.
// Threads: immutable after construction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http_message.h"

namespace tapewire {

inline constexpr std::string_view kCookieName = "tapewire_page";

struct AccessOptions {
  std::string token;  // empty: none needed
  bool loopback_only = true;  // whether the server listens on loopback
  std::vector<std::string> allowed_hosts;  // names besides loopback, without port
  std::vector<std::string>
      allowed_origins;  // exact, besides the server's own: "https://desk.example"
};

class Access {
 public:
  explicit Access(AccessOptions options);
  // The response that ends the request; nullopt: it may go on.
  [[nodiscard]] std::optional<HttpResponse> refuse(const HttpRequest& request) const;

 private:
  [[nodiscard]] bool host_allowed(std::string_view name) const;
  [[nodiscard]] bool origin_allowed(const HttpRequest& request) const;
  [[nodiscard]] bool has_token(const HttpRequest& request) const;
  [[nodiscard]] std::optional<HttpResponse> exchange_token(const HttpRequest& request) const;

  AccessOptions options_;
  std::string cookie_value_;
};

// Compares in a time that depends on the lengths only.
bool same_secret(std::string_view a, std::string_view b);

}  // namespace tapewire
