// SPDX-License-Identifier: Apache-2.0
#include "server/worker_pool.h"

#include <atomic>
#include <future>

#include <gtest/gtest.h>

namespace tapewire {
namespace {

TEST(WorkerPool, abandoned_jobs_never_run_and_take_no_room) {
  std::promise<void> release;
  std::atomic<int> ran = 0;
  std::stop_source gone;
  {
    WorkerPool pool(1, 1);
    std::promise<void> busy;
    ASSERT_TRUE(pool.try_submit([&] {
      busy.set_value();
      release.get_future().wait();
    }));
    busy.get_future().wait();
    std::promise<void> done;
    EXPECT_TRUE(pool.try_submit([&] { ran += 1; }, gone.get_token()));
    EXPECT_FALSE(pool.try_submit([&] { ran += 10; }));
    gone.request_stop();
    EXPECT_TRUE(pool.try_submit([&] {
      ran += 100;
      done.set_value();
    }));
    EXPECT_EQ(pool.waiting(), 1U);
    release.set_value();
    done.get_future().wait();
  }
  EXPECT_EQ(ran, 100);
}

}  // namespace
}  // namespace tapewire
