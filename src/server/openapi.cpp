// SPDX-License-Identifier: Apache-2.0
#include "server/openapi.h"

#include <fmt/format.h>

#include "server/json_text.h"
#include "server/routes.h"

namespace tapewire {
namespace {

constexpr std::string_view kIntroduction =
    "Prices, news and signals of tapewire. Times are ISO 8601 UTC; prices and volumes are JSON "
    "numbers with their "
    "exact decimal text; errors are RFC 9457 problems. Live data: websocket at /ws, JSON text "
    "frames. Send "
    "{\\\"op\\\":\\\"subscribe\\\",\\\"channel\\\":\\\"bars\\\",\\\"symbol\\\":\\\"AAPL\\\","
    "\\\"width\\\":\\\"1m\\\"}, or channel "
    "news, signals (with symbol) or status; unsubscribe likewise; {\\\"op\\\":\\\"ping\\\"}. A "
    "snapshot comes first, then "
    "increments; {\\\"type\\\":\\\"lagging\\\"} says that updates of a slow client were merged. "
    "When the server has a token, "
    "send it as a bearer token, or open the page once with ?token=.";

void member(std::string& out, std::string_view name) {
  if (out.back() != '{') out += ',';
  append_json_string(out, name);
  out += ':';
}

std::string parameter_schema(const ParameterSpec& spec) {
  switch (spec.type) {
    case ParameterType::symbol:
      return R"({"type":"string","minLength":1,"maxLength":31,"pattern":"^[!-~]+$"})";
    case ParameterType::time:
      return R"({"type":"string","examples":["2019-02-13T14:30:00Z","2019-02-13"],)"
             R"("pattern":"^\\d{4}-\\d{2}-\\d{2}([Tt ]\\d{2}:\\d{2}(:\\d{2}([.,]\\d+)?)?)"
             R"(([Zz]|[+-]\\d{2}(:?\\d{2})?))?$"})";
    case ParameterType::text:
      return fmt::format(R"({{"type":"string","maxLength":{}}})", spec.bytes_max);
    case ParameterType::integer:
      return fmt::format(R"({{"type":"integer","minimum":{},"maximum":{},"default":{}}})",
                         spec.minimum, spec.maximum, spec.fallback);
    case ParameterType::choice: break;
  }
  std::string out = R"({"type":"string","enum":[)";
  for (const std::string_view choice : spec.choices) {
    if (choice.empty()) continue;  // "none chosen"
    if (out.back() != '[') out += ',';
    append_json_string(out, choice);
  }
  out += ']';
  if (!spec.required && !spec.choices.front().empty()) {
    member(out, "default");
    append_json_string(out, spec.choices.front());
  }
  return out + '}';
}

void append_parameters(std::string& out, const Route& route) {
  member(out, "parameters");
  out += '[';
  for (const ParameterSpec& spec : route.parameters) {
    if (out.back() != '[') out += ',';
    out += '{';
    member(out, "name");
    append_json_string(out, spec.name);
    member(out, "in");
    out += R"("query")";
    member(out, "required");
    out += spec.required ? "true" : "false";
    member(out, "description");
    append_json_string(out, spec.description);
    member(out, "schema");
    out += parameter_schema(spec);
    out += '}';
  }
  out += ']';
}

std::string reference(std::string_view schema) {
  return fmt::format(R"({{"$ref":"#/components/schemas/{}"}})", schema);
}

void append_content(std::string& out, const Route& route) {
  member(out, "content");
  out += '{';
  if (route.schema.empty()) {
    out += R"("text/plain":{"schema":{"type":"string"}})";
  } else {
    out += fmt::format(R"("application/json":{{"schema":{}}})", reference(route.schema));
  }
  if (route.tabular) {
    out += R"(,"text/csv":{"schema":{"type":"string"}},"application/vnd.apache.parquet":{})";
  }
  if (!route.request_schema.empty()) {
    out += R"(,"application/x-ndjson":{"schema":{"type":"string"}})"
           R"(,"text/plain":{"schema":{"type":"string"}})";
  }
  out += '}';
}

void append_problem(std::string& out, std::string_view status, std::string_view description) {
  member(out, status);
  out += fmt::format(
      R"({{"description":"{}","content":{{"application/problem+json":{{"schema":{}}}}}}})",
      description, reference("Problem"));
}

void append_responses(std::string& out, const Route& route) {
  member(out, "responses");
  out += R"({"200":{"description":"done")";
  append_content(out, route);
  out += '}';
  if (route.method == "GET" && !route.schema.empty()) {
    member(out, "304");
    out += R"({"description":"If-None-Match names the answer there still is"})";
  }
  append_problem(out, "400", "a parameter or the body is wrong");
  append_problem(out, "401", "a token is needed");
  append_problem(out, "405", "the address does not take this method; Allow names those it takes");
  append_problem(out, "421", "the Host is not this server's");
  append_problem(out, "431", "the header is too large");
  if (!route.request_schema.empty()) {
    append_problem(out, "403", "the Origin is another one");
    append_problem(out, "413", "the body is too large");
    append_problem(out, "415", "the body is not JSON");
  }
  if (route.tabular) append_problem(out, "422", "a limit of time, memory or size was reached");
  if (route.path == "/readyz") {
    member(out, "503");
    out += R"({"description":"not ready","content":{"text/plain":{"schema":{"type":"string"}}}})";
  } else {
    append_problem(out, "500", "the program failed");
    append_problem(out, "503", "busy: ask again after Retry-After seconds");
  }
  out += '}';
}

std::string lower(std::string_view method) {
  std::string out;
  for (const char c : method) out += static_cast<char>(c - 'A' + 'a');
  return out;
}

void append_operation(std::string& out, const Route& route) {
  member(out, route.path);
  out += '{';
  member(out, lower(route.method));
  out += '{';
  member(out, "operationId");
  append_json_string(out, route.operation);
  member(out, "summary");
  append_json_string(out, route.summary);
  append_parameters(out, route);
  if (!route.request_schema.empty()) {
    member(out, "requestBody");
    out += fmt::format(R"({{"required":true,"content":{{"application/json":{{"schema":{}}}}}}})",
                       reference(route.request_schema));
  }
  append_responses(out, route);
  out += "}}";
}

std::string build_document() {
  std::string out =
      R"({"openapi":"3.1.0","info":{"title":"tapewire","version":"1","description":")";
  out += kIntroduction;
  out += R"("},"servers":[{"url":"/"}],"security":[{},{"token":[]},{"page":[]}],"paths":{)";
  for (const Route& route : routes()) append_operation(out, route);
  out += R"(},"components":{"securitySchemes":{"token":{"type":"http","scheme":"bearer"},)"
         R"("page":{"type":"apiKey","in":"cookie","name":"tapewire_page"}},"schemas":)";
  out += openapi_schemas();
  out += "}}";
  return out;
}

}  // namespace

const std::string& openapi_document() {
  static const std::string document = build_document();
  return document;
}

}  // namespace tapewire
