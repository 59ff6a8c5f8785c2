// SPDX-License-Identifier: Apache-2.0
// Holds the one table of the API's routes, which both the server and the OpenAPI document are made from.
//
// Threads: handlers are pure functions of request and backend; `runs_on` names the threads they run on.
#pragma once

#include <span>
#include <stop_token>
#include <string_view>

#include "server/backend.h"
#include "server/http_message.h"
#include "server/parameters.h"

namespace tapewire {

struct RouteRequest {
  const HttpRequest& http;
  ParameterValues parameters;
  std::stop_token gone;  // asked to stop once nobody waits for the answer
};

using RouteHandler = HttpResponse (*)(const RouteRequest& request, const Backend& backend);

// Users' SQL has workers of its own: it takes long, and what is short does not wait for it.
enum class RunsOn { io_thread, worker, sql_worker };

struct Route {
  std::string_view method = {};
  std::string_view path = {};
  RouteHandler handler = nullptr;
  std::span<const ParameterSpec> parameters = {};
  std::string_view operation = {};  // OpenAPI's operationId
  std::string_view summary = {};
  std::string_view schema = {};  // of the 200 JSON body; empty: text
  std::string_view request_schema = {};  // of the JSON body; empty: none
  bool tabular = false;  // also gives text/csv and Parquet
  RunsOn runs_on = RunsOn::worker;
};

std::span<const Route> routes();

// Where a request goes.
struct Dispatch {
  const Route* route = nullptr;  // nullptr: `response` is the answer (the page, 404, 405)
  HttpResponse response;
};
Dispatch find_route(const HttpRequest& request);

// Reads the parameters, runs the handler, finishes the response. Never throws.
HttpResponse answer(const Route& route, const HttpRequest& request, const Backend& backend,
                    const std::stop_token& gone = {});

// Writes an Error of the store or the log as a problem; its message is shown to the user.
HttpResponse problem_of(const Error& error);

}  // namespace tapewire
