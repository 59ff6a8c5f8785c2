// SPDX-License-Identifier: Apache-2.0
// Remembers at which instants windows end, and of which kinds, until the watermark passes them.
//
// Order:   given back by instant; the kinds of one instant together, as bits.
// Cost:    adding the same (instant, kind) again is one comparison; memory is per instant, not per key.
// Threads: one owner.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include "base/bytes.h"
#include "base/time.h"

namespace tapewire {

class DueInstants {
 public:
  static constexpr unsigned kKindsMax = 8;
  struct Due {
    Timestamp end;
    std::uint8_t kinds = 0;  // bit k: a window of kind k ends here
  };

  // REQUIRES: kind < kKindsMax.
  void add(Timestamp end, unsigned kind) {
    if (last_[kind] == end.ns) return;
    last_[kind] = end.ns;
    kinds_at_[end.ns] |= static_cast<std::uint8_t>(1U << kind);
  }

  // Takes the earliest instant at or before `watermark`.
  std::optional<Due> take(Timestamp watermark) {
    if (kinds_at_.empty() || kinds_at_.begin()->first > watermark.ns) return std::nullopt;
    const auto first = kinds_at_.begin();
    const Due due{{first->first}, first->second};
    kinds_at_.erase(first);
    for (std::int64_t& last : last_) {
      if (last == due.end.ns) last = INT64_MIN;
    }
    return due;
  }

  [[nodiscard]] bool empty() const { return kinds_at_.empty(); }

  void save(ByteWriter& out) const {
    out.varint(kinds_at_.size());
    for (const auto& [end, kinds] : kinds_at_) {
      out.fixed(end);
      out.fixed(kinds);
    }
  }
  void load(ByteReader& in) {
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
      const auto end = in.fixed<std::int64_t>();
      kinds_at_[end] = in.fixed<std::uint8_t>();
    }
  }

 private:
  std::map<std::int64_t, std::uint8_t> kinds_at_;
  std::array<std::int64_t, kKindsMax> last_{INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN,
                                            INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN};
};

}  // namespace tapewire
