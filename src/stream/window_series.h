// SPDX-License-Identifier: Apache-2.0
// Holds the windows of one key, ascending by their end; made for arrivals near the newest.
//
// Shape:   Window has a member `Timestamp end`.
// Cost:    the newest window lies in the series itself, so that adding to it takes one look into memory;
//          finding is a walk from the newest end; dropping the oldest is amortized constant.
// Threads: one owner.
#pragma once

#include <utility>
#include <vector>

#include "base/time.h"

namespace tapewire {

template <class Window>
class WindowSeries {
 public:
  static constexpr std::size_t kNone = SIZE_MAX;

  // The newest window, if it ends at `end`.
  [[nodiscard]] Window* newest(Timestamp end) {
    return any_ && newest_.end == end ? &newest_ : nullptr;
  }
  // The place of the latest window that ends at or before `end`; kNone: there is none.
  [[nodiscard]] std::size_t at_or_before(Timestamp end) const {
    if (any_ && newest_.end <= end) return older_.size();
    std::size_t i = older_.size();
    while (i > 0 && older_[i - 1].end > end) --i;
    return i == 0 ? kNone : i - 1;
  }
  [[nodiscard]] Window* find(Timestamp end) {
    const std::size_t i = at_or_before(end);
    if (i == kNone) return nullptr;
    Window& window = i == older_.size() ? newest_ : older_[i];
    return window.end == end ? &window : nullptr;
  }
  [[nodiscard]] const Window* find(Timestamp end) const {
    return const_cast<WindowSeries*>(this)->find(end);
  }
  // The window that ends at `end`; true: it is new. Invalidates earlier pointers.
  std::pair<Window*, bool> find_or_add(Timestamp end) {
    if (Window* known = find(end)) return {known, false};
    if (!any_ || end > newest_.end) return {&push_back(end), true};
    const std::size_t i = at_or_before(end);
    const auto added =
        older_.emplace(older_.begin() + static_cast<std::ptrdiff_t>(i == kNone ? 0 : i + 1));
    added->end = end;
    return {&*added, true};
  }
  // REQUIRES: `end` is later than all ends.
  Window& push_back(Timestamp end) {
    if (any_) older_.push_back(std::move(newest_));
    newest_ = Window{};
    newest_.end = end;
    any_ = true;
    return newest_;
  }

  // How many of the oldest windows nobody needs: those that end at or before `end`, up to the latest of them
  // that `needed(window)`.
  template <class Needed>
  [[nodiscard]] std::size_t expired(Timestamp end, Needed&& needed) const {
    std::size_t count = 0;
    while (count < size() && (*this)[count].end <= end) ++count;
    for (std::size_t i = count; i > 0; --i) {
      if (needed((*this)[i - 1])) return i - 1;
    }
    return count;
  }
  void drop_oldest(std::size_t count) {
    if (count == 0) return;
    if (count > older_.size()) {
      newest_ = Window{};
      any_ = false;
      older_.clear();
      older_.shrink_to_fit();
      return;
    }
    older_.erase(older_.begin(), older_.begin() + static_cast<std::ptrdiff_t>(count));
    if (older_.empty()) older_.shrink_to_fit();
  }

  [[nodiscard]] std::size_t size() const { return older_.size() + (any_ ? 1 : 0); }
  [[nodiscard]] const Window& operator[](std::size_t i) const {
    return i < older_.size() ? older_[i] : newest_;
  }
  // Fetches the newest window, or those before it, into the cache. Only hints.
  void prefetch_newest() const {
    __builtin_prefetch(&newest_);
    __builtin_prefetch(reinterpret_cast<const char*>(&newest_ + 1) - 1);
  }
  void prefetch_older() const {
    constexpr std::size_t kWindows = 3;
    const std::size_t first = older_.size() > kWindows ? older_.size() - kWindows : 0;
    for (std::size_t i = first; i < older_.size(); ++i) __builtin_prefetch(&older_[i].end);
  }

 private:
  Window newest_{};  // with any_
  std::vector<Window> older_;
  bool any_ = false;
};

}  // namespace tapewire
