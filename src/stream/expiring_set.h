// SPDX-License-Identifier: Apache-2.0
// Remembers which fingerprints were seen, as long as the same one may come again.
//
// Time:    fingerprints live in buckets of event time; a bucket goes as a whole when it ends at or
//          before the instant that `expire` names.
// Exact:   up to collisions of 128 bits.
// Threads: one owner.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "base/bytes.h"
#include "base/time.h"

namespace tapewire {

struct Fingerprint {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend auto operator<=>(const Fingerprint&, const Fingerprint&) = default;
  friend std::size_t hash_value(const Fingerprint& f) { return f.low; }
};

class ExpiringSet {
 public:
  explicit ExpiringSet(Duration bucket) : bucket_(bucket) {}

  // False when it was there already. REQUIRES: `at` is later than what was expired.
  bool insert(Timestamp at, Fingerprint f) {
    const std::int64_t start = floor_to(at, bucket_).ns;
    if (start != last_start_) {
      last_ = &set_at(start);
      last_start_ = start;
    }
    return last_->insert(f).second;
  }

  void expire(Timestamp through) {
    while (!buckets_.empty() && buckets_.begin()->first + bucket_.ns <= through.ns) {
      if (buckets_.begin()->first == last_start_) last_start_ = INT64_MIN;
      spare_.push_back(std::move(buckets_.begin()->second));
      spare_.back().clear();
      if (spare_.size() > kSpareMax) spare_.erase(spare_.begin());
      buckets_.erase(buckets_.begin());
    }
  }

  [[nodiscard]] std::size_t size() const {
    std::size_t n = 0;
    for (const auto& [start, set] : buckets_) n += set.size();
    return n;
  }

  void save(ByteWriter& out) const {
    out.varint(buckets_.size());
    std::vector<Fingerprint> sorted;
    for (const auto& [start, set] : buckets_) {
      sorted.assign(set.begin(), set.end());
      std::sort(sorted.begin(), sorted.end());
      out.fixed(start);
      out.varint(sorted.size());
      for (const Fingerprint& f : sorted) {
        out.fixed(f.low);
        out.fixed(f.high);
      }
    }
  }
  void load(ByteReader& in) {
    const std::uint64_t buckets = in.varint();
    for (std::uint64_t b = 0; b < buckets && in.ok(); ++b) {
      Set& set = buckets_[in.fixed<std::int64_t>()];
      const std::uint64_t count = in.varint();
      for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        Fingerprint f;
        f.low = in.fixed<std::uint64_t>();
        f.high = in.fixed<std::uint64_t>();
        set.insert(f);
      }
    }
  }

 private:
  using Set = boost::unordered_flat_set<Fingerprint>;
  static constexpr std::size_t kSpareMax = 4;

  Set& set_at(std::int64_t start) {
    const auto at = buckets_.find(start);
    if (at != buckets_.end()) return at->second;
    Set fresh;
    if (!spare_.empty()) {
      fresh = std::move(spare_.back());
      spare_.pop_back();
    }
    return buckets_.emplace(start, std::move(fresh)).first->second;
  }

  Duration bucket_;
  std::map<std::int64_t, Set> buckets_;
  std::vector<Set> spare_;  // emptied sets that kept their room
  Set* last_ = nullptr;     // valid while last_start_ is a bucket
  std::int64_t last_start_ = INT64_MIN;
};

}  // namespace tapewire
