// SPDX-License-Identifier: Apache-2.0
#include "base/bounded_queue.h"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tapewire {
namespace {

TEST(BoundedQueue, KeepsOrderAndRefusesWhenFull) {
  BoundedQueue<int> queue(2);
  EXPECT_EQ(queue.capacity(), 2U);
  EXPECT_TRUE(queue.push(1));
  EXPECT_TRUE(queue.push(2));
  int third = 3;
  EXPECT_FALSE(queue.try_push(third));
  EXPECT_EQ(queue.size(), 2U);
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_TRUE(queue.try_push(third));
  EXPECT_EQ(queue.pop(), 2);
  EXPECT_EQ(queue.pop(), 3);
  EXPECT_EQ(queue.pop_for(Duration{0}), std::nullopt);
  EXPECT_FALSE(queue.closed());
}

TEST(BoundedQueue, LeavesARefusedItemWithTheCaller) {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  ASSERT_TRUE(queue.push(std::make_unique<int>(1)));
  auto item = std::make_unique<int>(2);
  EXPECT_FALSE(queue.try_push(item));
  ASSERT_NE(item, nullptr);
  EXPECT_EQ(*item, 2);
}

TEST(BoundedQueue, DrainsAfterClose) {
  BoundedQueue<int> queue(4);
  ASSERT_TRUE(queue.push(1));
  ASSERT_TRUE(queue.push(2));
  queue.close();
  int item = 3;
  EXPECT_FALSE(queue.push(3));
  EXPECT_FALSE(queue.try_push(item));
  EXPECT_TRUE(queue.closed());
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop_for(seconds(1)), 2);
  EXPECT_EQ(queue.pop(), std::nullopt);
  EXPECT_EQ(queue.pop_for(seconds(1)), std::nullopt);
}

TEST(BoundedQueue, CloseWakesThoseWhoWait) {
  BoundedQueue<int> full(1);
  ASSERT_TRUE(full.push(1));
  BoundedQueue<int> empty(1);
  std::thread pusher([&] { EXPECT_FALSE(full.push(2)); });
  std::thread popper([&] { EXPECT_EQ(empty.pop(), std::nullopt); });
  full.close();
  empty.close();
  pusher.join();
  popper.join();
}

TEST(BoundedQueue, HandsOverEverythingOnceAmongManyThreads) {
  constexpr int kPushers = 4;
  constexpr int kEach = 5'000;
  BoundedQueue<int> queue(8);
  std::vector<std::atomic<int>> seen(kPushers * kEach);
  std::atomic<std::size_t> largest{0};
  std::vector<std::thread> pushers;
  for (int p = 0; p < kPushers; ++p) {
    pushers.emplace_back([&, p] {
      for (int i = 0; i < kEach; ++i) ASSERT_TRUE(queue.push(p * kEach + i));
    });
  }
  std::vector<std::thread> poppers;
  for (int c = 0; c < 2; ++c) {
    poppers.emplace_back([&] {
      std::vector<int> last(kPushers, -1);
      while (const auto item = queue.pop()) {
        ++seen[static_cast<std::size_t>(*item)];
        // One pusher's items come in its order.
        int& before = last[static_cast<std::size_t>(*item / kEach)];
        EXPECT_GT(*item % kEach, before);
        before = *item % kEach;
        largest = std::max(largest.load(), queue.size());
      }
    });
  }
  for (auto& thread : pushers) thread.join();
  queue.close();
  for (auto& thread : poppers) thread.join();
  for (const auto& count : seen) ASSERT_EQ(count, 1);
  EXPECT_LE(largest, queue.capacity());
}

TEST(BoundedQueueDeathTest, RefusesACapacityOfZero) {
  EXPECT_DEATH(BoundedQueue<int>(0), "broken invariant");
}

}  // namespace
}  // namespace tapewire
