// SPDX-License-Identifier: Apache-2.0
// Packs the place after a page into opaque text (base64url) and back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tapewire {

std::string encode_cursor(const std::vector<std::string>& parts);
// `invalid_argument` when it is not one of ours with `count` parts.
Result<std::vector<std::string>> decode_cursor(std::string_view cursor, std::size_t count);
Result<std::int64_t> cursor_integer(const std::string& part);

}  // namespace tapewire
