// SPDX-License-Identifier: Apache-2.0
// Feeds arbitrary bytes to everything of the server that reads what a client sent and needs no socket:
// request targets, parameters of every route, access checks, JSON bodies, websocket messages.
// What comes out must be valid: problems are JSON, texts are UTF-8.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/access.h"
#include "server/json_input.h"
#include "server/json_text.h"
#include "server/listen_address.h"
#include "server/live_protocol.h"
#include "server/openapi.h"
#include "server/parameters.h"
#include "server/request_target.h"
#include "server/response_finish.h"
#include "server/routes.h"

namespace tapewire {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check_problem(const HttpResponse& response) {
  require(response.status >= 300);
  if (response.content_type == "application/problem+json") {
    require(is_json_object(response.body));
    require(is_utf8(response.body));
  }
  for (const HttpHeader& header : response.headers) {
    require(header.value.find_first_of("\r\n") == std::string::npos);
  }
}

// Up to the next newline; what follows stays in `text`.
std::string_view line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view out = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return out;
}

void fuzz_request(std::string_view text) {
  HttpRequest request;
  const auto target = parse_target(line(text));
  if (!target) return;
  require(is_utf8(target->path));
  request.method = line(text);
  request.path = target->path;
  request.query = target->query;
  request.host = std::string(line(text));
  request.origin = line(text);
  request.authorization = line(text);
  request.cookie = line(text);
  request.accept_encoding = line(text);
  request.if_none_match = line(text);
  static const Access open({});
  static const Access guarded({.token = "0123456789abcdef",
                               .loopback_only = false,
                               .allowed_hosts = {"h"},
                               .allowed_origins = {}});
  for (const Access* access : {&open, &guarded}) {
    auto refused = access->refuse(request);
    if (!refused) continue;
    finish_response(request, *refused);
    require(refused->status >= 300);
    if (refused->header("Content-Encoding").empty()) check_problem(*refused);
  }
  Dispatch dispatch = find_route(request);
  if (dispatch.route == nullptr) {
    if (dispatch.response.status >= 400) check_problem(dispatch.response);
    finish_response(request, dispatch.response);
  }
  for (const Route& route : routes()) {
    const auto values = read_parameters(route.parameters, request.query);
    if (!values) check_problem(values.error());
  }
  if (const auto address = parse_listen_address(*request.host)) {
    require(is_ip_literal(address->host));
  }
}

void fuzz_message(std::string_view text) {
  const auto message = parse_live_request(text);
  if (!message) {
    const FrameText frame = error_frame(message.error());
    require(is_json_object(*frame) && is_utf8(*frame));
  }
  const auto members = parse_flat_object(text);
  if (members) {
    require(is_json_object(text));
  }
  std::string quoted = "{\"t\":";
  append_json_string(quoted, text);
  quoted += '}';
  require(is_json_object(quoted));
  if (is_json_object(text)) require(is_json_object(*status_frame(text)));
}

}  // namespace
}  // namespace tapewire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.empty()) return 0;
  text[0] % 2 == 0 ? tapewire::fuzz_request(text.substr(1))
                   : tapewire::fuzz_message(text.substr(1));
  return 0;
}
