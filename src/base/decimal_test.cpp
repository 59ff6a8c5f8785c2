// SPDX-License-Identifier: Apache-2.0
#include "base/decimal.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tapewire {
namespace {

struct Exact {
  std::string_view text;
  int scale;
  std::int64_t value;
  bool rounded;
};

TEST(Decimal, ParsesExactlyOrRoundsHalfToEven) {
  const std::vector<Exact> cases{
      {"171.14", 9, 171'140'000'000, false},
      {"0", 9, 0, false},
      {"-0", 9, 0, false},
      {"-0.0", 9, 0, false},
      {"-0e5", 9, 0, false},
      {"0e999999999999", 9, 0, false},
      {"+1", 9, 1'000'000'000, false},
      {"-1", 9, -1'000'000'000, false},
      {"1.", 9, 1'000'000'000, false},
      {".5", 9, 500'000'000, false},
      {"-.5", 9, -500'000'000, false},
      {"007", 6, 7'000'000, false},
      {"0000000000000000000000000001", 6, 1'000'000, false},
      {"1.0000000000000000000000", 9, 1'000'000'000, false},
      {"99.233614", 9, 99'233'614'000, false},
      {"1e3", 9, 1'000'000'000'000, false},
      {"1E3", 9, 1'000'000'000'000, false},
      {"1e+3", 9, 1'000'000'000'000, false},
      {"125e-2", 9, 1'250'000'000, false},
      {"0.000000001e9", 9, 1'000'000'000, false},
      {"123456789.123456789", 9, 123'456'789'123'456'789, false},
      {"999999999.999999999", 9, kMaxDecimal18, false},
      {"-999999999.999999999", 9, -kMaxDecimal18, false},
      {"999999999999.999999", 6, kMaxDecimal18, false},
      {"123456789012345678", 0, 123'456'789'012'345'678, false},
      // Past the scale: half to even, whichever digits follow.
      {"0.0000000005", 9, 0, true},
      {"0.0000000015", 9, 2, true},
      {"0.0000000025", 9, 2, true},
      {"0.00000000250000000000000000000000000000001", 9, 3, true},
      {"0.0000000024999999999999999999999999999999", 9, 2, true},
      {"-0.0000000015", 9, -2, true},
      {"-0.0000000025", 9, -2, true},
      {"1.12345678901234567", 9, 1'123'456'789, true},
      {"99.99999999999999999", 9, 100'000'000'000, true},
      {"1e-400", 9, 0, true},
      {"5e-10", 9, 0, true},
      {"5.0000000000000000000000001e-10", 9, 1, true},
      {"4.9e-10", 9, 0, true},
      {"9.9e-11", 9, 0, true},
      {"1e-99999999999999999999999", 9, 0, true},
      {"0.1234565", 6, 123'456, true},
      {"0.1234575", 6, 123'458, true},
      {"2.5", 0, 2, true},
      {"3.5", 0, 4, true},
      {"171.14000000000001", 9, 171'140'000'000, true},  // how a double's 171.14 may be printed
  };
  for (const Exact& c : cases) {
    const auto got = parse_decimal(c.text, c.scale);
    ASSERT_TRUE(got) << c.text;
    EXPECT_EQ(got->value, c.value) << c.text;
    EXPECT_EQ(got->rounded, c.rounded) << c.text;
  }
}

TEST(Decimal, RefusesWhatIsNoNumber) {
  for (const std::string_view text :
       {"",         "-",    "+",    ".",     "-.",           "e5",
        "1e",       "1e+",  "1e-",  "NaN",   "nan",          "inf",
        "Infinity", "-inf", "0x10", "1,000", "1.2.3",        "--1",
        "+-1",      "-+1",  " 1",   "1 ",    "1\n",          "1e5.0",
        "1f",       "null", "true", "1_000", "\xef\xbc\x91", "12345678901234567890123x"}) {
    for (const int scale : {0, 6, 9}) {
      const auto got = parse_decimal(text, scale);
      ASSERT_FALSE(got) << text;
      EXPECT_EQ(got.error(), DecimalFault::not_a_number) << text;
    }
  }
  EXPECT_FALSE(parse_decimal(std::string_view("1\0", 2), 9));
}

TEST(Decimal, RefusesWhatDoesNotFit) {
  struct Case {
    std::string_view text;
    int scale;
  };
  for (const Case& c : std::vector<Case>{{"1e400", 9},
                                         {"-1e400", 9},
                                         {"1e99999999999999999999", 9},
                                         {"1000000000", 9},
                                         {"999999999.9999999995", 9},
                                         {"999999999.9999999999999999", 9},
                                         {"1000000000000", 6},
                                         {"999999999999999999", 9},
                                         {"9999999999999999999", 0},
                                         {"9223372036854775807", 0},
                                         {"9223372036854775808", 0},
                                         {"18446744073709551616", 0},
                                         {"1000000000000000000", 0},
                                         {"9.999999999999999999e18", 0},
                                         {"0.000000001e18", 9}}) {
    const auto got = parse_decimal(c.text, c.scale);
    ASSERT_FALSE(got) << c.text;
    EXPECT_EQ(got.error(), DecimalFault::too_large) << c.text;
  }
}

TEST(Decimal, SurvivesVeryLongNumbers) {
  const std::string zeros(100'000, '0');
  EXPECT_EQ(parse_price(zeros + "1")->value, 1'000'000'000);
  EXPECT_EQ(parse_price("0." + zeros + "1")->value, 0);
  EXPECT_TRUE(parse_price("0." + zeros + "1")->rounded);
  EXPECT_EQ(parse_price("0." + zeros + "1e100001")->value, 1'000'000'000);
  EXPECT_EQ(parse_price("1" + zeros + "e-100000")->value, 1'000'000'000);
  EXPECT_FALSE(parse_price("1" + zeros));
}

TEST(Decimal, PrintsTheShortestExactText) {
  struct Case {
    std::int64_t value;
    int scale;
    std::string_view text;
  };
  for (const Case& c : std::vector<Case>{{171'140'000'000, 9, "171.14"},
                                         {500'000'000, 9, "0.5"},
                                         {-3'000'000'000, 9, "-3"},
                                         {-1, 9, "-0.000000001"},
                                         {1'000'000'000'000, 9, "1000"},
                                         {0, 9, "0"},
                                         {0, 0, "0"},
                                         {42, 0, "42"},
                                         {1, 6, "0.000001"},
                                         {kMaxDecimal18, 9, "999999999.999999999"},
                                         {INT64_MAX, 9, "9223372036.854775807"},
                                         {INT64_MIN, 9, "-9223372036.854775808"}}) {
    std::string out = "x";
    append_decimal(out, c.value, c.scale);
    EXPECT_EQ(out, "x" + std::string(c.text));
  }
  EXPECT_EQ(to_text(Price{99'233'614'000}), "99.233614");
  EXPECT_EQ(to_text(Quantity{100'250'000}), "100.25");
}

// A number as a signed digit string, its count of fraction digits and its exponent, and what it must become,
// computed with 128-bit integers in another way than the parser.
struct Reference {
  bool too_large = false;
  std::int64_t value = 0;
  bool rounded = false;
};

Reference reference(const std::string& digits, int fraction, int exponent, int scale,
                    bool negative) {
  Int128 magnitude = 0;
  for (const char c : digits) magnitude = magnitude * 10 + (c - '0');
  Reference out;
  if (magnitude == 0) return out;
  int power = scale - fraction + exponent;
  for (; power > 0 && magnitude <= Int128{kMaxDecimal18}; --power) magnitude *= 10;
  if (power > 0) {
    out.too_large = true;
    return out;
  }
  // One digit at a time, remembering whether anything non-zero fell off below the last one.
  int last = 0;
  bool below = false;
  for (; power < 0; ++power) {
    below = below || last != 0;
    last = static_cast<int>(magnitude % 10);
    magnitude /= 10;
  }
  out.rounded = last != 0 || below;
  const bool half = last == 5 && !below;
  if (last > 5 || (last == 5 && below) || (half && magnitude % 2 == 1)) ++magnitude;
  out.too_large = magnitude > Int128{kMaxDecimal18};
  if (!out.too_large) out.value = static_cast<std::int64_t>(negative ? -magnitude : magnitude);
  return out;
}

TEST(Decimal, AgreesWithExactArithmeticOnRandomNumbers) {
  constexpr std::uint64_t kSeed = 20190213;
  std::mt19937_64 random(kSeed);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  // Fives, zeros and nines often: that is where rounding goes wrong.
  const auto some_digits = [&](int count) {
    constexpr std::string_view kOften = "0123456789555000999";
    std::string out;
    for (int i = 0; i < count; ++i) out += kOften[random() % kOften.size()];
    return out;
  };
  int fits = 0;
  for (int i = 0; i < 300'000; ++i) {
    const std::string whole = some_digits(below(13));
    const std::string fraction = some_digits(whole.empty() ? 1 + below(20) : below(21));
    const bool has_exponent = below(3) == 0;
    const int exponent = has_exponent ? below(41) - 25 : 0;
    const bool negative = below(2) == 0;
    const int scale = below(2) == 0 ? kPriceScale : kQuantityScale;
    std::string text = (negative ? "-" : "") + whole;
    if (!fraction.empty()) text += "." + fraction;
    if (has_exponent) text += "e" + std::to_string(exponent);
    const auto want =
        reference(whole + fraction, static_cast<int>(fraction.size()), exponent, scale, negative);
    const auto got = parse_decimal(text, scale);
    ASSERT_EQ(got.has_value(), !want.too_large) << text << " scale " << scale << " seed " << kSeed;
    if (!got) continue;
    ++fits;
    ASSERT_EQ(got->value, want.value) << text << " scale " << scale << " seed " << kSeed;
    ASSERT_EQ(got->rounded, want.rounded) << text << " scale " << scale << " seed " << kSeed;
    // Its text names the same value, without rounding.
    std::string shown;
    append_decimal(shown, got->value, scale);
    const auto again = parse_decimal(shown, scale);
    ASSERT_TRUE(again) << shown;
    ASSERT_EQ(again->value, got->value) << shown;
    ASSERT_FALSE(again->rounded) << shown;
  }
  EXPECT_GT(fits, 100'000);
}

TEST(Decimal, DividesHalfToEven) {
  struct Case {
    std::int64_t numerator, denominator, quotient;
  };
  for (const Case& c : std::vector<Case>{{10, 4, 2},
                                         {14, 4, 4},
                                         {-10, 4, -2},
                                         {-14, 4, -4},
                                         {11, 4, 3},
                                         {9, 4, 2},
                                         {-11, 4, -3},
                                         {1, 2, 0},
                                         {3, 2, 2},
                                         {-1, 2, 0},
                                         {-3, 2, -2},
                                         {0, 7, 0},
                                         {7, 7, 1},
                                         {6, 7, 1},
                                         {3, 7, 0},
                                         {4, 7, 1},
                                         {-4, 7, -1},
                                         {-3, 7, 0},
                                         {5, 1, 5}}) {
    EXPECT_EQ(divide_half_even(c.numerator, c.denominator), c.quotient)
        << c.numerator << "/" << c.denominator;
  }
  // A volume-weighted mean of the largest price needs more than 64 bits on the way.
  EXPECT_EQ(divide_half_even(Int128{kMaxDecimal18} * 1'000'000'000, 1'000'000'000), kMaxDecimal18);
}

TEST(Decimal, ScalesWholeNumbersAndDoubles) {
  EXPECT_EQ(whole_price(171).raw, 171'000'000'000);
  EXPECT_EQ(whole_quantity(5).raw, 5'000'000);
  EXPECT_DOUBLE_EQ(to_double(Price{171'140'000'000}), 171.14);
  EXPECT_DOUBLE_EQ(to_double(Quantity{1'500'000}), 1.5);
}

}  // namespace
}  // namespace tapewire
