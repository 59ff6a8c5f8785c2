// SPDX-License-Identifier: Apache-2.0
// A store, a log and a server in a temporary directory, and a bare socket client that shares no code
// with the server.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventlog/memory/memory_log.h"
#include "server/server.h"
#include "store/store.h"

namespace tapewire {

struct WireResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

struct WireFrame {
  int opcode = 0;  // 1 text, 8 close, 9 ping, 10 pong
  std::string payload;
  [[nodiscard]] int close_code() const;
};

// A TCP connection to 127.0.0.1. Every wait ends after `kPatience`.
class Wire {
 public:
  explicit Wire(std::uint16_t port, int receive_buffer = 0);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  void send(std::string_view bytes);
  // nullopt: the server closed, or nothing came.
  std::optional<WireResponse> response(bool head = false);
  WireResponse get(std::string_view target, std::string_view more_headers = {});
  // True when the server has closed the connection.
  bool closed();

  // Websocket: 101 or what else came.
  WireResponse upgrade(std::string_view target = "/ws", std::string_view more_headers = {});
  void send_text(std::string_view text);
  void send_frame(int opcode, std::string_view payload);
  std::optional<WireFrame> frame();
  // The next text frame that holds `part`, answering pings; fails the test when none comes.
  std::string text_with(std::string_view part);

 private:
  bool fill();
  std::optional<std::string> take(std::size_t bytes);
  int socket_ = -1;
  std::string buffer_;
};

class TempDir {
 public:
  TempDir();
  ~TempDir();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Values with everything set, for what a test does not care about.
Bar sample_bar(std::string_view symbol, Timestamp start, std::string_view close = "101.5",
               Width width = Width::m1);
NewsItem sample_news(std::string_view id, Timestamp published, std::string_view title);
Timestamp at(std::string_view iso8601);

struct World {
  explicit World(ServerOptions options = {}, ServerCallbacks callbacks = {});
  ~World();
  // Appends to the log as the pipeline or ingest would; returns the offset after it.
  void append(const Bar& bar, Topic topic = Topic::bars);
  void append(const NewsItem& item, Timestamp received);
  void append(const SignalSet& signals);
  // Puts rows into the store; bars' offset as if the log had been read up to its present end.
  void put(const std::vector<Bar>& bars);
  void put(const StoreBatch& batch);
  [[nodiscard]] std::uint16_t port() const;

  TempDir dir;
  MemoryLog log;
  std::unique_ptr<Store> store;
  std::unique_ptr<Server> server;
};

}  // namespace tapewire
