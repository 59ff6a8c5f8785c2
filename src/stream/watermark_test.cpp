// SPDX-License-Identifier: Apache-2.0
#include "stream/watermark.h"

#include <gtest/gtest.h>

namespace tapewire {
namespace {

Timestamp at(std::int64_t ms) { return Timestamp{} + milliseconds(ms); }

TEST(Watermark, TrailsTheNewestEventAndNeverGoesBack) {
  WatermarkTracker tracker({seconds(2), seconds(1)});
  EXPECT_EQ(tracker.current(), kMinTimestamp);
  EXPECT_TRUE(tracker.observe(at(10'000), at(10'100)));
  EXPECT_EQ(tracker.current(), at(8'000));
  EXPECT_FALSE(tracker.observe(at(9'000), at(10'200)));
  EXPECT_EQ(tracker.current(), at(8'000));
  EXPECT_TRUE(tracker.observe(at(10'001), at(10'300)));
  EXPECT_EQ(tracker.current(), at(8'001));
}

TEST(Watermark, HeartbeatsMoveItOnlyAfterSilence) {
  struct Case {
    std::int64_t now;
    std::int64_t expected;
  };
  WatermarkTracker tracker({seconds(2), seconds(1)});
  EXPECT_FALSE(tracker.heartbeat(at(5'000))) << "no event yet";
  tracker.observe(at(10'000), at(900'000));  // a feed that is far behind
  for (const Case& c : {Case{900'999, 8'000}, Case{901'000, 9'000}, Case{900'500, 9'000},
                        Case{904'000, 12'000}, Case{903'000, 12'000}}) {
    tracker.heartbeat(at(c.now));
    EXPECT_EQ(tracker.current(), at(c.expected)) << c.now;
  }
}

TEST(Watermark, AnOlderEventBreaksTheSilenceButIsNotTheNewest) {
  WatermarkTracker tracker({seconds(2), seconds(1)});
  tracker.observe(at(10'000), at(20'000));
  tracker.observe(at(9'000), at(20'800));
  EXPECT_FALSE(tracker.heartbeat(at(21'500)));
  EXPECT_TRUE(tracker.heartbeat(at(21'800)));
  EXPECT_EQ(tracker.current(), at(9'800));
}

TEST(Watermark, ComesBackAsSaved) {
  WatermarkTracker tracker({seconds(2), seconds(1)});
  tracker.observe(at(10'000), at(20'000));
  std::string bytes;
  ByteWriter out(bytes);
  tracker.save(out);
  WatermarkTracker again({seconds(2), seconds(1)});
  ByteReader in(bytes);
  again.load(in);
  EXPECT_TRUE(in.ok() && in.done());
  again.heartbeat(at(22'000));
  EXPECT_EQ(again.current(), at(10'000));
}

}  // namespace
}  // namespace tapewire
