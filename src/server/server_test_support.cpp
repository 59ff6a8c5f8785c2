// SPDX-License-Identifier: Apache-2.0
#include "server/server_test_support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "model/codec.h"

namespace tapewire {
namespace {

constexpr int kPatienceMs = 10'000;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

WireResponse parse_head(std::string_view head) {
  WireResponse out;
  std::from_chars(head.data() + 9, head.data() + 12, out.status);
  std::size_t line = head.find("\r\n") + 2;
  while (line < head.size()) {
    const std::size_t end = std::min(head.find("\r\n", line), head.size());
    const std::string_view text = head.substr(line, end - line);
    const std::size_t colon = text.find(": ");
    if (colon != std::string_view::npos) {
      out.headers[lower(std::string(text.substr(0, colon)))] = text.substr(colon + 2);
    }
    line = end + 2;
  }
  return out;
}

}  // namespace

int WireFrame::close_code() const {
  if (opcode != 8 || payload.size() < 2) return 0;
  return static_cast<unsigned char>(payload[0]) * 256 + static_cast<unsigned char>(payload[1]);
}

Wire::Wire(std::uint16_t port, int receive_buffer)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer > 0)
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
}
Wire::~Wire() { ::close(socket_); }

void Wire::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool Wire::fill() {
  pollfd wait{.fd = socket_, .events = POLLIN, .revents = 0};
  if (poll(&wait, 1, kPatienceMs) <= 0) return false;
  std::array<char, 65536> piece{};
  const ssize_t size = recv(socket_, piece.data(), piece.size(), 0);
  if (size <= 0) return false;
  buffer_.append(piece.data(), static_cast<std::size_t>(size));
  return true;
}

std::optional<std::string> Wire::take(std::size_t bytes) {
  while (buffer_.size() < bytes) {
    if (!fill()) return std::nullopt;
  }
  std::string out = buffer_.substr(0, bytes);
  buffer_.erase(0, bytes);
  return out;
}

bool Wire::closed() {
  while (fill()) buffer_.clear();
  char byte = 0;
  return recv(socket_, &byte, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET;
}

std::optional<WireResponse> Wire::response(bool head) {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return std::nullopt;
  }
  WireResponse out = parse_head(std::string_view(buffer_).substr(0, end));
  buffer_.erase(0, end + 4);
  if (head || !out.headers.contains("content-length")) return out;
  const auto body = take(std::stoul(out.headers["content-length"]));
  if (!body) return std::nullopt;
  out.body = *body;
  return out;
}

WireResponse Wire::get(std::string_view target, std::string_view more_headers) {
  send(fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\n{}\r\n", target, more_headers));
  return response().value_or(WireResponse{});
}

WireResponse Wire::upgrade(std::string_view target, std::string_view more_headers) {
  return get(
      target,
      fmt::format("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}",
                  more_headers));
}

void Wire::send_text(std::string_view text) { send_frame(1, text); }

void Wire::send_frame(int opcode, std::string_view payload) {
  std::string out;
  out += static_cast<char>(0x80 | opcode);
  if (payload.size() < 126) {
    out += static_cast<char>(0x80 | payload.size());
  } else if (payload.size() < 65536) {
    out += static_cast<char>(0x80 | 126);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size() & 255);
  } else {
    out += static_cast<char>(0x80 | 127);
    for (int shift = 56; shift >= 0; shift -= 8)
      out += static_cast<char>(payload.size() >> shift & 255);
  }
  constexpr std::string_view kMask = "\x01\x02\x03\x04";
  out += kMask;
  for (std::size_t i = 0; i < payload.size(); ++i)
    out += static_cast<char>(payload[i] ^ kMask[i % 4]);
  send(out);
}

std::optional<WireFrame> Wire::frame() {
  const auto head = take(2);
  if (!head) return std::nullopt;
  WireFrame out;
  out.opcode = (*head)[0] & 15;
  std::size_t size = static_cast<unsigned char>((*head)[1]) & 127;
  if (size >= 126) {
    const auto more = take(size == 126 ? 2 : 8);
    if (!more) return std::nullopt;
    size = 0;
    for (const char c : *more) size = size * 256 + static_cast<unsigned char>(c);
  }
  auto payload = take(size);
  if (!payload) return std::nullopt;
  out.payload = std::move(*payload);
  return out;
}

std::string Wire::text_with(std::string_view part) {
  for (int frames = 0; frames < 100'000; ++frames) {
    const auto next = frame();
    if (!next || next->opcode == 8) break;
    if (next->opcode == 9) send_frame(10, next->payload);
    if (next->opcode == 1 && next->payload.find(part) != std::string::npos) return next->payload;
  }
  ADD_FAILURE() << "no frame with " << part;
  return {};
}

TempDir::TempDir() {
  static std::atomic<int> count = 0;
  path_ = std::filesystem::temp_directory_path() /
          fmt::format("tapewire-server-test-{}-{}", getpid(), ++count);
  std::filesystem::create_directories(path_);
}
TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Timestamp at(std::string_view iso8601) {
  const auto parsed = parse_iso8601(iso8601);
  EXPECT_TRUE(parsed) << iso8601;
  return parsed.value_or(Timestamp{});
}

Bar sample_bar(std::string_view symbol, Timestamp start, std::string_view close, Width width) {
  Bar bar;
  bar.symbol = Symbol(symbol);
  bar.width = width;
  bar.session = TradingSession::regular;
  bar.start = start;
  bar.end = start + (width == Width::d1 ? minutes(390) : span_of(width));
  bar.close = {parse_price(close)->value};
  bar.open = bar.low = {bar.close.raw - 250'000'000};
  bar.high = {bar.close.raw + 125'000'000};
  bar.volume = {1'500'000'000};
  bar.transactions = 17;
  bar.source = SourceName("files");
  return bar;
}

NewsItem sample_news(std::string_view id, Timestamp published, std::string_view title) {
  NewsItem item;
  item.id = id;
  item.source = "guardian";
  item.search = "apple";
  item.published_at = published;
  item.title = title;
  item.summary = "summary";
  item.symbols = {"AAPL"};
  item.extra = R"({"type":"article","wordcount":12})";
  return item;
}

World::World(ServerOptions options, ServerCallbacks callbacks) {
  auto opened = Store::open(dir.path() / "store.duckdb", {});
  if (!opened) {
    ADD_FAILURE() << opened.error().message;
    return;
  }
  store = std::move(*opened);
  options.listen = "127.0.0.1:0";
  auto started = Server::start(std::move(options), *store, log, std::move(callbacks));
  if (!started) {
    ADD_FAILURE() << started.error().message;
    return;
  }
  server = std::move(*started);
}
World::~World() = default;

std::uint16_t World::port() const {
  const std::string address = server->address();
  return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

void World::append(const Bar& bar, Topic topic) {
  AppendBatch batch;
  batch.add(topic, RecordKind::bar, kLiveRun, bar.end, bar.end, bar.symbol.view(),
            [&](std::string& out) { encode(bar, out); });
  ASSERT_TRUE(log.commit(batch));
}
void World::append(const NewsItem& item, Timestamp received) {
  AppendBatch batch;
  batch.add(Topic::news_articles, RecordKind::news, kLiveRun, item.published_at, received,
            item.search, [&](std::string& out) { encode(item, out); });
  ASSERT_TRUE(log.commit(batch));
}
void World::append(const SignalSet& signals) {
  AppendBatch batch;
  batch.add(Topic::signals, RecordKind::signal, kLiveRun, signals.time, signals.time,
            signals.symbol.view(), [&](std::string& out) { encode(signals, out); });
  ASSERT_TRUE(log.commit(batch));
}

void World::put(const StoreBatch& batch) {
  const auto applied = store->apply(batch);
  ASSERT_TRUE(applied) << applied.error().message;
}
void World::put(const std::vector<Bar>& bars) {
  StoreBatch batch;
  for (const Bar& bar : bars) batch.bars.push_back({bar, kLiveRun});
  put(batch);
}

}  // namespace tapewire
