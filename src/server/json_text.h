// SPDX-License-Identifier: Apache-2.0
// Writes JSON and CSV text by hand, so that decimals keep their exact digits.
//
// Shape: every function appends one value to `out`; the caller writes commas and names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tapewire {

// Quotes and escapes; also U+2028 and U+2029 (old JavaScript); invalid UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);
// The shortest text that reads back equal; null when not finite.
void append_json_double(std::string& out, double value);
void append_json_integer(std::string& out, std::int64_t value);
void append_json_unsigned(std::string& out, std::uint64_t value);
// Quotes where RFC 4180 asks for it.
void append_csv_field(std::string& out, std::string_view text);

// Length in bytes of the valid UTF-8 sequence that `text` begins with; 0: invalid.
std::size_t utf8_sequence(std::string_view text);
bool is_utf8(std::string_view text);
std::string base64(std::string_view bytes);

}  // namespace tapewire
