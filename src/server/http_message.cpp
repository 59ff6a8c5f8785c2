// SPDX-License-Identifier: Apache-2.0
#include "server/http_message.h"

#include "server/json_text.h"

namespace tapewire {

std::string_view status_title(int status) {
  switch (status) {
    case 200: return "OK";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 426: return "Upgrade Required";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: return "Error";
  }
}

HttpResponse problem(int status, std::string_view detail, std::string_view parameter) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/problem+json";
  std::string& out = response.body;
  out += R"({"type":"about:blank","title":)";
  append_json_string(out, status_title(status));
  out += R"(,"status":)";
  append_json_integer(out, status);
  out += R"(,"detail":)";
  append_json_string(out, detail);
  if (!parameter.empty()) {
    out += R"(,"parameter":)";
    append_json_string(out, parameter);
  }
  out += '}';
  return response;
}

}  // namespace tapewire
