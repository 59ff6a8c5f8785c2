// SPDX-License-Identifier: Apache-2.0
#include "server/route_handlers.h"

#include <algorithm>

#include <fmt/format.h>

#include "server/json_text.h"
#include "server/model_json.h"
#include "server/openapi.h"

namespace tapewire::handlers {
namespace {

HttpResponse json(std::string body, Freshness freshness = Freshness::revalidate) {
  HttpResponse response;
  response.content_type = "application/json";
  response.body = std::move(body);
  response.freshness = freshness;
  return response;
}

HttpResponse plain(int status, std::string body,
                   std::string_view type = "text/plain; charset=utf-8") {
  HttpResponse response;
  response.status = status;
  response.content_type = type;
  response.body = std::move(body);
  return response;
}

void append_cursor(std::string& out, std::string_view cursor) {
  out += R"(,"next_cursor":)";
  if (cursor.empty()) {
    out += "null";
  } else {
    append_json_string(out, cursor);
  }
  out += '}';
}

// The cursor is the one thing that only the store can read.
HttpResponse page_problem(const Error& error) {
  if (error.code == ErrorCode::invalid_argument) return problem(400, error.message, "cursor");
  return problem_of(error);
}

}  // namespace

HttpResponse symbols(const RouteRequest& /*request*/, const Backend& backend) {
  const auto rows = backend.store.symbols();
  if (!rows) return problem_of(rows.error());
  std::string body = R"({"symbols":)";
  append_json_array(body, *rows);
  body += '}';
  return json(std::move(body));
}

HttpResponse news(const RouteRequest& request, const Backend& backend) {
  const ParameterValues& given = request.parameters;
  NewsQuery query;
  query.text = given.text("q");
  query.symbol = given.text("symbol");
  query.from = given.time("from");
  query.to = given.time("to");
  query.limit = static_cast<std::size_t>(given.integer("limit"));
  query.cursor = given.text("cursor");
  const auto page = backend.store.news(query);
  if (!page) return page_problem(page.error());
  std::string body = R"({"news":)";
  append_json_array(body, page->news);
  append_cursor(body, page->next_cursor);
  return json(std::move(body));
}

HttpResponse signals(const RouteRequest& request, const Backend& backend) {
  const ParameterValues& given = request.parameters;
  SignalQuery query;
  query.symbol = given.text("symbol");
  query.kind = parse_signal_kind(given.text("kind"));
  query.from = given.time("from");
  query.to = given.time("to");
  query.limit = static_cast<std::size_t>(given.integer("limit"));
  const auto page = backend.store.signals(query);
  if (!page) return problem_of(page.error());
  std::string body = R"({"signals":)";
  append_json_array(body, page->signals);
  body += page->truncated ? R"(,"truncated":true})" : R"(,"truncated":false})";
  return json(std::move(body));
}

HttpResponse topics(const RouteRequest& /*request*/, const Backend& backend) {
  // Positions first: read after the topics' ends, a moving consumer could seem ahead of the log.
  std::vector<ConsumerPosition> consumers;
  if (backend.callbacks.consumers) consumers = backend.callbacks.consumers();
  const auto topics = backend.log.topics();
  if (!topics) return problem_of(topics.error());
  std::string body = R"({"topics":)";
  append_json_array(body, *topics);
  body += R"(,"consumers":[)";
  for (const ConsumerPosition& consumer : consumers) {
    const auto at = std::ranges::find_if(
        *topics, [&](const TopicInfo& info) { return to_string(info.topic) == consumer.topic; });
    const Offset end = at == topics->end() ? 0 : at->end_offset;
    if (body.back() != '[') body += ',';
    body += R"({"consumer":)";
    append_json_string(body, consumer.consumer);
    body += R"(,"topic":)";
    append_json_string(body, consumer.topic);
    body += R"(,"offset":)";
    append_json_unsigned(body, consumer.offset);
    body += R"(,"lag":)";
    append_json_unsigned(body, end > consumer.offset ? end - consumer.offset : 0);
    body += '}';
  }
  body += "]}";
  return json(std::move(body), Freshness::no_store);
}

HttpResponse dead_letters(const RouteRequest& request, const Backend& backend) {
  DeadLetterQuery query;
  query.limit = static_cast<std::size_t>(request.parameters.integer("limit"));
  query.cursor = request.parameters.text("cursor");
  const auto page = backend.store.dead_letters(query);
  if (!page) return page_problem(page.error());
  std::string body = R"({"dead_letters":)";
  append_json_array(body, page->letters);
  append_cursor(body, page->next_cursor);
  return json(std::move(body));
}

HttpResponse health(const RouteRequest& /*request*/, const Backend& backend) {
  if (!backend.callbacks.status) return problem(503, "the program has not said how it is");
  return json(backend.callbacks.status(), Freshness::no_store);
}

HttpResponse openapi(const RouteRequest& /*request*/, const Backend& /*backend*/) {
  return json(openapi_document());
}

HttpResponse metrics(const RouteRequest& /*request*/, const Backend& backend) {
  std::string body;
  if (backend.server_metrics) body += backend.server_metrics();
  if (backend.callbacks.metrics) body += backend.callbacks.metrics();
  return plain(200, std::move(body), "text/plain; version=0.0.4; charset=utf-8");
}

HttpResponse alive(const RouteRequest& /*request*/, const Backend& /*backend*/) {
  return plain(200, "alive\n");
}

HttpResponse ready(const RouteRequest& /*request*/, const Backend& backend) {
  const bool is_ready = !backend.callbacks.ready || backend.callbacks.ready();
  return is_ready ? plain(200, "ready\n") : plain(503, "not ready\n");
}

}  // namespace tapewire::handlers
