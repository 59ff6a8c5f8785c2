// SPDX-License-Identifier: Apache-2.0
// Reads and writes exact decimals as scaled int64, from the text of the number, never through double.
//
// Units:  Price is 1e-9 of a currency unit, Quantity 1e-6 of a share or coin.
// Range:  |Price| <= 999,999,999.999999999 (DuckDB DECIMAL(18,9)),
//         |Quantity| <= 999,999,999,999.999999 (DECIMAL(18,6)).
// Rounds: digits past the scale half to even; `rounded` tells, so that callers can count it.
#pragma once

#include <compare>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace tapewire {

inline constexpr int kPriceScale = 9;
inline constexpr int kQuantityScale = 6;
// The largest magnitude of an 18-digit decimal.
inline constexpr std::int64_t kMaxDecimal18 = 999'999'999'999'999'999;

struct Price {
  std::int64_t raw = 0;
  friend constexpr auto operator<=>(Price, Price) = default;
};

struct Quantity {
  std::int64_t raw = 0;
  friend constexpr auto operator<=>(Quantity, Quantity) = default;
};

enum class DecimalFault { not_a_number, too_large };

struct ScaledDecimal {
  std::int64_t value = 0;
  bool rounded = false;
};

// Accepts JSON's number grammar plus a leading '+', leading zeros, "1." and ".5"; exponents of any size.
// "NaN", "inf", hexadecimal, spaces and the empty text are `not_a_number`. REQUIRES: 0 <= scale <= 18.
std::expected<ScaledDecimal, DecimalFault> parse_decimal(std::string_view text, int scale);

inline std::expected<ScaledDecimal, DecimalFault> parse_price(std::string_view text) {
  return parse_decimal(text, kPriceScale);
}
inline std::expected<ScaledDecimal, DecimalFault> parse_quantity(std::string_view text) {
  return parse_decimal(text, kQuantityScale);
}

// The shortest exact text: 171.14, 0.5, -3, 1000.
void append_decimal(std::string& out, std::int64_t value, int scale);
inline void append_text(std::string& out, Price p) { append_decimal(out, p.raw, kPriceScale); }
inline void append_text(std::string& out, Quantity q) {
  append_decimal(out, q.raw, kQuantityScale);
}
std::string to_text(Price p);
std::string to_text(Quantity q);

constexpr double to_double(Price p) { return static_cast<double>(p.raw) * 1e-9; }
constexpr double to_double(Quantity q) { return static_cast<double>(q.raw) * 1e-6; }
constexpr Price whole_price(std::int64_t units) { return {units * 1'000'000'000}; }
constexpr Quantity whole_quantity(std::int64_t units) { return {units * 1'000'000}; }

__extension__ using Int128 = __int128;

// numerator / denominator, rounded half to even. REQUIRES: denominator > 0.
std::int64_t divide_half_even(Int128 numerator, Int128 denominator);

}  // namespace tapewire
