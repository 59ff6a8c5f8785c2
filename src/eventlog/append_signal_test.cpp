// SPDX-License-Identifier: Apache-2.0
#include "eventlog/append_signal.h"

#include <thread>

#include <gtest/gtest.h>

namespace tapewire {
namespace {

TEST(AppendSignal, DoesNotWaitForWhatIsThere) {
  AppendSignal signal;
  signal.publish(5);
  EXPECT_EQ(signal.wait(4, hours(1)), 5u);
  EXPECT_EQ(signal.wait(5, nanoseconds(0)), 5u);
  signal.publish(3);
  EXPECT_EQ(signal.end(), 5u) << "the end never goes back";
}

TEST(AppendSignal, WakesEveryWaiter) {
  AppendSignal signal;
  std::thread first([&] { EXPECT_EQ(signal.wait(0, hours(1)), 7u); });
  std::thread second([&] { EXPECT_EQ(signal.wait(6, hours(1)), 7u); });
  signal.publish(7);
  first.join();
  second.join();
}

TEST(AppendSignal, ClosingEndsAllWaiting) {
  AppendSignal signal;
  std::thread waiter([&] { EXPECT_EQ(signal.wait(0, hours(1)), 0u); });
  signal.close();
  waiter.join();
  EXPECT_TRUE(signal.closed());
  EXPECT_EQ(signal.wait(10, hours(1)), 0u);
}

}  // namespace
}  // namespace tapewire
