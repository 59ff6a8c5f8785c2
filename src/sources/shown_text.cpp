// SPDX-License-Identifier: Apache-2.0
#include "sources/shown_text.h"

#include <algorithm>

#include <fmt/format.h>
#include <simdjson.h>

namespace tapewire {

std::string shown(std::string_view text) {
  constexpr std::size_t kShownBytes = 80;
  std::string_view part = text.substr(0, kShownBytes);
  const auto is_utf8 = [](std::string_view bytes) {
    return simdjson::validate_utf8(bytes.data(), bytes.size());
  };
  // The cut may have split a character, of four bytes at most.
  for (int i = 0; i < 3 && part.size() < text.size() && !is_utf8(part); ++i) part.remove_suffix(1);
  const bool readable = is_utf8(part);
  std::string out = "\"";
  for (const char c : part) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !readable)) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + (part.size() < text.size() ? "...\"" : "\"");
}

}  // namespace tapewire
