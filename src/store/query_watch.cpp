// SPDX-License-Identifier: Apache-2.0
#include "store/query_watch.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

namespace tapewire {
namespace {

// Interrupts are repeated: DuckDB forgets one that comes while a statement is being planned.
constexpr std::chrono::milliseconds kPause(10);
// How long the writer waits for stopped queries to give their memory back.
constexpr std::chrono::seconds kPatience(5);

}  // namespace

std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

QueryWatch::~QueryWatch() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void QueryWatch::run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (queries_.empty()) {
      wake_.wait(lock);
      continue;
    }
    const Duration now = monotonic_now();
    const std::uint64_t memory = resident_bytes();
    for (Query& query : queries_) {
      if (query.stop == Stop::none && now > query.deadline) query.stop = Stop::time;
      if (query.stop == Stop::none && memory > query.memory_before + memory_gain_max_)
        query.stop = Stop::memory;
      if (query.stop == Stop::none && query.gone.stop_requested()) query.stop = Stop::reader;
      if (query.stop != Stop::none) duckdb_interrupt(query.connection);
    }
    wake_.wait_for(lock, kPause);
  }
}

bool QueryWatch::stop_all(Stop why) {
  std::unique_lock lock(mutex_);
  if (queries_.empty()) return false;
  for (Query& query : queries_) {
    if (query.stop == Stop::none) query.stop = why;
    duckdb_interrupt(query.connection);
  }
  ended_.wait_for(lock, kPatience, [&] {
    return std::ranges::none_of(queries_, [why](const Query& query) { return query.stop == why; });
  });
  return true;
}

QueryWatch::Guard::Guard(QueryWatch& watch, const DuckConnection& connection, Duration limit,
                         std::stop_token gone)
    : watch_(watch) {
  const std::lock_guard lock(watch.mutex_);
  query_ = watch.queries_.insert(
      watch.queries_.end(),
      {connection.get(), monotonic_now() + limit, resident_bytes(), std::move(gone), Stop::none});
  if (!watch.thread_.joinable()) watch.thread_ = std::thread([&watch] { watch.run(); });
  watch.wake_.notify_all();
}

QueryWatch::Guard::~Guard() {
  const std::lock_guard lock(watch_.mutex_);
  watch_.queries_.erase(query_);
  watch_.ended_.notify_all();
}

QueryWatch::Stop QueryWatch::Guard::stopped() const {
  const std::lock_guard lock(watch_.mutex_);
  return query_->stop;
}

}  // namespace tapewire
