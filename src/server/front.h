// SPDX-License-Identifier: Apache-2.0
// Speaks HTTP/1.1 and websocket on one listening socket and one thread; knows no routes.
//
// Limits:  header and body sizes, connections, one deadline for each request's header, body, answer
//          and write; the bytes of all answers that wait for their readers. What breaks HTTP is
//          answered with a problem where that is possible.
// Threads: `start` makes the io thread; `hub` and `screen` are used on it only. `post` from any.
// Errors:  in_use when the port is taken, naming it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "server/http_message.h"
#include "server/listen_address.h"
#include "server/live_hub.h"

namespace tapewire {

struct FrontLimits {
  std::size_t connections = 512;
  std::size_t header_bytes = 8 * 1024;
  std::size_t body_bytes = std::size_t{1} << 20;
  Duration read_max = seconds(30);  // header, and again body; also idle between requests
  Duration answer_max = seconds(35);  // of the handler
  Duration write_max = seconds(120);
  Duration stall_max = seconds(30);  // of a write that makes no progress
  // Of all answers on their way together; a large one beyond it is 503. Small ones always go.
  std::size_t waiting_bytes = std::size_t{256} << 20;
};

class Front {
 public:
  // Called once, from any thread.
  using Reply = std::function<void(HttpResponse)>;
  struct Handlers {
    // Looks at the header alone; a response ends the request before its body is read.
    std::function<std::optional<HttpResponse>(const HttpRequest&)> screen;
    // Answers now or later; not at all once `gone` is asked to stop: the client has left or its time is
    // up.
    std::function<void(HttpRequest, const std::stop_token& gone, Reply)> answer;
    // Called four times a second, on the io thread.
    std::function<void(Duration now)> tick;
  };

  static Result<std::unique_ptr<Front>> listen(const ListenAddress& address, FrontLimits limits,
                                               LiveHub& hub, Handlers handlers);
  ~Front();
  void start();
  // Closes idle connections and clients, gives running requests a moment, then cuts the rest.
  void stop();
  // Runs `job` on the io thread; after `stop` never.
  void post(std::function<void()> job);
  [[nodiscard]] std::uint16_t port() const;

 private:
  struct Impl;
  explicit Front(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tapewire
