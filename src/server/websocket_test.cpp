// SPDX-License-Identifier: Apache-2.0
// Live data as websocket clients meet it, over real sockets.
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "server/server_test_support.h"

namespace tapewire {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

constexpr std::string_view kSubscribe =
    R"({"op":"subscribe","channel":"bars","symbol":"AAPL","width":"1m"})";

Timestamp minute(int m) { return at("2019-02-13T14:30:00Z") + minutes(m); }

TEST(Websocket, snapshot_then_increments) {
  World world;
  world.put({sample_bar("AAPL", minute(0), "1.5")});
  Wire wire(world.port());
  ASSERT_EQ(wire.upgrade().status, 101);
  wire.send_text(kSubscribe);
  const Json snapshot = Json::parse(wire.text_with("snapshot"));
  ASSERT_EQ(snapshot["bars"].size(), 1U);
  EXPECT_EQ(snapshot["bars"][0]["close"], 1.5);
  world.append(sample_bar("MSFT", minute(1)));
  world.append(sample_bar("AAPL", minute(1), "2.5"), Topic::stock_prices);
  EXPECT_EQ(Json::parse(wire.text_with("\"bar\""))["bar"]["is_final"], false);
  world.append(sample_bar("AAPL", minute(1), "2.5"));
  const Json increment = Json::parse(wire.text_with("\"bar\""));
  EXPECT_EQ(increment["bar"]["is_final"], true);
  EXPECT_EQ(increment["bar"]["start_time"], "2019-02-13T14:31:00Z");
}

TEST(Websocket, news_signals_and_status) {
  World world({}, {.status = [] { return std::string(R"({"status":"ok","mode":"live"})"); },
                   .metrics = {},
                   .ready = {},
                   .consumers = {},
                   .wait_for_records = {}});
  Wire wire(world.port());
  ASSERT_EQ(wire.upgrade().status, 101);
  wire.send_text(R"({"op":"subscribe","channel":"news"})");
  wire.text_with("\"snapshot\"");
  world.append(sample_news("n1", minute(0), "Title"), minute(1));
  EXPECT_EQ(Json::parse(wire.text_with("\"item\""))["item"]["title"], "Title");
  wire.send_text(R"({"op":"subscribe","channel":"signals","symbol":"AAPL"})");
  wire.text_with("\"snapshot\"");
  SignalSet set;
  set.symbol = Symbol("AAPL");
  set.time = minute(3);
  set.values[0] = 1.5;
  world.append(set);
  EXPECT_EQ(Json::parse(wire.text_with("\"signal\""))["signal"]["value"], 1.5);
  wire.send_text(R"({"op":"subscribe","channel":"status"})");
  EXPECT_EQ(Json::parse(wire.text_with("\"status\""))["mode"], "live");
}

TEST(Websocket, every_record_arrives_once_whenever_one_subscribes) {
  constexpr int kBars = 3000;
  constexpr int kClients = 8;
  ServerOptions options;
  options.live.outbox_bytes = std::size_t{16} << 20;
  options.live.stalled_max = minutes(5);
  World world(std::move(options));
  std::thread writer([&] {
    for (int i = 0; i < kBars; ++i) world.append(sample_bar("AAPL", minute(i)));
  });
  std::vector<std::unique_ptr<Wire>> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<Wire>(world.port()));
    EXPECT_EQ(clients.back()->upgrade().status, 101);
    clients.back()->send_text(kSubscribe);
  }
  const std::string last = to_iso8601(minute(kBars - 1));
  for (const auto& client : clients) {
    std::vector<std::string> starts;
    for (int frames = 0; frames < 2 * kBars && (starts.empty() || starts.back() != last);
         ++frames) {
      const auto frame = client->frame();
      ASSERT_TRUE(frame);
      if (frame->opcode != 1) continue;
      const Json message = Json::parse(frame->payload);
      ASSERT_NE(message["type"], "lagging") << "the outbox is large enough for this test";
      if (message["type"] == "snapshot") {
        for (const Json& bar : message["bars"]) starts.push_back(bar["start_time"]);
      } else {
        starts.push_back(message["bar"]["start_time"]);
      }
    }
    ASSERT_FALSE(starts.empty());
    // Contiguous minutes from wherever the snapshot began to the end: no gap and no double.
    const auto first = at(starts.front());
    for (std::size_t i = 0; i < starts.size(); ++i) {
      ASSERT_EQ(starts[i], to_iso8601(first + minutes(static_cast<std::int64_t>(i))));
    }
  }
  writer.join();
}

TEST(Websocket, slow_client_is_merged_then_dropped_in_bounded_memory) {
  ServerOptions options;
  options.live.outbox_bytes = 32 * 1024;
  options.live.socket_buffer_bytes = 8 * 1024;
  options.live.stalled_max = milliseconds(600);
  options.live.closing_max = milliseconds(300);
  World world(std::move(options));
  Wire slow(world.port(), 4096);
  ASSERT_EQ(slow.upgrade().status, 101);
  slow.send_text(kSubscribe);
  slow.text_with("snapshot");
  Wire metrics(world.port());
  const auto metric = [&](std::string_view name) {
    const std::string body = metrics.get("/metrics").body;
    const std::size_t line = body.find(fmt::format("\n{} ", name));
    return line == std::string::npos ? -1.0 : std::stod(body.substr(line + name.size() + 2));
  };
  double largest = 0;
  for (int i = 0; i < 4000; ++i) {
    world.append(sample_bar("AAPL", minute(i)));
    if (i % 200 == 0) largest = std::max(largest, metric("tapewire_live_outbox_bytes"));
  }
  const Duration began = monotonic_now();
  while (metric("tapewire_live_dropped_clients_total") < 1 &&
         monotonic_now() - began < seconds(20)) {
    largest = std::max(largest, metric("tapewire_live_outbox_bytes"));
  }
  EXPECT_EQ(metric("tapewire_live_dropped_clients_total"), 1);
  EXPECT_GT(metric("tapewire_live_merged_total"), 1000);
  EXPECT_LE(largest, 40 * 1024);
  EXPECT_TRUE(slow.closed());
  while (metric("tapewire_live_clients") > 0 && monotonic_now() - began < seconds(40)) {
  }
  EXPECT_EQ(metric("tapewire_live_clients"), 0);
}

TEST(Websocket, greedy_client_that_leaves_is_forgotten) {
  ServerOptions options;
  options.live.outbox_bytes = 32 * 1024;
  options.live.socket_buffer_bytes = 8 * 1024;
  World world(std::move(options));
  std::vector<Bar> bars;
  bars.reserve(500);
  for (int i = 0; i < 500; ++i) bars.push_back(sample_bar("AAPL", minute(i)));
  world.put(bars);
  {
    Wire greedy(world.port(), 4096);
    ASSERT_EQ(greedy.upgrade().status, 101);
    // Each asks for a snapshot that is larger than the outbox; none is read.
    for (const std::string_view width : {"1m", "5m", "1h", "1d"}) {
      greedy.send_text(fmt::format(
          R"({{"op":"subscribe","channel":"bars","symbol":"AAPL","width":"{}"}})", width));
    }
    for (int i = 0; i < 200; ++i) greedy.send_text(R"({"op":"ping"})");
    greedy.frame();
  }
  Wire metrics(world.port());
  const Duration began = monotonic_now();
  while (metrics.get("/metrics").body.find("\ntapewire_live_clients 0") == std::string::npos) {
    ASSERT_LT((monotonic_now() - began).ns, seconds(20).ns);
  }
}

TEST(Websocket, wrong_messages_are_answered) {
  const World world;
  Wire wire(world.port());
  ASSERT_EQ(wire.upgrade().status, 101);
  wire.send_text("not json");
  EXPECT_THAT(wire.text_with("error"), HasSubstr("not JSON"));
  wire.send_frame(2, R"({"op":"ping"})");
  wire.text_with("pong");
}

TEST(Websocket, protocol_violations_end_that_client_only) {
  const World world;
  Wire huge(world.port());
  ASSERT_EQ(huge.upgrade().status, 101);
  huge.send_text(std::string(70'000, ' '));
  int code = 0;
  while (const auto frame = huge.frame()) code = frame->close_code();
  EXPECT_EQ(code, 1009);
  Wire unmasked(world.port());
  ASSERT_EQ(unmasked.upgrade().status, 101);
  unmasked.send(std::string("\x81\x01x", 3));
  EXPECT_TRUE(unmasked.closed());
  Wire fine(world.port());
  ASSERT_EQ(fine.upgrade().status, 101);
  fine.send_text(R"({"op":"ping"})");
  fine.text_with("pong");
}

TEST(Websocket, ping_and_close_frames_are_answered) {
  const World world;
  Wire wire(world.port());
  ASSERT_EQ(wire.upgrade().status, 101);
  wire.send_frame(9, "hi");
  const auto pong = wire.frame();
  ASSERT_TRUE(pong);
  EXPECT_EQ(pong->opcode, 10);
  EXPECT_EQ(pong->payload, "hi");
  wire.send_frame(8, std::string("\x03\xe8", 2));
  const auto close = wire.frame();
  ASSERT_TRUE(close);
  EXPECT_EQ(close->close_code(), 1000);
  EXPECT_TRUE(wire.closed());
}

TEST(Websocket, too_many_clients_are_told_to_come_back) {
  ServerOptions options;
  options.live.clients = 1;
  const World world(std::move(options));
  Wire one(world.port());
  ASSERT_EQ(one.upgrade().status, 101);
  one.send_text(R"({"op":"ping"})");
  one.text_with("pong");
  Wire two(world.port());
  two.upgrade();
  const auto refused = two.frame();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->close_code(), 1013);
}

TEST(Websocket, a_silent_client_is_let_go) {
  ServerOptions options;
  options.live.idle_max = milliseconds(500);
  const World world(std::move(options));
  Wire wire(world.port());
  ASSERT_EQ(wire.upgrade().status, 101);
  EXPECT_TRUE(wire.closed());  // it never answers a ping
}

}  // namespace
}  // namespace tapewire
