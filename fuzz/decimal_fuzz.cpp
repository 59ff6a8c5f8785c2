// SPDX-License-Identifier: Apache-2.0
// Any text is a decimal or a fault, by every way through the parser alike, and prints as what it is.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/decimal.h"

using tapewire::parse_decimal;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const int scale = data[0] % 19;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto got = parse_decimal(text, scale);

  // Zeros in front take the general way; they change neither a number nor what is none.
  const bool has_sign = !text.empty() && (text.front() == '-' || text.front() == '+');
  const std::string sign(text.substr(0, has_sign ? 1 : 0));
  const std::string_view digits = text.substr(has_sign ? 1 : 0);
  if (!digits.empty() && digits.front() >= '0' && digits.front() <= '9') {
    const auto padded = parse_decimal(sign + std::string(20, '0') + std::string(digits), scale);
    CHECK(got.has_value() == padded.has_value());
    CHECK(!got || (got->value == padded->value && got->rounded == padded->rounded));
    CHECK(got || got.error() == padded.error());
  }
  if (!got) return 0;
  CHECK(got->value >= -tapewire::kMaxDecimal18 && got->value <= tapewire::kMaxDecimal18);
  std::string shown;
  tapewire::append_decimal(shown, got->value, scale);
  const auto again = parse_decimal(shown, scale);
  CHECK(again && again->value == got->value && !again->rounded);
  return 0;
}
