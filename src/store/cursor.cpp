// SPDX-License-Identifier: Apache-2.0
#include "store/cursor.h"

#include <charconv>

namespace tapewire {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr char kSeparator = '\x1f';

std::unexpected<Error> refuse() {
  return fail(ErrorCode::invalid_argument, "cursor: not one that an earlier page gave");
}

}  // namespace

std::string encode_cursor(const std::vector<std::string>& parts) {
  std::string plain;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) plain += kSeparator;
    plain += part;
  }
  std::string out;
  unsigned bits = 0;
  int held = 0;
  for (const char c : plain) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    for (held += 8; held >= 6; held -= 6) out += kAlphabet[(bits >> (held - 6)) & 63U];
  }
  if (held > 0) out += kAlphabet[(bits << (6 - held)) & 63U];
  return out;
}

Result<std::vector<std::string>> decode_cursor(std::string_view cursor, std::size_t count) {
  std::vector<std::string> parts(1);
  unsigned bits = 0;
  int held = 0;
  for (const char c : cursor) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return refuse();
    bits = (bits << 6) | static_cast<unsigned>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    const char byte = static_cast<char>((bits >> held) & 255U);
    // The last part may hold the separator: vendors choose their ids.
    if (byte == kSeparator && parts.size() < count)
      parts.emplace_back();
    else
      parts.back() += byte;
  }
  if (parts.size() != count) return refuse();
  return parts;
}

Result<std::int64_t> cursor_integer(const std::string& part) {
  std::int64_t n = 0;
  const auto [end, fault] = std::from_chars(part.data(), part.data() + part.size(), n);
  if (fault != std::errc{} || end != part.data() + part.size()) return refuse();
  return n;
}

}  // namespace tapewire
