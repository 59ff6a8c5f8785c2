// SPDX-License-Identifier: Apache-2.0
#include "server/static_page.h"

#include <algorithm>

#include <fmt/format.h>

#include "server/embedded_page.h"
#include "server/response_finish.h"

namespace tapewire {
namespace {

const EmbeddedFile* find_file(std::string_view path) {
  const auto files = embedded_page();
  const auto at = std::ranges::find(files, path, &EmbeddedFile::path);
  return at == files.end() ? nullptr : &*at;
}

bool has_extension(std::string_view path) {
  return path.substr(path.rfind('/') + 1).find('.') != std::string_view::npos;
}

// The two codings are different bytes and a strong tag names bytes.
std::string gzip_etag(std::string_view etag) {
  return fmt::format("{}-gz\"", etag.substr(0, etag.size() - 1));
}

}  // namespace

HttpResponse static_page(const HttpRequest& request) {
  const EmbeddedFile* file = find_file(request.path);
  if (file == nullptr && !has_extension(request.path)) file = find_file("/index.html");
  if (file == nullptr) return problem(404, fmt::format("there is nothing at '{}'", request.path));
  HttpResponse response;
  response.content_type = file->content_type;
  response.freshness =
      file->path.starts_with("/assets/") ? Freshness::immutable : Freshness::revalidate;
  const bool small = !file->gzip.empty() && accepts_gzip(request.accept_encoding);
  response.static_body = small ? file->gzip : file->identity;
  if (!file->gzip.empty()) response.headers.push_back({"Vary", "Accept-Encoding"});
  if (small) response.headers.push_back({"Content-Encoding", "gzip"});
  response.headers.push_back({"ETag", small ? gzip_etag(file->etag) : std::string(file->etag)});
  return response;
}

}  // namespace tapewire
