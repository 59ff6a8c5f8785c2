// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

#include <array>
#include <limits>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace tapewire {
namespace {

std::string varint(std::uint64_t n) {
  std::string out;
  ByteWriter(out).varint(n);
  return out;
}

TEST(Bytes, WritesVarintsLowGroupFirst) {
  EXPECT_EQ(varint(0), std::string(1, '\0'));
  EXPECT_EQ(varint(127), "\x7f");
  EXPECT_EQ(varint(128), "\x80\x01");
  EXPECT_EQ(varint(300), "\xac\x02");
  EXPECT_EQ(varint(UINT64_MAX), "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
}

TEST(Bytes, ZigzagKeepsSmallNumbersSmall) {
  EXPECT_EQ(zigzag(0), 0U);
  EXPECT_EQ(zigzag(-1), 1U);
  EXPECT_EQ(zigzag(1), 2U);
  EXPECT_EQ(zigzag(INT64_MAX), UINT64_MAX - 1);
  EXPECT_EQ(zigzag(INT64_MIN), UINT64_MAX);
  for (const std::int64_t n :
       {INT64_MIN, INT64_MIN + 1, std::int64_t{-1}, std::int64_t{0}, INT64_MAX}) {
    EXPECT_EQ(unzigzag(zigzag(n)), n);
  }
}

TEST(Bytes, RoundTripsMixedFields) {
  constexpr std::uint64_t kSeed = 11;
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 5'000; ++i) {
    const std::uint64_t a = random() >> (random() % 64);
    const auto b = static_cast<std::int64_t>(random() >> (random() % 64)) * (random() % 2 ? 1 : -1);
    const std::string text(random() % 300, 'x');
    const double d = static_cast<double>(b) / 3;
    std::string out;
    ByteWriter write(out);
    write.varint(a);
    write.signed_varint(b);
    write.text(text);
    write.fixed(d);
    write.fixed(std::uint8_t{7});
    ByteReader read(out);
    ASSERT_EQ(read.varint(), a) << "seed " << kSeed;
    ASSERT_EQ(read.signed_varint(), b) << "seed " << kSeed;
    ASSERT_EQ(read.text(), text);
    ASSERT_EQ(read.fixed<double>(), d);
    ASSERT_FALSE(read.done());
    ASSERT_EQ(read.rest(), "\x07");
    ASSERT_EQ(read.fixed<std::uint8_t>(), 7);
    ASSERT_TRUE(read.ok() && read.done());
    // Cut anywhere, it says so and reads on as zeros.
    ByteReader cut(std::string_view(out).substr(0, random() % out.size()));
    static_cast<void>(cut.varint());
    static_cast<void>(cut.signed_varint());
    static_cast<void>(cut.text());
    static_cast<void>(cut.fixed<double>());
    static_cast<void>(cut.fixed<std::uint8_t>());
    ASSERT_FALSE(cut.ok());
    ASSERT_EQ(cut.varint(), 0U);
    ASSERT_EQ(cut.text(), "");
  }
}

TEST(Bytes, RefusesImpossibleInput) {
  for (const std::string& bytes :
       {std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),      // past 64 bits
        std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),  // eleven bytes
        std::string("\x80"), std::string()}) {
    ByteReader read(bytes);
    EXPECT_EQ(read.varint(), 0U);
    EXPECT_FALSE(read.ok());
  }
  // A length that wraps the address space.
  const std::string hostile = varint(UINT64_MAX) + "abc";
  ByteReader read(hostile);
  EXPECT_EQ(read.text(), "");
  EXPECT_FALSE(read.ok());
}

}  // namespace
}  // namespace tapewire
