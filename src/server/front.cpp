// SPDX-License-Identifier: Apache-2.0
#include "server/front.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <thread>
#include <tuple>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <fmt/format.h>

#include "server/front_parts.h"
#include "server/request_target.h"
#include "server/response_finish.h"

namespace tapewire {
namespace {

using namespace front_parts;  // NOLINT(google-build-using-namespace): this file's own parts

constexpr Duration kTickEvery = milliseconds(250);
constexpr Duration kAcceptRetry = milliseconds(100);
constexpr Duration kLinger = seconds(1);
// Answers up to this size count for nothing: the number of connections bounds them.
constexpr std::size_t kSmallAnswer = std::size_t{64} << 10;
constexpr std::size_t kLingerBytes = std::size_t{2} << 20;
// Of a stop: what runs may end within the first, what is left is cut and gone by the second.
constexpr Duration kStopGrace = milliseconds(400);
constexpr Duration kStopCut = milliseconds(600);

std::chrono::nanoseconds chrono(Duration d) { return std::chrono::nanoseconds(d.ns); }

auto into(error_code& ec) { return asio::redirect_error(asio::use_awaitable, ec); }

}  // namespace

struct Front::Impl {
  Impl(FrontLimits l, LiveHub& h, Handlers hs) : limits(l), hub(h), handlers(std::move(hs)) {}

  error_code bind(const ListenAddress& address);
  void begin_stop();
  void cut_all();
  // Ends the io thread once a stop has nothing left to wait for.
  void stop_when_empty() {
    if (stopping && connections.empty() && links.empty()) io.stop();
  }

  asio::awaitable<void> accept_loop();
  asio::awaitable<void> tick_loop();
  asio::awaitable<void> serve(tcp::socket socket);
  // Answers one request; false: the connection ends.
  asio::awaitable<bool> serve_request(Connection& connection);
  asio::awaitable<bool> read_request_body(Connection& connection, RequestParser& parser);
  asio::awaitable<HttpResponse> wait_for_answer(Connection& connection, HttpRequest request);
  asio::awaitable<bool> write(Connection& connection, HttpResponse response, bool head,
                              bool keep_alive);
  // False when the client takes nothing for too long, or too long in all.
  asio::awaitable<bool> write_body(Connection& connection,
                                   http::response_serializer<http::span_body<const char>>& body);
  asio::awaitable<void> linger(Connection& connection);
  asio::awaitable<void> serve_websocket(Connection& connection,
                                        http::request<http::string_body> upgrade);
  asio::awaitable<void> read_messages(std::shared_ptr<Link> link);
  asio::awaitable<void> write_frames(std::shared_ptr<Link> link);

  template <class Coroutine>
  void spawn(Coroutine coroutine) {
    // A connection's failure ends that connection only.
    asio::co_spawn(io, std::move(coroutine), [](const std::exception_ptr&) {});
  }

  const FrontLimits limits;
  LiveHub& hub;
  Handlers handlers;
  bool stopping = false;
  std::size_t waiting_bytes = 0;  // of the answers that are being written
  std::set<Connection*> connections;
  std::set<Link*> links;
  std::thread thread;
  // Last, so that it goes first: it holds the coroutines, which use the rest.
  asio::io_context io{1};
  tcp::acceptor acceptor{io};
  asio::steady_timer ticker{io};
  asio::steady_timer stop_timer{io};
};

Front::Front(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Front::~Front() { stop(); }

error_code Front::Impl::bind(const ListenAddress& address) {
  error_code ec;
  const tcp::endpoint endpoint(asio::ip::make_address(address.host, ec), address.port);
  if (ec) return ec;
  ec = acceptor.open(endpoint.protocol(), ec);
  if (!ec) ec = acceptor.set_option(asio::socket_base::reuse_address(true), ec);
  if (!ec) ec = acceptor.bind(endpoint, ec);
  if (!ec) ec = acceptor.listen(asio::socket_base::max_listen_connections, ec);
  return ec;
}

Result<std::unique_ptr<Front>> Front::listen(const ListenAddress& address, FrontLimits limits,
                                             LiveHub& hub, Handlers handlers) {
  auto impl = std::make_unique<Impl>(limits, hub, std::move(handlers));
  const error_code ec = impl->bind(address);
  if (ec == asio::error::address_in_use) {
    return fail(ErrorCode::in_use,
                fmt::format("port {} on {} is in use by another program; stop it or choose another "
                            "port (port 0 takes any free one)",
                            address.port, address.host));
  }
  if (ec == asio::error::access_denied) {
    return fail(ErrorCode::io,
                fmt::format("listening on port {} of {} is not permitted; choose a port above 1023",
                            address.port, address.host));
  }
  if (ec)
    return fail(ErrorCode::io, fmt::format("cannot listen on {} port {}: {}", address.host,
                                           address.port, ec.message()));
  return std::unique_ptr<Front>(new Front(std::move(impl)));
}

void Front::start() {
  impl_->spawn(impl_->accept_loop());
  impl_->spawn(impl_->tick_loop());
  impl_->thread = std::thread([impl = impl_.get()] {
    while (true) {
      try {
        impl->io.run();
        return;
      } catch (const std::exception&) {
        continue;  // one handler's failure; the others go on
      }
    }
  });
}

void Front::stop() {
  if (!impl_->thread.joinable()) return;
  post([impl = impl_.get()] { impl->begin_stop(); });
  impl_->thread.join();
}

void Front::post(std::function<void()> job) { asio::post(impl_->io, std::move(job)); }

std::uint16_t Front::port() const { return impl_->acceptor.local_endpoint().port(); }

void Front::Impl::begin_stop() {
  stopping = true;
  error_code ignored;
  std::ignore = acceptor.close(ignored);
  ticker.cancel();
  for (Connection* connection : connections) {
    if (connection->idle) connection->stream.close();
  }
  hub.close_all({1001, "the server is stopping"}, monotonic_now());
  stop_timer.expires_after(chrono(kStopGrace));
  stop_timer.async_wait([this](error_code) {
    cut_all();
    stop_timer.expires_after(chrono(kStopCut - kStopGrace));
    stop_timer.async_wait([this](error_code) { io.stop(); });
  });
  stop_when_empty();
}

void Front::Impl::cut_all() {
  for (Connection* connection : connections) connection->stream.close();
  for (Link* link : links) beast::get_lowest_layer(link->socket).close();
}

asio::awaitable<void> Front::Impl::accept_loop() {
  while (!stopping) {
    error_code ec;
    tcp::socket socket = co_await acceptor.async_accept(into(ec));
    if (stopping) co_return;
    if (ec) {  // out of file descriptors, for one
      asio::steady_timer pause(io, chrono(kAcceptRetry));
      co_await pause.async_wait(into(ec));
      continue;
    }
    if (connections.size() + links.size() >= limits.connections) continue;  // closes it
    std::ignore = socket.set_option(tcp::no_delay(true), ec);
    spawn(serve(std::move(socket)));
  }
}

asio::awaitable<void> Front::Impl::tick_loop() {
  while (!stopping) {
    error_code ec;
    ticker.expires_after(chrono(kTickEvery));
    co_await ticker.async_wait(into(ec));
    if (stopping) co_return;
    const Duration now = monotonic_now();
    hub.tick(now);
    handlers.tick(now);
    notice_departures(connections);
  }
}

asio::awaitable<void> Front::Impl::serve(tcp::socket socket) {
  Connection connection(std::move(socket), limits.header_bytes * 2 + 64 * 1024);
  struct Registration {
    Registration(Impl& i, Connection& c) : impl(i), connection(c) {
      impl.connections.insert(&connection);
    }
    ~Registration() {
      impl.connections.erase(&connection);
      impl.stop_when_empty();
    }
    Impl& impl;
    Connection& connection;
  } const registration(*this, connection);
  while (!stopping) {
    const bool again = co_await serve_request(connection);
    if (!again) break;
  }
  error_code ignored;
  std::ignore = connection.stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
}

asio::awaitable<bool> Front::Impl::serve_request(Connection& connection) {
  RequestParser parser;
  parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
  parser.body_limit(limits.body_bytes);
  error_code ec;
  connection.idle = true;
  connection.stream.expires_after(chrono(limits.read_max));
  co_await http::async_read_header(connection.stream, connection.buffer, parser, into(ec));
  connection.idle = false;
  if (ec) {
    auto refused = read_problem(ec, limits);
    if (!refused) co_return false;
    finish_response(HttpRequest{}, *refused);
    co_await write(connection, std::move(*refused), false, false);
    co_await linger(connection);
    co_return false;
  }
  const bool head = parser.get().method() == http::verb::head;
  auto target = parse_target(std::string_view(parser.get().target()));
  HttpRequest request;
  std::optional<HttpResponse> refused;
  if (target) {
    request = plain_request(parser.get(), std::move(*target));
    refused = handlers.screen(request);
  } else {
    refused = problem(400, target.error().message, target.error().parameter);
    finish_response(request, *refused);
  }
  if (refused) {
    // The body is not read, so the connection cannot go on after a request that has one.
    const bool bodiless =
        parser.is_done() || (!parser.chunked() && parser.content_length().value_or(0) == 0);
    const bool keep = bodiless && parser.get().keep_alive();
    co_await write(connection, std::move(*refused), head, keep);
    if (!keep) co_await linger(connection);
    co_return keep;
  }
  if (request.path == "/ws" && websocket::is_upgrade(parser.get())) {
    http::request<http::string_body> upgrade = parser.release();
    co_await serve_websocket(connection, std::move(upgrade));
    co_return false;
  }
  const bool whole = co_await read_request_body(connection, parser);
  if (!whole) co_return false;
  const bool keep_alive = parser.get().keep_alive();
  request.body = std::move(parser.get().body());
  connection.stream.expires_never();
  HttpResponse response = co_await wait_for_answer(connection, std::move(request));
  const bool keep = keep_alive && !response.close && !stopping;
  const bool written = co_await write(connection, std::move(response), head, keep);
  co_return written&& keep;
}

asio::awaitable<bool> Front::Impl::read_request_body(Connection& connection,
                                                     RequestParser& parser) {
  error_code ec;
  connection.stream.expires_after(chrono(limits.read_max));
  if (!parser.is_done() && beast::iequals(parser.get()[http::field::expect], "100-continue")) {
    static constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
    co_await asio::async_write(connection.stream, asio::buffer(kGoOn), into(ec));
    if (ec) co_return false;
  }
  co_await http::async_read(connection.stream, connection.buffer, parser, into(ec));
  if (!ec) co_return true;
  auto refused = read_problem(ec, limits);
  if (!refused) co_return false;
  finish_response(HttpRequest{}, *refused);
  co_await write(connection, std::move(*refused), false, false);
  co_await linger(connection);
  co_return false;
}

asio::awaitable<HttpResponse> Front::Impl::wait_for_answer(Connection& connection,
                                                           HttpRequest request) {
  const auto waiting = std::make_shared<Waiting>(io);
  waiting->timer.expires_after(chrono(limits.answer_max));
  const auto reply = [this, waiting](HttpResponse response) {
    auto kept = std::make_shared<HttpResponse>(std::move(response));
    asio::post(io, [waiting, kept] {
      waiting->response = std::move(*kept);
      waiting->timer.cancel();
    });
  };
  handlers.answer(std::move(request), waiting->gone.get_token(), reply);
  error_code ec;
  connection.waiting = waiting;
  if (!waiting->response) co_await waiting->timer.async_wait(into(ec));
  connection.waiting.reset();
  if (waiting->response) co_return std::move(*waiting->response);
  if (waiting->gone.stop_requested()) {
    HttpResponse left = problem(503, "the client closed its side before the answer was made");
    left.close = true;
    finish_response(HttpRequest{}, left);
    co_return left;
  }
  waiting->gone.request_stop();
  HttpResponse late = problem(503, "the answer took too long; ask for less or try again");
  late.headers.push_back({"Retry-After", "5"});
  finish_response(HttpRequest{}, late);
  co_return late;
}

asio::awaitable<bool> Front::Impl::write(Connection& connection, HttpResponse response, bool head,
                                         bool keep_alive) {
  std::size_t claimed = response.body.size() > kSmallAnswer ? response.body.size() : 0;
  if (claimed > limits.waiting_bytes - std::min(waiting_bytes, limits.waiting_bytes)) {
    response = problem(503, "too many large answers wait for slow readers; try again later");
    response.headers.push_back({"Retry-After", "5"});
    finish_response(HttpRequest{}, response);
    claimed = 0;
  }
  struct Claim {
    Claim(std::size_t& t, std::size_t b) : total(t), bytes(b) { total += bytes; }
    ~Claim() { total -= bytes; }
    std::size_t& total;
    std::size_t bytes;
  } const claim(waiting_bytes, claimed);
  const std::string_view content = response.content();
  http::response<http::span_body<const char>> message;
  message.version(11);
  message.result(static_cast<unsigned>(response.status));
  message.set(http::field::server, "tapewire");
  message.set(http::field::date, http_date(system_now()));
  if (!response.content_type.empty()) message.set(http::field::content_type, response.content_type);
  for (const HttpHeader& header : response.headers) message.insert(header.name, header.value);
  message.keep_alive(keep_alive);
  if (response.status != 304) message.content_length(content.size());
  message.body() = {content.data(), content.size()};
  http::response_serializer<http::span_body<const char>> serializer(message);
  if (!head && response.status != 304) co_return co_await write_body(connection, serializer);
  error_code ec;
  serializer.split(true);
  connection.stream.expires_after(chrono(limits.stall_max));
  co_await http::async_write_header(connection.stream, serializer, into(ec));
  co_return !ec;
}

asio::awaitable<bool> Front::Impl::write_body(
    Connection& connection, http::response_serializer<http::span_body<const char>>& body) {
  error_code ec;
  const Duration end = monotonic_now() + limits.write_max;
  while (!body.is_done()) {
    const Duration left = end - monotonic_now();
    if (left <= Duration{0}) co_return false;
    connection.stream.expires_after(chrono(std::min(left, limits.stall_max)));
    co_await http::async_write_some(connection.stream, body, into(ec));
    if (ec) co_return false;
  }
  co_return true;
}

// Reads on for a moment after a refusal: closing with unread bytes would take the answer back.
asio::awaitable<void> Front::Impl::linger(Connection& connection) {
  error_code ec;
  ec = connection.stream.socket().shutdown(tcp::socket::shutdown_send, ec);
  connection.stream.expires_after(chrono(kLinger));
  std::array<char, 16 * 1024> rest{};
  std::size_t total = 0;
  while (!ec && total < kLingerBytes) {
    total += co_await connection.stream.async_read_some(asio::buffer(rest), into(ec));
  }
}

asio::awaitable<void> Front::Impl::serve_websocket(Connection& connection,
                                                   http::request<http::string_body> upgrade) {
  connection.stream.expires_never();
  const auto link = std::make_shared<Link>(std::move(connection.stream), io);
  const std::weak_ptr<Link> weak = link;
  const LiveLimits& live = hub.limits();
  error_code ec;
  const asio::socket_base::send_buffer_size buffer(static_cast<int>(live.socket_buffer_bytes));
  std::ignore = beast::get_lowest_layer(link->socket).socket().set_option(buffer, ec);
  link->socket.set_option(websocket::stream_base::timeout{
      std::chrono::seconds(10),
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(chrono(live.idle_max)),
      true});
  link->socket.read_message_max(live.message_bytes);
  link->socket.auto_fragment(false);
  link->socket.text(true);
  co_await link->socket.async_accept(upgrade, into(ec));
  if (ec || stopping) co_return;
  link->session = hub.open({
      .wake =
          [weak] {
            if (const auto l = weak.lock()) l->stir();
          },
      .abort =
          [weak] {
            if (const auto l = weak.lock()) beast::get_lowest_layer(l->socket).close();
          },
  });
  if (link->session == nullptr) {
    const websocket::close_reason full(websocket::close_code::try_again_later, "too many clients");
    co_await link->socket.async_close(full, into(ec));
    co_return;
  }
  links.insert(link.get());
  spawn(read_messages(link));
  spawn(write_frames(link));
}

asio::awaitable<void> Front::Impl::read_messages(std::shared_ptr<Link> link) {
  struct Departure {
    ~Departure() {
      impl.hub.close(*link->session);
      impl.links.erase(link.get());
      link->gone = true;
      if (impl.io.stopped()) return;
      link->stir();
      impl.stop_when_empty();
    }
    Impl& impl;
    std::shared_ptr<Link> link;
  } const departure{*this, link};
  beast::flat_buffer buffer(hub.limits().message_bytes * 2);
  error_code ec;
  while (true) {
    while (!link->session->may_read() && !link->session->closing() && !link->gone) {
      link->room.expires_at(asio::steady_timer::time_point::max());
      co_await link->room.async_wait(into(ec));
    }
    co_await link->socket.async_read(buffer, into(ec));
    if (ec) co_return;
    const std::string_view message(static_cast<const char*>(buffer.cdata().data()), buffer.size());
    hub.receive(*link->session, message, monotonic_now());
    buffer.consume(buffer.size());
  }
}

asio::awaitable<void> Front::Impl::write_frames(std::shared_ptr<Link> link) {
  error_code ec;
  while (!link->gone) {
    const std::optional<Outgoing> outgoing = hub.next(*link->session, monotonic_now());
    if (!outgoing) {
      link->wake.expires_at(asio::steady_timer::time_point::max());
      co_await link->wake.async_wait(into(ec));
      continue;
    }
    if (const CloseFrame* close = std::get_if<CloseFrame>(&*outgoing)) {
      websocket::close_reason reason(static_cast<websocket::close_code>(close->code));
      reason.reason.assign(close->reason.substr(0, 120));
      co_await link->socket.async_close(reason, into(ec));
      co_return;
    }
    const FrameText& text = std::get<FrameText>(*outgoing);
    co_await link->socket.async_write(asio::buffer(*text), into(ec));
    if (ec) break;
    link->room.cancel();
  }
  // Nothing can be written any more: the reader ends too.
  link->gone = true;
  beast::get_lowest_layer(link->socket).close();
  link->stir();
}

}  // namespace tapewire
