// SPDX-License-Identifier: Apache-2.0
// Takes batches from sources to the ingest thread, bounded, and hands emptied batches back for reuse.
//
// Full:    `push` waits (backpressure: recorded and simulated sources can wait);
//          `push_or_drop` counts the batch's events as dropped (live feeds cannot wait) and says so.
// Threads: any number of sources, one ingest thread.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/bounded_queue.h"
#include "model/event_batch.h"

namespace tapewire {

class IngestQueue {
 public:
  using Item = std::unique_ptr<EventBatch>;

  explicit IngestQueue(std::size_t batches) : queue_(batches) {}

  // An empty batch, a used one when there is one.
  Item take_empty() {
    const std::lock_guard lock(mutex_);
    if (spare_.empty()) return std::make_unique<EventBatch>();
    Item item = std::move(spare_.back());
    spare_.pop_back();
    return item;
  }
  void give_back(Item item) {
    item->clear();
    const std::lock_guard lock(mutex_);
    if (spare_.size() < queue_.capacity()) spare_.push_back(std::move(item));
  }

  // False when the queue was closed.
  [[nodiscard]] bool push(Item item) { return queue_.push(std::move(item)); }

  // False when full: the events are counted, and the caller records the gap to fetch again.
  [[nodiscard]] bool push_or_drop(Item item) {
    if (queue_.try_push(item)) return true;
    std::uint64_t news = 0;
    for (const auto& ref : item->order) news += ref.kind == EventBatch::Kind::news ? 1 : 0;
    dropped_news_ += news;
    dropped_prices_ += item->order.size() - news;
    give_back(std::move(item));
    return false;
  }

  std::optional<Item> pop_for(Duration patience) { return queue_.pop_for(patience); }
  void close() { queue_.close(); }
  [[nodiscard]] bool closed() const { return queue_.closed(); }
  [[nodiscard]] std::size_t size() const { return queue_.size(); }
  [[nodiscard]] std::size_t capacity() const { return queue_.capacity(); }

  // Events dropped since the last call.
  [[nodiscard]] std::uint64_t take_dropped_prices() { return dropped_prices_.exchange(0); }
  [[nodiscard]] std::uint64_t take_dropped_news() { return dropped_news_.exchange(0); }

 private:
  BoundedQueue<Item> queue_;
  std::mutex mutex_;
  std::vector<Item> spare_;
  std::atomic<std::uint64_t> dropped_prices_ = 0;
  std::atomic<std::uint64_t> dropped_news_ = 0;
};

}  // namespace tapewire
