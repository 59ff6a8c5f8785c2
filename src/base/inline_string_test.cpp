// SPDX-License-Identifier: Apache-2.0
#include "base/inline_string.h"

#include <string>
#include <unordered_set>
#include <vector>

#include <gtest/gtest.h>

namespace tapewire {
namespace {

using Text = InlineString<15>;

TEST(InlineString, HoldsUpToItsCapacity) {
  for (const std::size_t size : {0UL, 1UL, 7UL, 8UL, 14UL, 15UL}) {
    const std::string text(size, 'x');
    EXPECT_EQ(Text(text).view(), text);
    EXPECT_EQ(Text::from(text)->str(), text);
    EXPECT_EQ(Text(text).empty(), size == 0);
  }
  EXPECT_FALSE(Text::from(std::string(16, 'x')));
  EXPECT_FALSE(Text::from(std::string(300, 'x')));
  EXPECT_EQ(Text::from(std::string_view{})->view(), "");
  EXPECT_EQ(Text(std::string_view("a\0b", 3)).view().size(), 3U);
  static_assert(Text("AAPL").view() == "AAPL");
}

TEST(InlineStringDeathTest, RefusesTextBeyondItsCapacity) {
  EXPECT_DEATH(static_cast<void>(Text(std::string(16, 'x'))), "broken invariant");
}

TEST(InlineString, ComparesAsItsText) {
  const std::vector<std::string> texts{"",   "A", "AA",   "AAPL",
                                       "AB", "B", "aapl", std::string("A\0", 2)};
  for (const std::string& a : texts) {
    for (const std::string& b : texts) {
      EXPECT_EQ(Text(a) == Text(b), a == b);
      EXPECT_EQ(Text(a) < Text(b), a < b);
    }
  }
}

TEST(InlineString, HashesEqualTextsEqually) {
  std::unordered_set<InlineString<31>> seen;
  std::unordered_set<std::size_t> hashes;
  for (int i = 0; i < 10'000; ++i) {
    const InlineString<31> text("SYM" + std::to_string(i));
    EXPECT_TRUE(seen.insert(text).second);
    EXPECT_FALSE(seen.insert(text).second);
    hashes.insert(text.hash());
    EXPECT_EQ(hash_value(text), text.hash());
  }
  EXPECT_EQ(hashes.size(), 10'000U);
  // Every byte counts, the last ones too.
  EXPECT_NE(InlineString<31>(std::string(31, 'a')).hash(),
            InlineString<31>(std::string(30, 'a') + "b").hash());
  EXPECT_NE(InlineString<31>(std::string(1, '\0')).hash(), InlineString<31>("").hash());
}

}  // namespace
}  // namespace tapewire
