// SPDX-License-Identifier: Apache-2.0
#include "server/access.h"

#include <gmock/gmock.h>

#include "server/listen_address.h"

namespace tapewire {
namespace {

constexpr std::string_view kToken = "a-token-of-some-length";

HttpRequest request(std::string method, std::string path, std::string host = "127.0.0.1:8090") {
  HttpRequest out;
  out.method = std::move(method);
  out.path = std::move(path);
  out.host = std::move(host);
  return out;
}

int verdict(const Access& access, const HttpRequest& r) {
  const auto refused = access.refuse(r);
  return refused ? refused->status : 200;
}

TEST(Access, host_must_name_this_server) {
  const Access loopback({.token = "",
                         .loopback_only = true,
                         .allowed_hosts = {"desk.example"},
                         .allowed_origins = {}});
  const struct {
    std::string host;
    int expected;
  } cases[] = {
      {"127.0.0.1:8090", 200},
      {"localhost", 200},
      {"LocalHost:1", 200},
      {"[::1]:8090", 200},
      {"127.1.2.3", 200},
      {"desk.example", 200},
      {"DESK.example:9", 200},
      {"evil.example", 421},
      {"localhost.evil.example", 421},
      {"10.0.0.1", 421},
      {"127.0.0.1.evil.example", 421},
      {"", 400},
      {"a b", 400},
      {"[::1", 400},
      {"x:port", 400},
      {"x:", 400},
  };
  for (const auto& c : cases)
    EXPECT_EQ(verdict(loopback, request("GET", "/", c.host)), c.expected) << c.host;
  HttpRequest twice = request("GET", "/");
  twice.host.reset();
  EXPECT_EQ(verdict(loopback, twice), 400);
}

TEST(Access, beyond_loopback_ip_literals_are_hosts_but_names_are_not) {
  const Access open({.token = std::string(kToken),
                     .loopback_only = false,
                     .allowed_hosts = {},
                     .allowed_origins = {}});
  EXPECT_EQ(verdict(open, request("GET", "/healthz", "10.0.0.1:8090")), 200);
  EXPECT_EQ(verdict(open, request("GET", "/healthz", "evil.example")), 421);
}

TEST(Access, foreign_origins_may_not_write_or_listen) {
  const Access access({.token = "",
                       .loopback_only = true,
                       .allowed_hosts = {},
                       .allowed_origins = {"https://desk.example"}});
  const struct {
    std::string method, path, origin, fetch_site;
    int expected;
  } cases[] = {
      {"POST", "/api/v1/sql", "", "", 200},
      {"POST", "/api/v1/sql", "http://127.0.0.1:8090", "", 200},
      {"POST", "/api/v1/sql", "https://desk.example", "", 200},
      {"POST", "/api/v1/sql", "http://127.0.0.1:3000", "", 403},
      {"POST", "/api/v1/sql", "https://127.0.0.1:8090", "", 403},
      {"POST", "/api/v1/sql", "ftp://127.0.0.1:8090", "", 403},
      {"POST", "/api/v1/sql", "http://evil.example", "", 403},
      {"POST", "/api/v1/sql", "null", "", 403},
      {"POST", "/api/v1/sql", "", "cross-site", 403},
      {"POST", "/api/v1/sql", "", "same-origin", 200},
      {"GET", "/ws", "http://evil.example", "", 403},
      {"GET", "/ws", "http://127.0.0.1:8090", "", 200},
      {"GET", "/api/v1/symbols", "http://evil.example", "", 200},
  };
  for (const auto& c : cases) {
    HttpRequest r = request(c.method, c.path);
    r.origin = c.origin;
    r.fetch_site = c.fetch_site;
    EXPECT_EQ(verdict(access, r), c.expected)
        << c.method << c.path << " " << c.origin << c.fetch_site;
  }
}

class AccessWithToken : public testing::Test {
 protected:
  const Access access_{{.token = std::string(kToken),
                        .loopback_only = true,
                        .allowed_hosts = {},
                        .allowed_origins = {}}};
};

TEST_F(AccessWithToken, bearer_is_needed_except_for_probes) {
  EXPECT_EQ(verdict(access_, request("GET", "/healthz")), 200);
  EXPECT_EQ(verdict(access_, request("GET", "/readyz")), 200);
  for (const std::string path : {"/", "/metrics", "/api/v1/symbols", "/assets/x.js", "/ws"}) {
    HttpRequest r = request("GET", path);
    EXPECT_EQ(verdict(access_, r), 401) << path;
    r.authorization = "Bearer " + std::string(kToken);
    EXPECT_EQ(verdict(access_, r), 200) << path;
    r.authorization = "bEARER  " + std::string(kToken);
    EXPECT_EQ(verdict(access_, r), 200) << path;
    r.authorization = "Bearer " + std::string(kToken) + "x";
    EXPECT_EQ(verdict(access_, r), 401) << path;
    r.authorization = std::string(kToken);
    EXPECT_EQ(verdict(access_, r), 401) << path;
  }
  EXPECT_THAT(access_.refuse(request("GET", "/"))->header("WWW-Authenticate"),
              testing::HasSubstr("Bearer"));
}

TEST_F(AccessWithToken, page_exchanges_the_token_for_a_cookie) {
  HttpRequest open = request("GET", "//evil.example/x");
  open.query = {{"token", std::string(kToken)}, {"symbol", "A&B"}};
  const auto answer = access_.refuse(open);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 303);
  EXPECT_EQ(answer->header("Location"), "/evil.example/x?symbol=A%26B");
  const std::string cookie(answer->header("Set-Cookie"));
  EXPECT_THAT(cookie, testing::HasSubstr("; HttpOnly; SameSite=Strict"));
  EXPECT_THAT(cookie, testing::Not(testing::HasSubstr(std::string(kToken))));

  HttpRequest later = request("GET", "/api/v1/symbols");
  later.cookie = "other=1; " + cookie.substr(0, cookie.find(';'));
  EXPECT_EQ(verdict(access_, later), 200);
  later.cookie += "0";
  EXPECT_EQ(verdict(access_, later), 401);
  later.cookie = "tapewire_page=" + std::string(kToken);
  EXPECT_EQ(verdict(access_, later), 401);
}

TEST_F(AccessWithToken, token_in_the_address_opens_only_page_and_websocket) {
  HttpRequest r = request("GET", "/api/v1/symbols");
  r.query = {{"token", std::string(kToken)}};
  EXPECT_EQ(verdict(access_, r), 401);
  r.path = "/ws";
  EXPECT_EQ(verdict(access_, r), 200);
  r.query = {{"token", "wrong"}};
  EXPECT_EQ(verdict(access_, r), 401);
  r.path = "/";
  EXPECT_EQ(verdict(access_, r), 401);
}

TEST(ListenAddress, takes_ip_addresses_and_localhost) {
  const struct {
    std::string_view text, host;
    int port;
    bool loopback;
  } good[] = {{"127.0.0.1:8090", "127.0.0.1", 8090, true},
              {"localhost:0", "127.0.0.1", 0, true},
              {"[::1]:1", "::1", 1, true},
              {"0.0.0.0:80", "0.0.0.0", 80, false},
              {"[::]:80", "::", 80, false},
              {"192.168.1.5:65535", "192.168.1.5", 65535, false}};
  for (const auto& c : good) {
    const auto address = parse_listen_address(c.text);
    ASSERT_TRUE(address) << c.text;
    EXPECT_EQ(address->host, c.host);
    EXPECT_EQ(address->port, c.port);
    EXPECT_EQ(address->loopback, c.loopback) << c.text;
  }
  for (const std::string_view text :
       {"", "8090", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "example.com:80", "127.0.0.1:80x",
        "::1:80", "[::1]", "127.0.0.1:-1"}) {
    const auto address = parse_listen_address(text);
    ASSERT_FALSE(address) << text;
    EXPECT_THAT(address.error().message, testing::HasSubstr("such as 127.0.0.1:8090"));
  }
}

}  // namespace
}  // namespace tapewire
