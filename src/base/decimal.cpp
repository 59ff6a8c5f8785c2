// SPDX-License-Identifier: Apache-2.0
#include "base/decimal.h"

#include <array>

namespace tapewire {
namespace {

constexpr std::array<std::int64_t, 19> kPowersOfTen = [] {
  std::array<std::int64_t, 19> powers{};
  std::int64_t p = 1;
  for (auto& slot : powers) {
    slot = p;
    if (p <= INT64_MAX / 10) p *= 10;
  }
  return powers;
}();

// What may be multiplied by each power of ten: a table, for a division takes longer than all the digits.
constexpr std::array<std::int64_t, 19> kLargestBefore = [] {
  std::array<std::int64_t, 19> largest{};
  for (std::size_t i = 0; i < largest.size(); ++i) largest[i] = kMaxDecimal18 / kPowersOfTen[i];
  return largest;
}();

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

using Parsed = std::expected<ScaledDecimal, DecimalFault>;

// Digits of the number without point, leading zeros dropped, plus where the point stands.
struct Digits {
  std::array<char, 20> first{};  // enough for 18 digits and a rounding digit
  int count = 0;  // significant digits seen in all
  bool tail_non_zero = false;  // a non-zero digit after those kept
  std::int64_t point = 0;  // digits left of the point, exponent included
};

Parsed scale_digits(const Digits& digits, int scale, bool negative) {
  // value = 0.d1d2d3... x 10^point; the integer wanted is the first `keep` digits.
  const std::int64_t keep = digits.point + scale;
  if (digits.count == 0) return ScaledDecimal{0, false};
  if (keep > 18) return std::unexpected(DecimalFault::too_large);
  if (keep < 0) return ScaledDecimal{0, true};
  std::int64_t value = 0;
  const auto stored = static_cast<std::int64_t>(digits.count < 20 ? digits.count : 20);
  for (std::int64_t i = 0; i < keep; ++i) {
    value = value * 10 + (i < stored ? digits.first[static_cast<std::size_t>(i)] - '0' : 0);
  }
  bool rounded = false;
  if (digits.count > keep) {
    const int next = digits.first[static_cast<std::size_t>(keep)] - '0';
    bool rest = digits.tail_non_zero;
    for (std::int64_t i = keep + 1; i < stored; ++i) {
      rest = rest || digits.first[static_cast<std::size_t>(i)] != '0';
    }
    rounded = next != 0 || rest;
    if (next > 5 || (next == 5 && (rest || value % 2 != 0))) ++value;
  }
  if (value > kMaxDecimal18) return std::unexpected(DecimalFault::too_large);
  return ScaledDecimal{negative ? -value : value, rounded};
}

void take_digit(Digits& digits, char c) {
  if (digits.count == 0 && c == '0') return;
  if (digits.count < 20) {
    digits.first[static_cast<std::size_t>(digits.count)] = c;
  } else if (c != '0') {
    digits.tail_non_zero = true;
  }
  ++digits.count;
}

// Reads "e[+-]digits" at `at`, saturating far outside of any scale.
bool read_exponent(std::string_view text, std::size_t& at, std::int64_t& exponent) {
  ++at;
  bool negative = false;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) negative = text[at++] == '-';
  if (at >= text.size() || !is_digit(text[at])) return false;
  for (; at < text.size() && is_digit(text[at]); ++at) {
    if (exponent < 1'000'000'000) exponent = exponent * 10 + (text[at] - '0');
  }
  if (negative) exponent = -exponent;
  return true;
}

Parsed parse_general(std::string_view text, int scale) {
  std::size_t at = 0;
  bool negative = false;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) negative = text[at++] == '-';
  Digits digits;
  bool any = false;
  for (; at < text.size() && is_digit(text[at]); ++at) {
    any = true;
    take_digit(digits, text[at]);
    if (digits.count > 0) ++digits.point;
  }
  if (at < text.size() && text[at] == '.') {
    ++at;
    for (; at < text.size() && is_digit(text[at]); ++at) {
      any = true;
      if (digits.count == 0 && text[at] == '0') --digits.point;
      take_digit(digits, text[at]);
    }
  }
  if (!any) return std::unexpected(DecimalFault::not_a_number);
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    std::int64_t exponent = 0;
    if (!read_exponent(text, at, exponent)) return std::unexpected(DecimalFault::not_a_number);
    digits.point += exponent;
  }
  if (at != text.size()) return std::unexpected(DecimalFault::not_a_number);
  return scale_digits(digits, scale, negative);
}

}  // namespace

std::expected<ScaledDecimal, DecimalFault> parse_decimal(std::string_view text, int scale) {
  // The plain case, up to 18 bytes and no exponent, in one pass; everything else goes the long way.
  const bool negative = !text.empty() && text.front() == '-';
  std::size_t at = negative ? 1 : 0;
  const std::size_t begin = at;
  std::int64_t value = 0;
  std::int64_t fraction_digits = -1;
  if (text.size() - at > 18 || at >= text.size()) return parse_general(text, scale);
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (is_digit(c)) {
      value = value * 10 + (c - '0');
      if (fraction_digits >= 0) ++fraction_digits;
    } else if (c == '.' && fraction_digits < 0 && at > begin) {
      fraction_digits = 0;
    } else {
      return parse_general(text, scale);
    }
  }
  const std::int64_t shift = scale - (fraction_digits < 0 ? 0 : fraction_digits);
  if (shift < 0 || shift > 18) return parse_general(text, scale);
  const std::int64_t power = kPowersOfTen[static_cast<std::size_t>(shift)];
  if (value > kLargestBefore[static_cast<std::size_t>(shift)])
    return std::unexpected(DecimalFault::too_large);
  value *= power;
  return ScaledDecimal{negative ? -value : value, false};
}

void append_decimal(std::string& out, std::int64_t value, int scale) {
  std::array<char, 32> buffer{};
  auto at = buffer.size();
  const bool negative = value < 0;
  auto rest = negative ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  bool significant = false;
  for (int i = 0; i < scale; ++i) {
    const char digit = static_cast<char>('0' + rest % 10);
    rest /= 10;
    significant = significant || digit != '0';
    if (significant) buffer[--at] = digit;
  }
  if (significant) buffer[--at] = '.';
  do {
    buffer[--at] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  if (negative) buffer[--at] = '-';
  out.append(buffer.data() + at, buffer.size() - at);
}

std::string to_text(Price p) {
  std::string out;
  append_text(out, p);
  return out;
}

std::string to_text(Quantity q) {
  std::string out;
  append_text(out, q);
  return out;
}

std::int64_t divide_half_even(Int128 numerator, Int128 denominator) {
  Int128 quotient = numerator / denominator;
  Int128 remainder = numerator % denominator;
  const bool negative = remainder < 0;
  if (negative) remainder = -remainder;
  const Int128 twice = remainder * 2;
  if (twice > denominator || (twice == denominator && quotient % 2 != 0)) {
    quotient += negative ? -1 : 1;
  }
  return static_cast<std::int64_t>(quotient);
}

}  // namespace tapewire
