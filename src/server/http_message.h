// SPDX-License-Identifier: Apache-2.0
// Holds one HTTP request and one response as plain values, so that routes need no sockets.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapewire {

struct QueryParameter {
  std::string name;
  std::string value;
};

struct HttpRequest {
  std::string method;                 // "GET"
  std::string path;                   // percent-decoded: "/api/v1/bars"
  std::vector<QueryParameter> query;  // percent-decoded, in order
  // Headers that the server looks at; empty: absent.
  std::optional<std::string> host;    // nullopt also when sent twice
  std::string origin;
  std::string fetch_site;             // Sec-Fetch-Site
  std::string authorization;
  std::string cookie;
  std::string content_type;
  std::string accept_encoding;
  std::string if_none_match;
  std::string body;

  // The first value of the query parameter; nullptr: absent.
  [[nodiscard]] const std::string* parameter(std::string_view name) const {
    for (const QueryParameter& p : query) {
      if (p.name == name) return &p.value;
    }
    return nullptr;
  }
};

// How long a copy of the response may be used.
enum class Freshness {
  no_store,    // never kept
  revalidate,  // kept, asked again each time (ETag)
  immutable,   // kept for ever: the name changes with the content
};

struct HttpHeader {
  std::string name;
  std::string value;
};

struct HttpResponse {
  int status = 200;
  std::string content_type;
  std::vector<HttpHeader> headers;
  std::string body;
  // Used instead of `body` when not empty; outlives the program's requests (the embedded page).
  std::string_view static_body;
  Freshness freshness = Freshness::no_store;
  bool close = false;  // ends the connection after this response

  [[nodiscard]] std::string_view content() const {
    return static_body.empty() ? std::string_view(body) : static_body;
  }
  [[nodiscard]] std::string_view header(std::string_view name) const {
    for (const HttpHeader& h : headers) {
      if (h.name == name) return h.value;
    }
    return {};
  }
};

// RFC 9457. `parameter` names the query parameter or body member at fault; empty: none.
HttpResponse problem(int status, std::string_view detail, std::string_view parameter = {});
std::string_view status_title(int status);

}  // namespace tapewire
