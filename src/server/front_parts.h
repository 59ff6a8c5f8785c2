// SPDX-License-Identifier: Apache-2.0
// The parts of front.cpp that see Boost.Beast, for that file only: it takes half a minute to compile.
#pragma once

#include <poll.h>

#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "server/front.h"
#include "server/request_target.h"

namespace tapewire::front_parts {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;
using RequestParser = http::request_parser<http::string_body>;
using WebSocket = websocket::stream<beast::tcp_stream>;

// A websocket and the two coroutines' ways to wake each other.
struct Link {
  Link(beast::tcp_stream stream, asio::io_context& io)
      : socket(std::move(stream)), wake(io), room(io) {}
  // Lets both coroutines look again.
  void stir() {
    wake.cancel();
    room.cancel();
  }
  WebSocket socket;
  asio::steady_timer wake;  // there may be something to write
  asio::steady_timer room;  // the outbox may have room
  std::shared_ptr<LiveSession> session;
  bool gone = false;
};

// A request whose answer is being made.
struct Waiting {
  explicit Waiting(asio::io_context& io) : timer(io) {}
  asio::steady_timer timer;
  std::optional<HttpResponse> response;
  std::stop_source gone;
  int ticks_alone = 0;  // for how many ticks the client's side has been closed
};

struct Connection {
  explicit Connection(tcp::socket socket, std::size_t buffer_bytes)
      : stream(std::move(socket)), buffer(buffer_bytes) {}
  beast::tcp_stream stream;
  beast::flat_buffer buffer;
  bool idle = true;  // waits for a request
  std::shared_ptr<Waiting> waiting;
};

// Ends the wait for answers whose clients have closed their side. Called at every tick.
// The kernel is asked: a read would not see the end behind requests that are still unread.
inline void notice_departures(const std::set<Connection*>& connections) {
  // A client that only half-closes is given so many ticks for an answer that is quickly made.
  constexpr int kTicksAloneMax = 2;
  std::vector<pollfd> sockets;
  std::vector<Waiting*> waits;
  for (Connection* connection : connections) {
    if (connection->waiting == nullptr || !connection->stream.socket().is_open()) continue;
    sockets.push_back({connection->stream.socket().native_handle(), POLLRDHUP, 0});
    waits.push_back(connection->waiting.get());
  }
  if (sockets.empty() || poll(sockets.data(), sockets.size(), 0) <= 0) return;
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    if (sockets[i].revents == 0 || ++waits[i]->ticks_alone < kTicksAloneMax) continue;
    waits[i]->gone.request_stop();
    waits[i]->timer.cancel();
  }
}

inline HttpRequest plain_request(const http::request<http::string_body>& message,
                                 RequestTarget target) {
  const auto text = [&](http::field name) { return std::string(message[name]); };
  HttpRequest out;
  out.method = std::string(message.method_string());
  out.path = std::move(target.path);
  out.query = std::move(target.query);
  if (message.count(http::field::host) == 1) out.host = text(http::field::host);
  out.origin = text(http::field::origin);
  out.fetch_site = std::string(message["Sec-Fetch-Site"]);
  out.authorization = text(http::field::authorization);
  out.cookie = text(http::field::cookie);
  out.content_type = text(http::field::content_type);
  out.accept_encoding = text(http::field::accept_encoding);
  out.if_none_match = text(http::field::if_none_match);
  return out;
}

// The problem to send for a request that Beast could not read; nullopt: just close.
inline std::optional<HttpResponse> read_problem(const error_code& ec, const FrontLimits& limits) {
  if (ec == http::error::header_limit || ec == http::error::buffer_overflow) {
    return problem(431, fmt::format("the header is larger than {} bytes", limits.header_bytes));
  }
  if (ec == http::error::body_limit) {
    return problem(413, fmt::format("the body is larger than {} bytes", limits.body_bytes));
  }
  if (ec == http::error::end_of_stream || ec == http::error::partial_message) return std::nullopt;
  if (ec.category() == http::make_error_code(http::error::bad_method).category()) {
    return problem(400, fmt::format("this is not HTTP/1.1: {}", ec.message()));
  }
  return std::nullopt;
}

}  // namespace tapewire::front_parts
