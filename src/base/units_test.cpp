// SPDX-License-Identifier: Apache-2.0
#include "base/units.h"

#include <vector>

#include <gtest/gtest.h>

namespace tapewire {
namespace {

TEST(Units, ParsesDurations) {
  struct Case {
    std::string_view text;
    Duration value;
  };
  for (const Case& c : std::vector<Case>{{"500ms", milliseconds(500)},
                                         {"2s", seconds(2)},
                                         {"1.5s", milliseconds(1'500)},
                                         {"0s", Duration{0}},
                                         {"10m", minutes(10)},
                                         {"1h", hours(1)},
                                         {"48h", hours(48)},
                                         {"7d", days(7)},
                                         {"250us", microseconds(250)},
                                         {"1ns", nanoseconds(1)}}) {
    const auto got = parse_duration(c.text);
    ASSERT_TRUE(got) << c.text;
    EXPECT_EQ(*got, c.value) << c.text;
  }
}

TEST(Units, RefusesDurationsAndSaysWhy) {
  struct Case {
    std::string_view text;
    std::string_view says;
  };
  for (const Case& c : std::vector<Case>{{"60", "the unit is missing"},
                                         {"0", "the unit is missing"},
                                         {"", "does not begin with a number"},
                                         {"s", "does not begin with a number"},
                                         {"fast", "does not begin with a number"},
                                         {"-1s", "it is negative"},
                                         {"1 s", "unknown unit \" s\""},
                                         {"1sec", "unknown unit \"sec\""},
                                         {"1S", "unknown unit \"S\""},
                                         {"infs", "does not begin with a number"},
                                         {"nans", "does not begin with a number"},
                                         {"1000000000d", "it is too large"},
                                         {"1e300s", "it is too large"}}) {
    const auto got = parse_duration(c.text);
    ASSERT_FALSE(got) << c.text;
    EXPECT_EQ(got.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(got.error().message.find(c.says), std::string::npos) << got.error().message;
  }
}

TEST(Units, PrintsDurationsInTheirLargestWholeUnit) {
  EXPECT_EQ(to_text(milliseconds(500)), "500ms");
  EXPECT_EQ(to_text(milliseconds(1'500)), "1500ms");
  EXPECT_EQ(to_text(hours(48)), "2d");
  EXPECT_EQ(to_text(minutes(90)), "90m");
  EXPECT_EQ(to_text(Duration{0}), "0ns");
  EXPECT_EQ(to_text(Duration{1}), "1ns");
  for (const Duration d : {nanoseconds(1), seconds(61), days(3), microseconds(7)}) {
    EXPECT_EQ(*parse_duration(to_text(d)), d);
  }
}

TEST(Units, ParsesAndPrintsSizes) {
  struct Case {
    std::string_view text;
    std::uint64_t value;
    std::string_view shown;
  };
  for (const Case& c : std::vector<Case>{{"64MiB", 64ULL << 20, "64MiB"},
                                         {"2GiB", 2ULL << 30, "2GiB"},
                                         {"1TiB", 1ULL << 40, "1TiB"},
                                         {"0.5GiB", 512ULL << 20, "512MiB"},
                                         {"10MB", 10'000'000, "10MB"},
                                         {"3kB", 3'000, "3kB"},
                                         {"1023B", 1'023, "1023B"},
                                         {"0B", 0, "0B"}}) {
    const auto got = parse_size(c.text);
    ASSERT_TRUE(got) << c.text;
    EXPECT_EQ(*got, c.value) << c.text;
    EXPECT_EQ(size_to_text(*got), c.shown);
  }
  for (const std::string_view text : {"64", "64M", "64mb", "-1B", "MiB", "99999999TiB"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

}  // namespace
}  // namespace tapewire
