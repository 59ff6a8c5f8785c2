// SPDX-License-Identifier: Apache-2.0
// States the program's version.
#pragma once

#include <string_view>

namespace tapewire {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace tapewire
