// SPDX-License-Identifier: Apache-2.0
// Quotes the beginning of a text that may be anything, fit to stand in a message: valid UTF-8, one
// line.
#pragma once

#include <string>
#include <string_view>

namespace tapewire {

std::string shown(std::string_view text);

}  // namespace tapewire
