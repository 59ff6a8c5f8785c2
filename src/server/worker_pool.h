// SPDX-License-Identifier: Apache-2.0
// Runs blocking jobs (store queries) on a few threads, with a bounded queue before them.
//
// Full: `try_submit` refuses; the client is told to come back. Jobs that nobody waits for any more are
//       dropped, and take no room.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace tapewire {

class WorkerPool {
 public:
  WorkerPool(std::size_t threads, std::size_t capacity) : capacity_(capacity), running_(threads) {
    for (std::size_t i = 0; i < threads; ++i) {
      threads_.emplace_back([this] { run(); });
    }
  }
  ~WorkerPool() {
    stop([] {});
  }

  // A job whose `gone` is asked to stop before it begins never runs.
  [[nodiscard]] bool try_submit(std::function<void()> job, std::stop_token gone = {}) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    if (jobs_.size() >= capacity_) drop_abandoned();
    if (jobs_.size() >= capacity_) return false;
    jobs_.push_back({std::move(job), std::move(gone)});
    changed_.notify_one();
    return true;
  }
  // Drops the jobs that wait and calls `interrupt` again and again until those that run have ended.
  void stop(const std::function<void()>& interrupt) {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    jobs_.clear();
    changed_.notify_all();
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
  [[nodiscard]] std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return jobs_.size();
  }

 private:
  struct Job {
    std::function<void()> run;
    std::stop_token gone;
  };

  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (stopping_) break;
      Job job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      if (!job.gone.stop_requested()) job.run();
      job = {};  // what it holds goes before the next one is taken
      lock.lock();
    }
    --running_;
    ended_.notify_all();
  }
  void drop_abandoned() {
    std::erase_if(jobs_, [](const Job& job) { return job.gone.stop_requested(); });
  }

  static constexpr std::chrono::milliseconds kInterruptEvery{20};

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable ended_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::size_t running_;  // threads
  std::vector<std::thread> threads_;
};

}  // namespace tapewire
