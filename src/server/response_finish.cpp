// SPDX-License-Identifier: Apache-2.0
#include "server/response_finish.h"

#include <algorithm>
#include <cstring>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <zlib.h>

#include "base/digest.h"

namespace tapewire {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Calls `visit` with each comma-separated element until it returns true.
template <class Visit>
bool any_element(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    if (visit(trimmed(list.substr(0, end)))) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

std::string_view opaque(std::string_view etag) {
  return etag.starts_with("W/") ? etag.substr(2) : etag;
}

bool compressible(std::string_view content_type) {
  return content_type.starts_with("application/json") || content_type.starts_with("text/") ||
         content_type.starts_with("application/problem+json");
}

void set_header(HttpResponse& response, std::string_view name, std::string value) {
  for (HttpHeader& h : response.headers) {
    if (h.name == name) {
      h.value = std::move(value);
      return;
    }
  }
  response.headers.push_back({std::string(name), std::move(value)});
}

void add_security_headers(HttpResponse& response) {
  set_header(response, "Content-Security-Policy",
             "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src "
             "'self' data:; "
             "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
             "frame-ancestors 'none'");
  set_header(response, "X-Content-Type-Options", "nosniff");
  set_header(response, "X-Frame-Options", "DENY");
  set_header(response, "Referrer-Policy", "no-referrer");
  set_header(response, "Cross-Origin-Opener-Policy", "same-origin");
  set_header(response, "Cross-Origin-Resource-Policy", "same-origin");
  set_header(response, "Cross-Origin-Embedder-Policy", "require-corp");
}

std::string_view cache_control(Freshness freshness) {
  switch (freshness) {
    case Freshness::no_store: return "no-store";
    case Freshness::revalidate: return "no-cache";
    case Freshness::immutable: return "public, max-age=31536000, immutable";
  }
  return "no-store";
}

void answer_condition(const HttpRequest& request, HttpResponse& response) {
  if (response.status != 200 || response.freshness == Freshness::no_store) return;
  if (response.header("ETag").empty()) {
    set_header(response, "ETag",
               fmt::format("W/\"{}\"", sha256_hex(response.content()).substr(0, 24)));
  }
  if (!matches_etag(request.if_none_match, response.header("ETag"))) return;
  response.status = 304;
  response.body.clear();
  response.static_body = {};
  response.content_type.clear();
}

bool may_compress(const HttpResponse& response) {
  return response.header("Content-Encoding").empty() && compressible(response.content_type);
}

void compress(const HttpRequest& request, HttpResponse& response) {
  if (response.status == 304 || !may_compress(response)) return;
  if (response.content().size() < kCompressFrom || !accepts_gzip(request.accept_encoding)) return;
  std::string small = gzip(response.content());
  if (small.empty() || small.size() >= response.content().size()) return;
  response.body = std::move(small);
  response.static_body = {};
  set_header(response, "Content-Encoding", "gzip");
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  return any_element(accept_encoding, [](std::string_view element) {
    const std::size_t semicolon = std::min(element.find(';'), element.size());
    const std::string_view coding = trimmed(element.substr(0, semicolon));
    if (coding != "gzip" && coding != "*") return false;
    const std::string_view weight =
        trimmed(element.substr(std::min(semicolon + 1, element.size())));
    return !weight.starts_with("q=0") ||
           weight.find_first_not_of("0.", 2) != std::string_view::npos;
  });
}

bool matches_etag(std::string_view if_none_match, std::string_view etag) {
  return any_element(if_none_match, [&](std::string_view element) {
    return element == "*" || (!element.empty() && opaque(element) == opaque(etag));
  });
}

std::string gzip(std::string_view content) {
  constexpr int kLevel = 4;          // twice as fast as the default for a few percent of size
  constexpr int kGzipWindow = 15 + 16;
  z_stream stream{};
  if (deflateInit2(&stream, kLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return {};
  std::string out(deflateBound(&stream, static_cast<uLong>(content.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  out.resize(status == Z_STREAM_END ? stream.total_out : 0);
  deflateEnd(&stream);
  return out;
}

std::string http_date(Timestamp time) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(time.ns / 1'000'000'000));
}

void finish_response(const HttpRequest& request, HttpResponse& response) {
  // Before the condition: a 304 says what the 200 would have said.
  if (may_compress(response)) set_header(response, "Vary", "Accept-Encoding");
  if (request.method == "GET" || request.method == "HEAD") answer_condition(request, response);
  compress(request, response);
  add_security_headers(response);
  set_header(response, "Cache-Control", std::string(cache_control(response.freshness)));
}

}  // namespace tapewire
