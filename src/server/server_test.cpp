// SPDX-License-Identifier: Apache-2.0
// The server as clients meet it, over real sockets.
#include "server/server.h"

#include <future>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "server/server_test_support.h"

namespace tapewire {
namespace {

using Json = nlohmann::json;
using testing::AnyOf;
using testing::HasSubstr;

constexpr std::string_view kToken = "a-token-of-some-length";

class ServerTest : public testing::Test {
 protected:
  int Raw(std::string_view bytes) {
    Wire wire(world_.port());
    wire.send(bytes);
    const auto answer = wire.response();
    return answer ? answer->status : 0;
  }
  World world_;
};

TEST_F(ServerTest, malformed_requests_are_answered_and_closed) {
  const struct {
    std::string name, bytes;
    int status;
  } cases[] = {
      {"no http", "hello there\r\n\r\n", 400},
      {"bad version", "GET / HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n", 400},
      {"bad header", "GET / HTTP/1.1\r\nHost 127.0.0.1\r\n\r\n", 400},
      {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two hosts", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil\r\n\r\n", 400},
      {"bad length", "POST /api/v1/sql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: x\r\n\r\n",
       400},
      {"two lengths",
       "POST /api/v1/sql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: "
       "2\r\n\r\n",
       400},
      {"length and chunked",
       "POST /api/v1/sql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nTransfer-Encoding: "
       "chunked\r\n\r\n",
       400},
      {"huge header",
       "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n", 431},
      {"huge target", "GET /" + std::string(100'000, 'x') + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
       431},
      {"huge body",
       "POST /api/v1/sql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999\r\n\r\n", 413},
      {"bad escape", "GET /%zz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400},
      {"nul in path", "GET /%00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400},
      {"binary", std::string("\x16\x03\x01\x00\xff\x00\x00\r\n\r\n", 11), 400},
  };
  for (const auto& c : cases) EXPECT_EQ(Raw(c.bytes), c.status) << c.name;
  Wire wire(world_.port());
  EXPECT_EQ(wire.get("/healthz").status, 200);
}

TEST_F(ServerTest, a_chunked_body_is_limited_too) {
  Wire wire(world_.port());
  wire.send(
      "POST /api/v1/sql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
      "application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = fmt::format("{:x}\r\n{}\r\n", 65536, std::string(65536, ' '));
  for (int i = 0; i < 20; ++i) wire.send(chunk);
  EXPECT_EQ(wire.response().value_or(WireResponse{}).status, 413);
}

TEST_F(ServerTest, hosts_and_origins_are_checked_on_the_wire) {
  EXPECT_EQ(Raw("GET /api/v1/symbols HTTP/1.1\r\nHost: evil.example\r\n\r\n"), 421);
  EXPECT_EQ(Raw("POST /api/v1/sql HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\n"
                "Content-Type: text/plain\r\nContent-Length: 0\r\n\r\n"),
            403);
  Wire wire(world_.port());
  EXPECT_EQ(wire.upgrade("/ws", "Origin: http://evil.example\r\n").status, 403);
}

TEST_F(ServerTest, wrong_addresses_and_methods) {
  const struct {
    std::string method, path;
    int status;
    std::string allow;
  } cases[] = {
      {"GET", "/api/v1/nothing", 404, ""},
      {"GET", "/api", 404, ""},
      {"GET", "/udf/config", 404, ""},
      {"GET", "/missing.png", 404, ""},
      {"DELETE", "/api/v1/bars", 405, "GET, HEAD"},
      {"GET", "/api/v1/sql", 405, "POST"},
      {"OPTIONS", "/api/v1/bars", 405, "GET, HEAD"},
      {"POST", "/", 405, "GET, HEAD"},
      {"BREW", "/", 405, "GET, HEAD"},
      {"GET", "/ws", 426, ""},
      {"GET", "/some/page", 200, ""},
  };
  for (const auto& c : cases) {
    Wire wire(world_.port());
    wire.send(fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n",
                          c.method, c.path));
    const WireResponse answer = wire.response().value_or(WireResponse{});
    EXPECT_EQ(answer.status, c.status) << c.method << " " << c.path;
    if (!c.allow.empty()) {
      EXPECT_EQ(answer.headers.at("allow"), c.allow) << c.path;
    }
    if (c.status >= 400) {
      EXPECT_EQ(answer.headers.at("content-type"), "application/problem+json");
    }
  }
}

TEST_F(ServerTest, head_has_the_headers_of_get_and_the_connection_goes_on) {
  Wire wire(world_.port());
  wire.send("HEAD /api/v1/openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  const auto head = wire.response(true);
  ASSERT_TRUE(head);
  const WireResponse get = wire.get("/api/v1/openapi.json");
  EXPECT_EQ(head->headers.at("content-length"), get.headers.at("content-length"));
  EXPECT_EQ(head->headers.at("etag"), get.headers.at("etag"));
  EXPECT_GT(get.body.size(), 1000U);
}

TEST_F(ServerTest, pipelined_requests_are_answered_in_order) {
  Wire wire(world_.port());
  wire.send(
      "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /readyz HTTP/1.1\r\nHost: "
      "127.0.0.1\r\n\r\n");
  EXPECT_EQ(wire.response()->body, "alive\n");
  EXPECT_EQ(wire.response()->body, "ready\n");
}

TEST_F(ServerTest, conditional_and_compressed) {
  Wire wire(world_.port());
  const WireResponse first = wire.get("/api/v1/openapi.json");
  const WireResponse again = wire.get(
      "/api/v1/openapi.json", fmt::format("If-None-Match: {}\r\n", first.headers.at("etag")));
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  const WireResponse small = wire.get("/api/v1/openapi.json", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(small.headers.at("content-encoding"), "gzip");
  EXPECT_LT(small.body.size(), first.body.size() / 2);
  EXPECT_EQ(again.headers.at("vary"), first.headers.at("vary"));
  EXPECT_THAT(first.headers.at("date"), testing::MatchesRegex(".*, .* 20.* GMT"));
  EXPECT_THAT(first.headers.at("content-security-policy"), HasSubstr("default-src 'self'"));
}

TEST_F(ServerTest, expect_continue_is_answered) {
  Wire wire(world_.port());
  const std::string body = R"({"query":"select 1"})";
  wire.send(fmt::format(
      "POST /api/v1/sql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
      "Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
      body.size()));
  EXPECT_EQ(wire.response()->status, 100);
  wire.send(body);
  EXPECT_EQ(wire.response()->status, 200);
}

TEST(ServerToken, guards_everything_but_the_probes) {
  ServerOptions options;
  options.token = kToken;
  const World world(std::move(options));
  Wire wire(world.port());
  EXPECT_EQ(wire.get("/healthz").status, 200);
  EXPECT_EQ(wire.get("/").status, 401);
  EXPECT_EQ(wire.get("/api/v1/symbols").status, 401);
  EXPECT_EQ(wire.get("/api/v1/symbols", fmt::format("Authorization: Bearer {}\r\n", kToken)).status,
            200);
  const WireResponse signed_in = wire.get(fmt::format("/?token={}", kToken));
  EXPECT_EQ(signed_in.status, 303);
  const std::string cookie = signed_in.headers.at("set-cookie");
  EXPECT_EQ(wire.get("/", fmt::format("Cookie: {}\r\n", cookie.substr(0, cookie.find(';')))).status,
            200);
  EXPECT_EQ(Wire(world.port()).upgrade().status, 401);
  EXPECT_EQ(Wire(world.port()).upgrade(fmt::format("/ws?token={}", kToken)).status, 101);
}

TEST(ServerStart, says_why_it_does_not) {
  const World world;
  const auto start = [&](std::string listen, std::string token = "") {
    ServerOptions options;
    options.listen = std::move(listen);
    options.token = std::move(token);
    MemoryLog log;
    auto server = Server::start(std::move(options), *world.store, log, {});
    return server ? std::string() : server.error().message;
  };
  EXPECT_THAT(start(fmt::format("127.0.0.1:{}", world.port())),
              AllOf(HasSubstr(fmt::format("port {}", world.port())), HasSubstr("in use")));
  EXPECT_THAT(start("0.0.0.0:0"), HasSubstr("set TAPEWIRE_TOKEN"));
  EXPECT_THAT(start("0.0.0.0:0", "short"), HasSubstr("at least 16"));
  EXPECT_THAT(start("127.0.0.1:0", std::string(20, ' ')), HasSubstr("visible"));
  EXPECT_THAT(start("127.0.0.1:0", "0123456789\nabcdef"), HasSubstr("visible"));
  EXPECT_THAT(start("nonsense"), HasSubstr("expected an IP address and a port"));
  EXPECT_THAT(start("192.0.2.1:1", std::string(kToken)), HasSubstr("cannot listen"));
}

TEST(ServerReady, follows_the_program) {
  std::atomic<bool> ready = false;
  const World world({}, {.status = {},
                         .metrics = {},
                         .ready = [&] { return ready.load(); },
                         .consumers = {},
                         .wait_for_records = {}});
  Wire wire(world.port());
  EXPECT_EQ(wire.get("/readyz").status, 503);
  ready = true;
  EXPECT_EQ(wire.get("/readyz").status, 200);
}

TEST(ServerBusy, full_queue_is_503_with_retry_after) {
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  std::atomic<int> running = 0;
  ServerOptions options;
  options.worker_threads = 1;
  options.waiting_jobs = 1;
  const World world(std::move(options), {.status =
                                             [&] {
                                               ++running;
                                               released.wait();
                                               return std::string("{}");
                                             },
                                         .metrics = {},
                                         .ready = {},
                                         .consumers = {},
                                         .wait_for_records = {}});
  const auto ask = [](Wire& wire) {
    wire.send("GET /api/v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  };
  Wire one(world.port());
  ask(one);
  while (running == 0) std::this_thread::yield();
  Wire two(world.port());
  ask(two);
  // The second waits in the queue; whichever comes after it is refused at once.
  Wire three(world.port());
  ask(three);
  Wire alive(world.port());
  EXPECT_EQ(alive.get("/healthz").status, 200);
  const WireResponse refused = three.response().value_or(WireResponse{});
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.headers.at("retry-after"), "1");
  release.set_value();
  EXPECT_EQ(one.response()->status, 200);
  EXPECT_EQ(two.response()->status, 200);
}

constexpr std::string_view kSlowSql =
    "select sum(a.range*b.range) from range(10000000) a, range(10000000) b";

void post_sql(Wire& wire, std::string_view query, std::string_view format = "json") {
  const std::string body = fmt::format(R"({{"query":"{}","format":"{}"}})", query, format);
  wire.send(fmt::format(
      "POST /api/v1/sql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: Application/JSON; x=y\r\n"
      "Content-Length: {}\r\n\r\n{}",
      body.size(), body));
}

void wait_for_metric(const World& world, std::string_view line) {
  Wire wire(world.port());
  const Duration began = monotonic_now();
  while (wire.get("/metrics").body.find(line) == std::string::npos) {
    ASSERT_LT((monotonic_now() - began).ns, seconds(10).ns) << line;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

TEST(ServerSql, queries_end_and_never_begin_once_their_clients_have_gone) {
  ServerOptions options;
  options.sql_threads = 1;
  options.waiting_jobs = 2;
  const World world(std::move(options));
  {
    Wire running(world.port()), second(world.port()), third(world.port());
    for (Wire* wire : {&running, &second, &third}) post_sql(*wire, kSlowSql);
    wait_for_metric(world, "tapewire_http_jobs_waiting 2\n");
  }
  const Duration began = monotonic_now();
  int status = 0;
  while (status != 200 && (monotonic_now() - began).ns < seconds(10).ns) {
    Wire wire(world.port());
    post_sql(wire, "select 1");
    status = wire.response().value_or(WireResponse{}).status;
    if (status != 200) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(status, 200);
  EXPECT_LT((monotonic_now() - began).ns, seconds(10).ns);
}

TEST(ServerSql, keeps_nothing_else_waiting) {
  ServerOptions options;
  options.sql_threads = 1;
  options.worker_threads = 1;
  const World world(std::move(options));
  Wire slow(world.port()), waiting(world.port());
  post_sql(slow, kSlowSql);
  post_sql(waiting, kSlowSql);
  wait_for_metric(world, "tapewire_http_jobs_waiting 1\n");
  Wire wire(world.port());
  EXPECT_EQ(wire.get("/api/v1/symbols").status, 200);
  EXPECT_EQ(wire.get("/api/v1/topics").status, 200);
}

TEST(ServerSql, a_query_that_the_end_of_the_program_stops_is_503) {
  ServerOptions options;
  options.sql_threads = 1;
  const World world(std::move(options));
  Wire running(world.port()), waiting(world.port());
  post_sql(running, kSlowSql);
  post_sql(waiting, kSlowSql);
  wait_for_metric(world, "tapewire_http_jobs_waiting 1\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // until DuckDB has begun
  world.server->stop();
  const WireResponse answer = running.response().value_or(WireResponse{});
  EXPECT_EQ(answer.status, 503) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr("ending"));
}

TEST(ServerWrite, answers_that_nobody_reads_are_bounded_together_and_cut) {
  ServerOptions options;
  options.http.waiting_bytes = std::size_t{20} << 20;
  options.http.stall_max = seconds(2);
  const World world(std::move(options));
  constexpr std::string_view kLarge = "select repeat('x', 4000) from range(3600)";  // 14 MB
  Wire idle(world.port(), 4096);
  post_sql(idle, kLarge, "csv");
  wait_for_metric(world, R"(tapewire_http_requests_total{route="/api/v1/sql",status="200"} 1)");
  Wire refused(world.port());
  post_sql(refused, kLarge, "csv");
  const WireResponse answer = refused.response().value_or(WireResponse{});
  EXPECT_EQ(answer.status, 503) << answer.body.substr(0, 200);
  EXPECT_EQ(answer.headers.at("content-type"), "application/problem+json");
  EXPECT_EQ(refused.get("/api/v1/symbols").status, 200);  // small ones always go
  // The first is cut, which makes room.
  int status = 0;
  const Duration began = monotonic_now();
  while (status != 200 && (monotonic_now() - began).ns < seconds(20).ns) {
    Wire wire(world.port());
    post_sql(wire, kLarge, "csv");
    status = wire.response().value_or(WireResponse{}).status;
  }
  EXPECT_EQ(status, 200);
}

TEST(ServerTimeout, an_answer_that_takes_too_long_is_given_up) {
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  ServerOptions options;
  options.http.answer_max = milliseconds(50);
  options.sql_limits.time = Duration{0} - seconds(5);
  const World world(std::move(options), {.status =
                                             [&] {
                                               released.wait();
                                               return std::string("{}");
                                             },
                                         .metrics = {},
                                         .ready = {},
                                         .consumers = {},
                                         .wait_for_records = {}});
  Wire wire(world.port());
  EXPECT_EQ(wire.get("/api/v1/health").status, 503);
  EXPECT_EQ(wire.get("/healthz").status, 200);
  release.set_value();
}

TEST(ServerStop, ends_within_a_second_whoever_is_connected) {
  World world;
  Wire idle(world.port());
  EXPECT_EQ(idle.get("/healthz").status, 200);
  Wire half(world.port());
  half.send("POST /api/v1/sql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\nabc");
  Wire live(world.port());
  ASSERT_EQ(live.upgrade().status, 101);
  live.send_text(R"({"op":"ping"})");
  live.text_with("pong");
  const Duration began = monotonic_now();
  world.server->stop();
  EXPECT_LT((monotonic_now() - began).ns, seconds(1).ns);
  EXPECT_TRUE(idle.closed());
  EXPECT_TRUE(half.closed());
  int code = 0;
  while (const auto frame = live.frame()) code = frame->close_code();
  EXPECT_EQ(code, 1001);
}

TEST(ServerStop, does_not_wait_for_a_long_query) {
  World world;
  Wire wire(world.port());
  post_sql(wire, kSlowSql);
  // Once an answer came to a later request, the query is with its worker.
  Wire other(world.port());
  EXPECT_EQ(other.get("/api/v1/symbols").status, 200);
  const Duration began = monotonic_now();
  world.server->stop();
  EXPECT_LT((monotonic_now() - began).ns, seconds(2).ns);
}

}  // namespace
}  // namespace tapewire
