// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace tapewire {

// One file of the web page, held inside the binary.
//
// Lifetime: static; views stay valid for the whole run.
// Source:   generated at build time from web/dist by tools/embed_page.cpp.
struct EmbeddedFile {
  std::string_view path;          // as in the URL, e.g. "/index.html", "/assets/index-4f1c.js"
  std::string_view content_type;  // e.g. "text/html; charset=utf-8"
  std::string_view etag;          // strong validator with its quotes
  std::string_view gzip;          // gzip-coded body; empty where coding it saves nothing
  std::string_view identity;      // the body as it is
};

// Returns all files, ordered by path; "/index.html" is always among them.
[[nodiscard]] std::span<const EmbeddedFile> embedded_page();

}  // namespace tapewire
