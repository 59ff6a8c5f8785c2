// SPDX-License-Identifier: Apache-2.0
// Reads the values with units that configuration and options carry: "500ms", "64MiB".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace tapewire {

// ns us ms s m h d; a number without unit is refused.
Result<Duration> parse_duration(std::string_view text);
std::string to_text(Duration d);

// B KiB MiB GiB TiB and kB MB GB TB; a number without unit is refused.
Result<std::uint64_t> parse_size(std::string_view text);
std::string size_to_text(std::uint64_t bytes);

}  // namespace tapewire
