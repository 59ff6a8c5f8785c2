// SPDX-License-Identifier: Apache-2.0
// Tells the feed what any client listens to, so that nothing else is decoded.
//
// Threads: changed on the io thread, read by the feed thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "server/live_values.h"

namespace tapewire {

class LiveInterest {
 public:
  struct View {
    std::uint64_t version = 0;
    std::unordered_map<Symbol, std::uint32_t> symbols;  // how many subscriptions name it
    std::uint32_t news = 0;
    std::uint32_t status = 0;
    [[nodiscard]] bool records() const { return news > 0 || !symbols.empty(); }
  };

  void add(const Subscription& subscription) { change(subscription, true); }
  void remove(const Subscription& subscription) { change(subscription, false); }
  // Copies into `view` when it is older.
  void refresh(View& view) const {
    const std::lock_guard lock(mutex_);
    if (view.version != view_.version) view = view_;
  }
  // The same, and lets nobody change anything while the lock lives.
  [[nodiscard]] std::unique_lock<std::mutex> freeze(View& view) const {
    std::unique_lock lock(mutex_);
    if (view.version != view_.version) view = view_;
    return lock;
  }
  [[nodiscard]] std::uint64_t version() const {
    const std::lock_guard lock(mutex_);
    return view_.version;
  }

 private:
  void change(const Subscription& subscription, bool more) {
    const std::lock_guard lock(mutex_);
    ++view_.version;
    const auto count = [more](std::uint32_t& n) { more ? ++n : --n; };
    if (subscription.channel == Channel::news) return count(view_.news);
    if (subscription.channel == Channel::status) return count(view_.status);
    std::uint32_t& n = view_.symbols[subscription.symbol];
    count(n);
    if (n == 0) view_.symbols.erase(subscription.symbol);
  }

  mutable std::mutex mutex_;
  View view_;
};

}  // namespace tapewire
