// SPDX-License-Identifier: Apache-2.0
// Gives keys dense numbers in order of arrival, and walks them in key order.
//
// Cost:    a look-up is one hash probe; keys that came since the last walk are sorted and merged in.
// Threads: one owner.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace tapewire {

// REQUIRES: Key has hash_value and operator<=>.
template <class Key>
class KeyTable {
 public:
  using Id = std::uint32_t;

  // The number of `key`, a new one if it had none.
  Id id_of(const Key& key) {
    const auto [at, added] = ids_.try_emplace(key, static_cast<Id>(keys_.size()));
    if (added) keys_.push_back(key);
    return at->second;
  }

  [[nodiscard]] const Key& key(Id id) const { return keys_[id]; }
  [[nodiscard]] std::size_t size() const { return keys_.size(); }

  // All numbers, ascending by key.
  std::span<const Id> in_order() {
    if (order_.size() != keys_.size()) merge_new();
    return order_;
  }

  // Sorts `ids` ascending by key.
  void sort(std::vector<Id>& ids) {
    if (order_.size() != keys_.size()) merge_new();
    const auto before = [this](Id a, Id b) { return rank_[a] < rank_[b]; };
    if (!std::is_sorted(ids.begin(), ids.end(), before)) std::sort(ids.begin(), ids.end(), before);
  }

 private:
  void merge_new() {
    const auto before = [this](Id a, Id b) { return keys_[a] < keys_[b]; };
    std::vector<Id> fresh;
    for (auto id = static_cast<Id>(order_.size()); id < keys_.size(); ++id) fresh.push_back(id);
    std::sort(fresh.begin(), fresh.end(), before);
    std::vector<Id> merged(keys_.size());
    std::merge(order_.begin(), order_.end(), fresh.begin(), fresh.end(), merged.begin(), before);
    order_ = std::move(merged);
    rank_.resize(order_.size());
    for (Id i = 0; i < order_.size(); ++i) rank_[order_[i]] = i;
  }

  boost::unordered_flat_map<Key, Id> ids_;
  std::vector<Key> keys_;
  std::vector<Id> order_;  // ids by key; shorter than keys_ while new keys wait
  std::vector<Id> rank_;  // place of an id in order_
};

}  // namespace tapewire
