// SPDX-License-Identifier: Apache-2.0
// Runs blocking jobs (store queries) on a few threads, with a bounded queue before them.
//
// Full: `try_submit` refuses; the client is told to come back.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/bounded_queue.h"

namespace tapewire {

class WorkerPool {
 public:
  using Job = std::function<void()>;

  WorkerPool(std::size_t threads, std::size_t capacity) : jobs_(capacity), running_(threads) {
    for (std::size_t i = 0; i < threads; ++i) {
      threads_.emplace_back([this] { run(); });
    }
  }
  ~WorkerPool() {
    stop([] {});
  }

  [[nodiscard]] bool try_submit(Job job) { return jobs_.try_push(job); }
  // Drops the jobs that wait and calls `interrupt` again and again until those that run have ended.
  void stop(const std::function<void()>& interrupt) {
    stopping_ = true;
    jobs_.close();
    std::unique_lock lock(mutex_);
    while (running_ > 0) {
      lock.unlock();
      interrupt();
      lock.lock();
      ended_.wait_for(lock, kInterruptEvery, [this] { return running_ == 0; });
    }
    lock.unlock();
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }
  [[nodiscard]] std::size_t waiting() const { return jobs_.size(); }

 private:
  void run() {
    while (auto job = jobs_.pop()) {
      if (!stopping_) (*job)();
    }
    const std::lock_guard lock(mutex_);
    --running_;
    ended_.notify_all();
  }

  static constexpr std::chrono::milliseconds kInterruptEvery{20};

  BoundedQueue<Job> jobs_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t running_;  // threads
  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tapewire
