// SPDX-License-Identifier: Apache-2.0
// Gives every response what does not depend on its route: entity tag, compression, security headers.
//
// Tags: weak, from the content; the page's files bring their own. A matching If-None-Match gives 304.
#pragma once

#include <string>
#include <string_view>

#include "base/time.h"
#include "server/http_message.h"

namespace tapewire {

// Bodies smaller than this are sent as they are.
inline constexpr std::size_t kCompressFrom = 1024;

void finish_response(const HttpRequest& request, HttpResponse& response);

// "Tue, 15 Nov 1994 08:12:31 GMT"
std::string http_date(Timestamp time);
// Whether the Accept-Encoding header takes gzip (";q=0" does not).
bool accepts_gzip(std::string_view accept_encoding);
// Whether an If-None-Match header names `etag` (weak comparison) or "*".
bool matches_etag(std::string_view if_none_match, std::string_view etag);
// Empty when zlib fails, which only a lack of memory makes it.
std::string gzip(std::string_view content);

}  // namespace tapewire
