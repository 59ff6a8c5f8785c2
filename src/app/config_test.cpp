// SPDX-License-Identifier: Apache-2.0
#include "app/config.h"

#include <gmock/gmock.h>

namespace tapewire {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string refusal(std::string_view text) {
  const auto config = parse_config(text, "a.toml");
  return config ? "" : config.error().message;
}

TEST(ConfigTest, TheDefaultsAreAConfiguration) { EXPECT_EQ(refusal(default_config_toml()), ""); }

TEST(ConfigTest, NamesFilePlaceAndKey) {
  EXPECT_THAT(refusal("[store]\nthreads = \"two\""), HasSubstr("a.toml:2:"));
  EXPECT_THAT(refusal("[store]\nthreads = \"two\""), HasSubstr("store.threads"));
  EXPECT_THAT(refusal("x = 1"), HasSubstr("unknown key \"x\""));
}

// Words for a terminal: what the file holds must not steer it.
TEST(ConfigTest, RefusalsHoldNoControlCharacters) {
  for (const std::string_view text :
       {"\"\\u001b[2J\" = 1", "[store]\n\"\\u0007\" = 1", "[store]\n\"a\\nb\" = 1",
        "[log]\ngroup_wait = \"\\u001b[2J\"", "[simulated]\nspeed = \"\\u0008\"",
        "[store]\nmemory = \"\\u007f\"", "\x1b", "\"\\u0085\" = 1"}) {
    const std::string words = refusal(text);
    EXPECT_THAT(words, HasSubstr("a.toml")) << text;
    for (const char c : words)
      EXPECT_FALSE(static_cast<unsigned char>(c) < ' ' || c == '\x7f') << words;
    EXPECT_THAT(words, Not(HasSubstr("\xc2\x85")));
  }
}

TEST(ConfigTest, ADirectoryHoldsNoControlCharacters) {
  EXPECT_THAT(refusal("data = \"a\\u0000b\""), HasSubstr("key \"data\""));
  EXPECT_THAT(refusal("[files]\nbars = [\"a\\u0000b\"]"), HasSubstr("key \"files.bars\""));
}

}  // namespace
}  // namespace tapewire
