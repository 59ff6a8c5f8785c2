// SPDX-License-Identifier: Apache-2.0
#include "server/server.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include <fmt/format.h>

#include "server/access.h"
#include "server/live_feed.h"
#include "server/response_finish.h"
#include "server/routes.h"
#include "server/server_metrics.h"
#include "server/worker_pool.h"

namespace tapewire {
namespace {

bool fits_a_header(std::string_view token) {
  return std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7f; });
}

Status check_options(const ServerOptions& options, const ListenAddress& address) {
  if (!address.loopback && options.token.size() < kTokenBytesMin) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("listening on {} would let other machines read everything here; set "
                            "TAPEWIRE_TOKEN to a token of at least {} characters, or listen on "
                            "127.0.0.1",
                            options.listen, kTokenBytesMin));
  }
  if (!fits_a_header(options.token)) {
    return fail(ErrorCode::invalid_argument,
                "TAPEWIRE_TOKEN may hold visible ASCII characters only, no blanks: it is sent in a "
                "header");
  }
  if (options.worker_threads == 0 || options.sql_threads == 0 || options.waiting_jobs == 0 ||
      options.live.clients == 0) {
    return fail(ErrorCode::invalid_argument,
                "the server needs at least one worker, one waiting job and one client");
  }
  return {};
}

// Waits until the io thread is through with a batch, or the server stops.
class Handover {
 public:
  void done() {
    const std::lock_guard lock(mutex_);
    done_ = true;
    changed_.notify_all();
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return done_ || stopping_; });
    done_ = false;
  }
  // Waits for a stop at most so long: how the log is polled when nobody tells of new records.
  void pause(Duration patience) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::nanoseconds(patience.ns), [this] { return stopping_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  bool stopping_ = false;
};

constexpr Duration kPollEvery = milliseconds(20);

}  // namespace

struct Server::Impl {
  Impl(ServerOptions o, Store& store, EventLog& event_log, ServerCallbacks c)
      : options(std::move(o)),
        callbacks(std::move(c)),
        log(event_log),
        backend{store, event_log, callbacks, [this] { return metrics.text(); }, options.sql_limits},
        hub(options.live, interest,
            [this](SessionId id, const Subscription& to) { return start_snapshot(id, to); }) {}

  Status start(const ListenAddress& address);
  void stop();
  std::optional<HttpResponse> screen(const HttpRequest& request);
  void answer(HttpRequest request, const std::stop_token& gone, const Front::Reply& reply);
  void answer_on_worker(const Route& route, HttpRequest request, const std::stop_token& gone,
                        const Front::Reply& reply);
  bool start_snapshot(SessionId id, const Subscription& to);
  void deliver(std::vector<LiveEvent> events);
  LiveFeed::Hooks feed_hooks();

  const ServerOptions options;
  const ServerCallbacks callbacks;
  EventLog& log;
  ServerMetrics metrics;
  const Backend backend;
  std::optional<Access> access;
  LiveInterest interest;
  Handover handover;
  LiveHub hub;
  std::unique_ptr<Front> front;
  std::unique_ptr<WorkerPool> workers;
  std::unique_ptr<WorkerPool> sql_workers;
  std::unique_ptr<LiveFeed> feed;
  std::string address;
};

Status check_server_options(const ServerOptions& options) {
  TRY_ASSIGN(const ListenAddress address, parse_listen_address(options.listen));
  return check_options(options, address);
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { stop(); }
std::string Server::address() const { return impl_->address; }
void Server::stop() { impl_->stop(); }

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Store& store, EventLog& log,
                                              ServerCallbacks callbacks) {
  TRY_ASSIGN(const ListenAddress address, parse_listen_address(options.listen));
  TRY(check_options(options, address));
  auto impl = std::make_unique<Impl>(std::move(options), store, log, std::move(callbacks));
  TRY(impl->start(address));
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Status Server::Impl::start(const ListenAddress& listen) {
  access.emplace(AccessOptions{options.token, listen.loopback, options.allowed_hosts,
                               options.allowed_origins});
  Front::Handlers handlers;
  handlers.screen = [this](const HttpRequest& request) { return screen(request); };
  handlers.answer = [this](HttpRequest request, const std::stop_token& gone,
                           const Front::Reply& reply) { answer(std::move(request), gone, reply); };
  handlers.tick = [this](Duration) {
    metrics.set_live(hub.totals(), feed->errors());
    metrics.set_workers_waiting(workers->waiting() + sql_workers->waiting());
  };
  FrontLimits limits = options.http;
  // A query is ended by its own limit, with a better message than the front's.
  limits.answer_max = std::max(limits.answer_max, options.sql_limits.time + seconds(5));
  TRY_ASSIGN(front, Front::listen(listen, limits, hub, std::move(handlers)));
  const bool bare = listen.host.find(':') == std::string::npos;
  address = fmt::format(fmt::runtime(bare ? "http://{}:{}" : "http://[{}]:{}"), listen.host,
                        front->port());
  workers = std::make_unique<WorkerPool>(options.worker_threads, options.waiting_jobs);
  sql_workers = std::make_unique<WorkerPool>(options.sql_threads, options.waiting_jobs);
  feed = std::make_unique<LiveFeed>(log, interest, feed_hooks());
  TRY(feed->start());
  front->start();
  return {};
}

void Server::Impl::stop() {
  handover.stop();
  if (feed) feed->stop();
  backend.store.stop_queries();
  if (front) front->stop();
  const auto interrupt = [this] { backend.store.stop_queries(); };
  if (sql_workers) sql_workers->stop(interrupt);
  if (workers) workers->stop(interrupt);
}

LiveFeed::Hooks Server::Impl::feed_hooks() {
  LiveFeed::Hooks hooks;
  hooks.deliver = [this](std::vector<LiveEvent> events) { deliver(std::move(events)); };
  hooks.status = callbacks.status;
  hooks.wait_for_records = callbacks.wait_for_records;
  if (!hooks.wait_for_records)
    hooks.wait_for_records = [this](Duration) { handover.pause(kPollEvery); };
  return hooks;
}

void Server::Impl::deliver(std::vector<LiveEvent> events) {
  front->post([this, events = std::move(events)] {
    const auto done = [](Handover* h) { h->done(); };
    const std::unique_ptr<Handover, decltype(done)> told(&handover, done);
    hub.deliver(events);
  });
  handover.wait();
}

std::optional<HttpResponse> Server::Impl::screen(const HttpRequest& request) {
  auto refused = access->refuse(request);
  if (refused) {
    metrics.observe_request("refused", refused->status, Duration{});
    finish_response(request, *refused);
  }
  return refused;
}

void Server::Impl::answer(HttpRequest request, const std::stop_token& gone,
                          const Front::Reply& reply) {
  Dispatch dispatch = find_route(request);
  if (dispatch.route == nullptr) {
    metrics.observe_request(dispatch.response.status < 400 ? "page" : "refused",
                            dispatch.response.status, Duration{});
    finish_response(request, dispatch.response);
    return reply(std::move(dispatch.response));
  }
  const Route& route = *dispatch.route;
  if (route.runs_on != RunsOn::io_thread) {
    return answer_on_worker(route, std::move(request), gone, reply);
  }
  const Duration began = monotonic_now();
  HttpResponse response = tapewire::answer(route, request, backend);
  metrics.observe_request(route.path, response.status, monotonic_now() - began);
  reply(std::move(response));
}

void Server::Impl::answer_on_worker(const Route& route, HttpRequest request,
                                    const std::stop_token& gone, const Front::Reply& reply) {
  const Duration began = monotonic_now();
  WorkerPool& pool = route.runs_on == RunsOn::sql_worker ? *sql_workers : *workers;
  const auto work = [this, &route, request = std::move(request), gone, reply, began] {
    HttpResponse response = tapewire::answer(route, request, backend, gone);
    metrics.observe_request(route.path, response.status, monotonic_now() - began);
    reply(std::move(response));
  };
  if (pool.try_submit(work, gone)) return;
  HttpResponse busy = problem(503, "too many queries are waiting; try again in a second");
  busy.headers.push_back({"Retry-After", "1"});
  metrics.observe_request(route.path, busy.status, Duration{});
  finish_response(HttpRequest{}, busy);
  reply(std::move(busy));
}

bool Server::Impl::start_snapshot(SessionId id, const Subscription& to) {
  return workers->try_submit([this, id, to] {
    Result<LiveSnapshot> snapshot = fail(ErrorCode::internal, "the snapshot could not be made");
    try {
      snapshot = take_snapshot(backend.store, log, to);
    } catch (const std::exception& error) {
      snapshot = fail(ErrorCode::internal, error.what());
    }
    front->post([this, id, to, snapshot = std::move(snapshot)] { hub.take(id, to, snapshot); });
  });
}

}  // namespace tapewire
