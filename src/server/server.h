// SPDX-License-Identifier: Apache-2.0
// Serves the store and the log to browsers and programs: REST, websocket, metrics and the web page.
//
// Safety:  listens on loopback unless a token is set; access.h says what else is checked.
// Threads: one io thread, a few workers for queries and a few for users' SQL, one that follows the log.
// Life:    store, log and what the callbacks use outlive the server. `stop` takes less than a second
//          and ends running queries.
// Errors:  invalid_argument for options that cannot be, in_use when the port is taken.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "server/backend.h"
#include "server/front.h"
#include "server/live_values.h"

namespace tapewire {

// Of a token that guards more than loopback.
inline constexpr std::size_t kTokenBytesMin = 16;

struct ServerOptions {
  std::string listen = "127.0.0.1:8090";  // port 0: any free one
  std::string token;  // empty: none needed (loopback only)
  std::vector<std::string> allowed_hosts;  // names besides loopback that requests may use
  std::vector<std::string> allowed_origins;  // besides the server's own
  std::size_t worker_threads = 2;
  std::size_t sql_threads = 2;  // for users' SQL alone
  std::size_t waiting_jobs = 64;  // of either; more are refused with 503
  SqlLimits sql_limits;
  FrontLimits http;
  LiveLimits live;
};

// Whether a server may start with these; the error says which setting to change.
Status check_server_options(const ServerOptions& options);

class Server {
 public:
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Store& store, EventLog& log,
                                               ServerCallbacks callbacks);
  ~Server();
  // "http://127.0.0.1:8090"
  [[nodiscard]] std::string address() const;
  void stop();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tapewire
