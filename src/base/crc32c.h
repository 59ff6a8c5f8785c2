// SPDX-License-Identifier: Apache-2.0
// Computes CRC-32C (Castagnoli), the check that every record carries.
//
// Source: RFC 3720 appendix B.4; the processor's instruction where there is one, else a table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tapewire {

// Continues from `seed`, the result of the bytes before (0 to begin).
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);
// The same without the instruction, for processors that lack it and for the tests.
std::uint32_t crc32c_portable(std::string_view bytes, std::uint32_t seed = 0);

}  // namespace tapewire
