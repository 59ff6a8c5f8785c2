// SPDX-License-Identifier: Apache-2.0
#include "server/routes.h"

#include <algorithm>
#include <array>
#include <exception>

#include <fmt/format.h>

#include "server/response_finish.h"
#include "server/route_handlers.h"
#include "server/static_page.h"

namespace tapewire {
namespace {

using enum ParameterType;

constexpr std::array<std::string_view, 6> kWidthNames{"1m", "1s", "5m", "15m", "1h", "1d"};
constexpr std::array<std::string_view, 3> kFormats{"json", "csv", "parquet"};
constexpr std::array<std::string_view, 6> kKindNames{"",           "change_5m", "change_10m",
                                                     "change_15m", "delta_10s", "change_10s"};

constexpr std::string_view kFromText =
    "only what is at or after this time (ISO 8601 with zone, or a date: midnight UTC)";
constexpr std::string_view kToText = "only what is before this time";
constexpr ParameterSpec kFrom{.name = "from", .type = time, .description = kFromText};
constexpr ParameterSpec kTo{.name = "to", .type = time, .description = kToText};

constexpr ParameterSpec limit(std::int64_t fallback, std::int64_t maximum) {
  return {.name = "limit",
          .type = integer,
          .description = "rows at most",
          .minimum = 1,
          .maximum = maximum,
          .fallback = fallback};
}
constexpr ParameterSpec cursor() {
  return {.name = "cursor",
          .type = text,
          .description = "next_cursor of the page before",
          .bytes_max = 1024};
}

constexpr std::array kBarParameters{
    ParameterSpec{.name = "symbol",
                  .type = symbol,
                  .description = "ticker in its canonical spelling",
                  .required = true},
    ParameterSpec{.name = "width",
                  .type = choice,
                  .description = "width of the bars",
                  .choices = kWidthNames},
    kFrom,
    kTo,
    limit(5000, 50'000),
    ParameterSpec{
        .name = "format", .type = choice, .description = "form of the answer", .choices = kFormats},
};
constexpr std::array kNewsParameters{
    ParameterSpec{.name = "q",
                  .type = text,
                  .description = "words that title or summary must hold, any case"},
    ParameterSpec{
        .name = "symbol", .type = symbol, .description = "only news that names this ticker"},
    kFrom,
    kTo,
    limit(100, 1000),
    cursor(),
};
constexpr std::array kSignalParameters{
    ParameterSpec{.name = "symbol",
                  .type = symbol,
                  .description = "ticker in its canonical spelling",
                  .required = true},
    ParameterSpec{.name = "kind",
                  .type = choice,
                  .description = "only this kind of signal",
                  .choices = kKindNames},
    kFrom,
    kTo,
    limit(5000, 50'000),
};
constexpr std::array kDeadLetterParameters{limit(100, 1000), cursor()};

constexpr std::array kRoutes{
    Route{.method = "GET",
          .path = "/api/v1/symbols",
          .handler = handlers::symbols,
          .operation = "listSymbols",
          .summary = "Symbols with bars, their time range, last close and widths",
          .schema = "Symbols"},
    Route{
        .method = "GET",
        .path = "/api/v1/bars",
        .handler = handlers::bars,
        .parameters = kBarParameters,
        .operation = "listBars",
        .summary = "Bars of one symbol and width, ascending; without `from` the newest before `to`",
        .schema = "Bars",
        .tabular = true},
    Route{.method = "GET",
          .path = "/api/v1/news",
          .handler = handlers::news,
          .parameters = kNewsParameters,
          .operation = "listNews",
          .summary = "News, newest first",
          .schema = "News"},
    Route{.method = "GET",
          .path = "/api/v1/signals",
          .handler = handlers::signals,
          .parameters = kSignalParameters,
          .operation = "listSignals",
          .summary = "Signals of one symbol, ascending; without `from` the newest before `to`",
          .schema = "Signals"},
    Route{.method = "GET",
          .path = "/api/v1/topics",
          .handler = handlers::topics,
          .operation = "listTopics",
          .summary = "Topics of the event log and how far its consumers are",
          .schema = "Topics"},
    Route{.method = "GET",
          .path = "/api/v1/dead-letters",
          .handler = handlers::dead_letters,
          .parameters = kDeadLetterParameters,
          .operation = "listDeadLetters",
          .summary = "What was refused and why, newest first",
          .schema = "DeadLetters"},
    Route{.method = "GET",
          .path = "/api/v1/health",
          .handler = handlers::health,
          .operation = "getHealth",
          .summary = "State of the whole program",
          .schema = "Health"},
    Route{.method = "POST",
          .path = "/api/v1/sql",
          .handler = handlers::sql,
          .operation = "runSql",
          .summary = "One read-only SQL query on the store, limited in time, memory and rows",
          .schema = "SqlResult",
          .request_schema = "SqlRequest",
          .tabular = true,
          .runs_on = RunsOn::sql_worker},
    Route{.method = "GET",
          .path = "/api/v1/openapi.json",
          .handler = handlers::openapi,
          .operation = "getOpenApi",
          .summary = "This document",
          .schema = "OpenApi",
          .runs_on = RunsOn::io_thread},
    Route{.method = "GET",
          .path = "/metrics",
          .handler = handlers::metrics,
          .operation = "getMetrics",
          .summary = "Metrics in the text format of Prometheus"},
    Route{.method = "GET",
          .path = "/healthz",
          .handler = handlers::alive,
          .operation = "isAlive",
          .summary = "200 while the program runs",
          .runs_on = RunsOn::io_thread},
    Route{.method = "GET",
          .path = "/readyz",
          .handler = handlers::ready,
          .operation = "isReady",
          .summary = "200 when results are served, 503 before",
          .runs_on = RunsOn::io_thread},
};

bool belongs_to_page(std::string_view path) {
  return !path.starts_with("/api") && !path.starts_with("/udf") && path != "/ws";
}

Dispatch refused(HttpResponse response) { return {nullptr, std::move(response)}; }

HttpResponse wrong_method(const HttpRequest& request, std::string allowed) {
  HttpResponse response = problem(405, fmt::format("'{}' takes {}, not {}", request.path, allowed,
                                                   request.method.substr(0, 32)));
  response.headers.push_back({"Allow", std::move(allowed)});
  return response;
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

Dispatch find_route(const HttpRequest& request) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  const Route* other = nullptr;
  for (const Route& route : kRoutes) {
    if (route.path != request.path) continue;
    if (route.method == request.method || (reads && route.method == "GET")) return {&route, {}};
    other = &route;
  }
  if (other != nullptr) {
    return refused(
        wrong_method(request, other->method == "GET" ? "GET, HEAD" : std::string(other->method)));
  }
  if (request.path == "/ws") {
    HttpResponse response = problem(426, "this address speaks websocket only");
    response.headers.push_back({"Upgrade", "websocket"});
    return refused(std::move(response));
  }
  if (!belongs_to_page(request.path)) {
    return refused(problem(
        404, fmt::format("there is nothing at '{}'; /api/v1/openapi.json lists what there is",
                         request.path)));
  }
  if (!reads) return refused(wrong_method(request, "GET, HEAD"));
  return refused(static_page(request));
}

HttpResponse answer(const Route& route, const HttpRequest& request, const Backend& backend,
                    const std::stop_token& gone) {
  HttpResponse response;
  try {
    auto parameters = read_parameters(route.parameters, request.query);
    response = parameters ? route.handler({request, std::move(*parameters), gone}, backend)
                          : std::move(parameters.error());
  } catch (const std::exception& error) {
    response = problem(500, fmt::format("the request failed: {}", error.what()));
  }
  finish_response(request, response);
  return response;
}

HttpResponse problem_of(const Error& error) {
  const auto retry_later = [&] {
    HttpResponse response = problem(503, error.message);
    response.headers.push_back({"Retry-After", "1"});
    return response;
  };
  switch (error.code) {
    case ErrorCode::invalid_argument: return problem(400, error.message);
    case ErrorCode::not_found: return problem(404, error.message);
    case ErrorCode::timeout:
    case ErrorCode::no_space: return problem(422, error.message);
    case ErrorCode::in_use:
    case ErrorCode::cancelled: return retry_later();
    default: return error.retryable ? retry_later() : problem(500, error.message);
  }
}

}  // namespace tapewire
