// SPDX-License-Identifier: Apache-2.0
#include "stream/expiring_set.h"

#include <gtest/gtest.h>

namespace tapewire {
namespace {

TEST(ExpiringSet, KnowsAFingerprintUntilItsBucketEnds) {
  ExpiringSet set(seconds(10));
  const Timestamp t = Timestamp{} + seconds(5);
  EXPECT_TRUE(set.insert(t, {1, 1}));
  EXPECT_FALSE(set.insert(t, {1, 1}));
  EXPECT_TRUE(set.insert(t, {1, 2}));
  EXPECT_TRUE(set.insert(t + seconds(10), {1, 1})) << "another bucket";
  EXPECT_FALSE(set.insert(t, {1, 1})) << "back in the first bucket";
  set.expire(Timestamp{} + seconds(9));
  EXPECT_EQ(set.size(), 3U);
  set.expire(Timestamp{} + seconds(10));
  EXPECT_EQ(set.size(), 1U);
  EXPECT_FALSE(set.insert(t + seconds(10), {1, 1}));
  set.expire(Timestamp{} + seconds(20));
  EXPECT_EQ(set.size(), 0U);
  EXPECT_TRUE(set.insert(t + seconds(30), {1, 1})) << "a bucket made of a used one is empty";
}

TEST(ExpiringSet, ComesBackAsSaved) {
  ExpiringSet set(seconds(10));
  for (std::uint64_t i = 0; i < 1000; ++i) {
    set.insert(Timestamp{} + milliseconds(static_cast<std::int64_t>(i) * 40), {i * i, i});
  }
  std::string bytes;
  ByteWriter out(bytes);
  set.save(out);
  ExpiringSet again(seconds(10));
  ByteReader in(bytes);
  again.load(in);
  ASSERT_TRUE(in.ok() && in.done());
  std::string twice;
  ByteWriter out_again(twice);
  again.save(out_again);
  EXPECT_EQ(bytes, twice);
  EXPECT_FALSE(again.insert(Timestamp{} + milliseconds(400), {100, 10}));
}

}  // namespace
}  // namespace tapewire
