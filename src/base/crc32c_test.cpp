// SPDX-License-Identifier: Apache-2.0
#include "base/crc32c.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tapewire {
namespace {

std::string counting(int first, int step) {
  std::string out;
  for (int i = 0; i < 32; ++i) out += static_cast<char>(first + i * step);
  return out;
}

TEST(Crc32c, MatchesTheVectorsOfRfc3720) {
  // RFC 3720 B.4, whose bytes are printed lowest first, and the check value of the polynomial's catalogue entry.
  struct Case {
    std::string bytes;
    std::uint32_t crc;
  };
  const std::vector<Case> cases{
      {std::string(32, '\0'), 0x8A9136AA}, {std::string(32, '\xff'), 0x62A8AB43},
      {counting(0, 1), 0x46DD794E},        {counting(31, -1), 0x113FDB5C},
      {"123456789", 0xE3069283},           {"", 0}};
  for (const Case& c : cases) {
    EXPECT_EQ(crc32c(c.bytes), c.crc);
    EXPECT_EQ(crc32c_portable(c.bytes), c.crc);
  }
}

TEST(Crc32c, InstructionAndTableAgreeAndContinue) {
  constexpr std::uint64_t kSeed = 3;
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 2'000; ++i) {
    std::string bytes(random() % 200, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    const auto seed = static_cast<std::uint32_t>(random());
    ASSERT_EQ(crc32c(bytes, seed), crc32c_portable(bytes, seed)) << "seed " << kSeed;
    // Split anywhere, the parts give what the whole gives.
    const std::size_t cut = bytes.empty() ? 0 : random() % bytes.size();
    const std::string_view all = bytes;
    ASSERT_EQ(crc32c(all.substr(cut), crc32c(all.substr(0, cut))), crc32c(all));
    ASSERT_EQ(crc32c_portable(all.substr(cut), crc32c_portable(all.substr(0, cut))),
              crc32c_portable(all));
  }
}

TEST(Crc32c, SeesEverySingleBitFlip) {
  std::string bytes = "one record of the log, forty-odd bytes long";
  const std::uint32_t good = crc32c(bytes);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(crc32c(bytes), good);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  }
  EXPECT_EQ(crc32c(bytes), good);
}

}  // namespace
}  // namespace tapewire
