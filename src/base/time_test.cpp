// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tapewire {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kOpen = 1'550'068'200;  // 2019-02-13T14:30:00Z

TEST(Time, ParsesIso8601) {
  struct Case {
    std::string_view text;
    std::int64_t ns;
  };
  for (const Case& c : std::vector<Case>{
           {"2019-02-13T14:30:00Z", kOpen * kSecond},
           {"2019-02-13 14:30:00Z", kOpen * kSecond},
           {"2019-02-13t14:30:00z", kOpen * kSecond},
           {"2019-02-13T14:30Z", kOpen * kSecond},
           {"2019-02-13T14:30:00.25Z", kOpen * kSecond + 250'000'000},
           {"2019-02-13T14:30:00,25Z", kOpen * kSecond + 250'000'000},
           {"2019-02-13T14:30:00.123456789Z", kOpen * kSecond + 123'456'789},
           {"2019-02-13T14:30:00.1234567899Z", kOpen * kSecond + 123'456'789},
           {"2019-02-13T09:30:00-05:00", kOpen * kSecond},
           {"2019-02-13T09:30:00-0500", kOpen * kSecond},
           {"2019-02-13T09:30:00-05", kOpen * kSecond},
           {"2019-02-13T20:00:00+05:30", kOpen * kSecond},
           {"2019-02-14T08:30:00+18:00", kOpen * kSecond},
           {"2016-12-31T23:59:60Z", 1'483'228'800 * kSecond},  // a leap second is the next second
           {"1970-01-01T00:00:00Z", 0},
           {"1969-12-31T23:59:59.5Z", -500'000'000},
           {"2000-02-29T00:00:00Z", 951'782'400 * kSecond},
           {"2261-12-31T23:59:59.999999999Z", 9'214'646'399 * kSecond + 999'999'999}}) {
    const auto got = parse_iso8601(c.text);
    ASSERT_TRUE(got) << c.text << ": " << got.error().message;
    EXPECT_EQ(got->ns, c.ns) << c.text;
  }
}

TEST(Time, RefusesWhatIsNoTimeAndSaysWhy) {
  struct Case {
    std::string_view text;
    std::string_view says;
  };
  for (const Case& c : std::vector<Case>{{"", "is not a time"},
                                         {"yesterday", "is not a time"},
                                         {"2019-02-13", "the time of day is missing"},
                                         {"2019-02-13T14:30:00", "the zone is missing"},
                                         {"2019-02-13T14:30:00.5", "the zone is missing"},
                                         {"2019-02-13T14:30", "the zone is missing"},
                                         {"2019-02-13T14:30:00.Z", "expected ISO 8601"},
                                         {"2019-02-29T14:30:00Z", "is not a time"},
                                         {"2019-13-01T14:30:00Z", "is not a time"},
                                         {"2019-00-01T14:30:00Z", "is not a time"},
                                         {"2019-02-13T24:00:00Z", "is not a time"},
                                         {"2019-02-13T14:60:00Z", "is not a time"},
                                         {"2019-02-13T14:30:61Z", "is not a time"},
                                         {"2019-02-13T14:30:00+19:00", "is not a time"},
                                         {"2019-02-13T14:30:00+05:60", "is not a time"},
                                         {"2019-02-13T14:30:00+05:", "is not a time"},
                                         {"2019-02-13T14:30:00+5:30", "is not a time"},
                                         {"2019-02-13T14:30:00Zulu", "is not a time"},
                                         {"2019-02-13T14:30:00EST", "is not a time"},
                                         {"2019-2-13T14:30:00Z", "is not a time"},
                                         {"19-02-13T14:30:00Z", "is not a time"},
                                         {" 2019-02-13T14:30:00Z", "is not a time"},
                                         {"2019-02-13T14:30:00Z ", "is not a time"},
                                         {"2019-02-13  14:30:00Z", "is not a time"},
                                         {"1677-01-01T00:00:00Z", "is not a time"},
                                         {"2262-01-01T00:00:00Z", "is not a time"},
                                         {"9999-01-01T00:00:00Z", "is not a time"},
                                         {"-019-02-13T14:30:00Z", "is not a time"}}) {
    const auto got = parse_iso8601(c.text);
    ASSERT_FALSE(got) << c.text;
    EXPECT_EQ(got.error().code, ErrorCode::invalid_data);
    EXPECT_NE(got.error().message.find(c.says), std::string::npos) << got.error().message;
  }
  // The message stays short however long the text.
  EXPECT_LT(parse_iso8601(std::string(1 << 20, 'x')).error().message.size(), 300U);
}

TEST(Time, PrintsTheShortestFraction) {
  EXPECT_EQ(to_iso8601({kOpen * kSecond}), "2019-02-13T14:30:00Z");
  EXPECT_EQ(to_iso8601({kOpen * kSecond + 250'000'000}), "2019-02-13T14:30:00.25Z");
  EXPECT_EQ(to_iso8601({kOpen * kSecond + 1}), "2019-02-13T14:30:00.000000001Z");
  EXPECT_EQ(to_iso8601({-1}), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(to_iso8601({-kSecond}), "1969-12-31T23:59:59Z");
  EXPECT_EQ(to_iso8601(kMinTimestamp), "1677-09-21T00:12:43.145224192Z");
  EXPECT_EQ(to_iso8601(kMaxTimestamp), "2262-04-11T23:47:16.854775807Z");
}

TEST(Time, RoundTripsRandomInstants) {
  constexpr std::uint64_t kSeed = 7;
  std::mt19937_64 random(kSeed);
  const std::int64_t first = parse_iso8601("1678-01-01T00:00:00Z")->ns;
  const std::int64_t last = parse_iso8601("2261-12-31T23:59:59Z")->ns;
  std::uniform_int_distribution<std::int64_t> any(first, last);
  for (int i = 0; i < 50'000; ++i) {
    const Timestamp t{any(random)};
    const auto back = parse_iso8601(to_iso8601(t));
    ASSERT_TRUE(back) << to_iso8601(t) << " seed " << kSeed;
    ASSERT_EQ(back->ns, t.ns) << to_iso8601(t) << " seed " << kSeed;
  }
}

TEST(Time, ParsesDates) {
  EXPECT_EQ(parse_date("2019-02-13")->ns, 1'550'016'000 * kSecond);
  EXPECT_EQ(parse_date("1970-01-01")->ns, 0);
  EXPECT_EQ(parse_date("1969-12-31")->ns, -86'400 * kSecond);
  for (const std::string_view text : {"", "2019-02-30", "2019-02-13T", "2019/02/13", "20190213",
                                      "2019-02", "02-13-2019", "2019-02-13 ", "0000-01-01"}) {
    EXPECT_FALSE(parse_date(text)) << text;
  }
}

TEST(Time, GuessesTheUnitByMagnitude) {
  const Timestamp open{kOpen * kSecond};
  EXPECT_EQ(timestamp_by_magnitude(kOpen), open);
  EXPECT_EQ(timestamp_by_magnitude(kOpen * 1'000), open);
  EXPECT_EQ(timestamp_by_magnitude(kOpen * 1'000'000), open);
  EXPECT_EQ(timestamp_by_magnitude(kOpen * kSecond), open);
  EXPECT_EQ(timestamp_by_magnitude(-86'400), Timestamp{-86'400 * kSecond});
  EXPECT_EQ(timestamp_by_magnitude(0), Timestamp{0});
  // Each of these would overflow in its unit.
  EXPECT_EQ(timestamp_by_magnitude(99'999'999'999), kMaxTimestamp);
  EXPECT_EQ(timestamp_by_magnitude(99'999'999'999'999), kMaxTimestamp);
  EXPECT_EQ(timestamp_by_magnitude(99'999'999'999'999'999), kMaxTimestamp);
  EXPECT_EQ(timestamp_by_magnitude(-99'999'999'999'999), kMinTimestamp);
  EXPECT_EQ(timestamp_by_magnitude(INT64_MAX), kMaxTimestamp);
  EXPECT_EQ(timestamp_by_magnitude(INT64_MIN), kMinTimestamp);
}

TEST(Time, FloorsTowardsThePast) {
  EXPECT_EQ(floor_to({kOpen * kSecond + 59 * kSecond}, minutes(1)).ns, kOpen * kSecond);
  EXPECT_EQ(floor_to({kOpen * kSecond}, minutes(1)).ns, kOpen * kSecond);
  EXPECT_EQ(floor_to({-1}, minutes(1)).ns, -60 * kSecond);
  EXPECT_EQ(floor_to({-60 * kSecond}, minutes(1)).ns, -60 * kSecond);
  EXPECT_EQ(floor_to(kMaxTimestamp, days(1)).ns, days(106'751).ns);
}

TEST(Time, CountsSpans) {
  EXPECT_EQ(days(1).ns, 86'400 * kSecond);
  EXPECT_EQ(hours(1), minutes(60));
  EXPECT_EQ(minutes(1), seconds(60));
  EXPECT_EQ(seconds(1), milliseconds(1'000));
  EXPECT_EQ(milliseconds(1), microseconds(1'000));
  EXPECT_EQ(microseconds(1), nanoseconds(1'000));
  EXPECT_EQ(3 * seconds(2), seconds(2) * 3);
  EXPECT_EQ(Timestamp{10} - Timestamp{4}, Duration{6});
  EXPECT_EQ(Timestamp{10} - Duration{4}, Timestamp{6});
}

TEST(Time, ClocksTellTheirTime) {
  ManualClock manual(Timestamp{5});
  const Clock& clock = manual;
  EXPECT_EQ(clock.now(), Timestamp{5});
  manual.set(Timestamp{9});
  EXPECT_EQ(clock.now(), Timestamp{9});
  // The machine's clock is after this was written and before int64 nanoseconds end.
  EXPECT_GT(SystemClock().now(), *parse_iso8601("2024-01-01T00:00:00Z"));
  const Duration before = monotonic_now();
  EXPECT_LE(before, monotonic_now());
}

}  // namespace
}  // namespace tapewire
