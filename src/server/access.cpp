// SPDX-License-Identifier: Apache-2.0
#include "server/access.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "server/listen_address.h"

namespace tapewire {
namespace {

std::string hmac_hex(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  std::string out;
  for (unsigned int i = 0; i < size; ++i) out += fmt::format("{:02x}", digest[i]);
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::string_view cookie_named(std::string_view cookies, std::string_view name) {
  while (!cookies.empty()) {
    const std::size_t end = std::min(cookies.find(';'), cookies.size());
    const std::string_view pair = trimmed(cookies.substr(0, end));
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name)
      return pair.substr(equals + 1);
  }
  return {};
}

bool equal_in_any_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool is_api(std::string_view path) {
  return path.starts_with("/api/") || path == "/metrics" || path == "/ws" ||
         path.starts_with("/udf/");
}

void append_percent_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
}

// The address without its token. A leading "//" would send the browser to another host.
std::string address_without_token(const HttpRequest& request) {
  std::string out = "/";
  std::string_view path = request.path;
  while (path.starts_with('/')) path.remove_prefix(1);
  append_percent_encoded(out, path);
  char separator = '?';
  for (const QueryParameter& p : request.query) {
    if (p.name == "token") continue;
    out += separator;
    separator = '&';
    append_percent_encoded(out, p.name);
    out += '=';
    append_percent_encoded(out, p.value);
  }
  return out;
}

}  // namespace

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Access::Access(AccessOptions options) : options_(std::move(options)) {
  if (!options_.token.empty()) cookie_value_ = hmac_hex(options_.token, "tapewire page cookie 1");
}

bool Access::host_allowed(std::string_view name) const {
  if (is_loopback_name(name)) return true;
  if (!options_.loopback_only && is_ip_literal(name)) return true;
  return std::ranges::find(options_.allowed_hosts, name) != options_.allowed_hosts.end();
}

bool Access::origin_allowed(const HttpRequest& request) const {
  if (!request.origin.empty()) {
    if (std::ranges::find(options_.allowed_origins, request.origin) !=
        options_.allowed_origins.end())
      return true;
    const std::size_t scheme = request.origin.find("://");
    if (scheme == std::string::npos) return false;  // also "null"
    const auto origin = parse_host_header(std::string_view(request.origin).substr(scheme + 3));
    const auto host = parse_host_header(request.host.value_or(""));
    // Loopback is ours alone and speaks http; before another name a proxy may speak https.
    const std::string_view spoken = std::string_view(request.origin).substr(0, scheme);
    if (!origin || !host || (spoken != "http" && spoken != "https")) return false;
    if (spoken == "https" && is_loopback_name(host->name)) return false;
    return origin->name == host->name && origin->port == host->port;
  }
  return request.fetch_site.empty() || request.fetch_site == "same-origin" ||
         request.fetch_site == "none";
}

bool Access::has_token(const HttpRequest& request) const {
  constexpr std::string_view kScheme = "bearer ";
  const std::string_view authorization = request.authorization;
  if (equal_in_any_case(authorization.substr(0, kScheme.size()), kScheme) &&
      same_secret(trimmed(authorization.substr(kScheme.size())), options_.token)) {
    return true;
  }
  const std::string_view cookie = cookie_named(request.cookie, kCookieName);
  if (!cookie.empty() && same_secret(cookie, cookie_value_)) return true;
  const std::string* given = request.path == "/ws" ? request.parameter("token") : nullptr;
  return given != nullptr && same_secret(*given, options_.token);
}

std::optional<HttpResponse> Access::exchange_token(const HttpRequest& request) const {
  const std::string* given = request.parameter("token");
  if (request.method != "GET" || is_api(request.path) || given == nullptr) return std::nullopt;
  if (!same_secret(*given, options_.token)) return std::nullopt;
  HttpResponse response;
  response.status = 303;
  response.content_type = "text/plain; charset=utf-8";
  response.body = "signed in\n";
  response.headers.push_back({"Location", address_without_token(request)});
  response.headers.push_back({"Set-Cookie", fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict",
                                                        kCookieName, cookie_value_)});
  return response;
}

std::optional<HttpResponse> Access::refuse(const HttpRequest& request) const {
  const auto host = request.host ? parse_host_header(*request.host) : std::nullopt;
  if (!host) return problem(400, "exactly one Host header of the form name[:port] is expected");
  if (!host_allowed(host->name)) {
    return problem(
        421,
        fmt::format("this server does not answer for the host '{}'; add it to the allowed hosts "
                    "of the configuration if it should",
                    host->name));
  }
  if ((request.method == "POST" || request.path == "/ws") && !origin_allowed(request)) {
    return problem(403, "the request comes from a page of another origin");
  }
  if (options_.token.empty() || request.path == "/healthz" || request.path == "/readyz")
    return std::nullopt;
  if (auto response = exchange_token(request)) return response;
  if (has_token(request)) return std::nullopt;
  HttpResponse response = problem(401,
                                  "a token is needed: send 'Authorization: Bearer TOKEN', or open "
                                  "the page once with ?token=TOKEN");
  response.headers.push_back({"WWW-Authenticate", "Bearer realm=\"tapewire\""});
  return response;
}

}  // namespace tapewire
