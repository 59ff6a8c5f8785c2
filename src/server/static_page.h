// SPDX-License-Identifier: Apache-2.0
// Answers with the files of the web page that lie inside the binary.
#pragma once

#include "server/http_message.h"

namespace tapewire {

// An address without a file extension that names no file is the page itself (its own router reads it).
HttpResponse static_page(const HttpRequest& request);

}  // namespace tapewire
