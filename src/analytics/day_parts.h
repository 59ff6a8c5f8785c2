// SPDX-License-Identifier: Apache-2.0
// Keeps the minute bars of all symbols of one New York date, compactly, as long as they may be revised.
//
// Memory:  64 bytes a minute bar in blocks of 15 minutes: 10,000 symbols x 390 minutes take 250 MB. What is
//          rare (bars of other widths from the vendor, revisions) lies beside, by key.
// Time:    minutes are counted from midnight New York of the date; its windows of 5, 15 and 60 minutes are
//          those of the UTC clock, for New York is whole hours from UTC.
// Threads: one owner.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/bytes.h"
#include "base/time.h"
#include "model/bar.h"
#include "model/calendar.h"
#include "model/record.h"

namespace tapewire {

using SymbolId = std::uint32_t;
using Minute = std::uint32_t;  // of the date, 0 at midnight New York

struct alignas(64) MinutePart {
  enum Flag : std::uint8_t { kVendor = 1, kVwap = 2, kTransactions = 4, kExtras = 8 };
  std::int64_t open, high, low, close;  // raw prices; plain so that a block needs no initialization
  std::int64_t volume;  // raw quantity
  std::int64_t vwap;  // with kVwap
  std::int64_t transactions;  // with kTransactions
  std::uint16_t revision;
  std::uint16_t signal_revision;
  std::uint8_t flags;
  std::uint8_t source;

  [[nodiscard]] bool has(Flag flag) const { return (flags & flag) != 0; }
  [[nodiscard]] Origin origin() const { return has(kVendor) ? Origin::vendor : Origin::built; }
};
static_assert(sizeof(MinutePart) == 64);

// The part of a date that a session takes; minutes [begin, end).
struct SessionSpan {
  TradingSession session = TradingSession::none;
  Minute begin = 0;
  Minute end = 0;
};

// What the second bar that ended on a minute gave to the signals of that instant.
struct BoundarySignals {
  std::array<std::optional<double>, kSignalKinds> values;
  std::int32_t revision = 0;
};

class DayParts {
 public:
  static constexpr Minute kSlotMinutes = 15;
  static constexpr std::size_t kSlots = 100;  // 25 hours

  explicit DayParts(TradingDate date);

  [[nodiscard]] TradingDate date() const { return date_; }
  [[nodiscard]] Timestamp begin() const { return begin_; }
  [[nodiscard]] Timestamp end() const { return end_; }
  [[nodiscard]] bool holds(Timestamp t) const { return t >= begin_ && t < end_; }
  // REQUIRES: holds(t).
  [[nodiscard]] Minute minute_of(Timestamp t) const {
    return static_cast<Minute>((t - begin_).ns / minutes(1).ns);
  }
  [[nodiscard]] Timestamp time_of(Minute minute) const { return begin_ + minutes(minute); }
  // The session that holds a minute.
  [[nodiscard]] const SessionSpan& session_at(Minute minute) const {
    for (const SessionSpan& span : sessions_) {
      if (minute >= span.begin && minute < span.end) return span;
    }
    return no_session_;
  }
  // The regular session; nullptr: no trading day.
  [[nodiscard]] const SessionSpan* regular() const {
    return sessions_[1].end > 0 ? &sessions_[1] : nullptr;
  }

  [[nodiscard]] MinutePart* find(SymbolId id, Minute minute) {
    const Cell* cell = cell_of(id, minute / kSlotMinutes);
    if (cell == nullptr || (cell->present >> minute % kSlotMinutes & 1) == 0) return nullptr;
    return &block(*cell)[minute % kSlotMinutes];
  }
  [[nodiscard]] const MinutePart* find(SymbolId id, Minute minute) const {
    return const_cast<DayParts*>(this)->find(id, minute);
  }
  // The part of (id, minute), all zero if it was not there.
  MinutePart& add(SymbolId id, Minute minute);
  // Fetches what `find` will read. Only a hint.
  void prefetch(SymbolId id, Minute minute) const {
    const Cell* cell = cell_of(id, minute / kSlotMinutes);
    if (cell == nullptr || cell->present == 0) return;
    __builtin_prefetch(&block(*cell)[minute % kSlotMinutes]);
  }

  // The latest part in [floor, minute]; nullptr: none.
  [[nodiscard]] const MinutePart* latest(SymbolId id, Minute minute, Minute floor) const;
  // The first minute in [minute, ceiling) that has a part.
  [[nodiscard]] std::optional<Minute> first(SymbolId id, Minute minute, Minute ceiling) const;
  // Calls `visit(part)` for the parts in [from, to), in order.
  template <class Visit>
  void each(SymbolId id, Minute from, Minute to, Visit&& visit) const {
    for (Minute slot = from / kSlotMinutes; slot * kSlotMinutes < to; ++slot) {
      const Cell* cell = cell_of(id, slot);
      if (cell == nullptr) continue;
      unsigned present = cell->present & bits(slot, from, to);
      for (; present != 0; present &= present - 1) {
        visit(block(*cell)[static_cast<unsigned>(__builtin_ctz(present))]);
      }
    }
  }

  // The fingerprint of the vendor's further fields of a bar (part flag kExtras).
  std::uint64_t& extras(SymbolId id, Minute minute);

  // Bars of 5m, 15m, 1h and 1d that the vendor sent.
  [[nodiscard]] const Bar* vendor_bar(Width width, SymbolId id, Minute start) const;
  void set_vendor_bar(Width width, SymbolId id, Minute start, const Bar& bar);
  [[nodiscard]] bool any_vendor_bars() const { return !vendor_bars_.empty(); }
  // How often the bar of a longer width was revised.
  [[nodiscard]] std::int32_t& revision(Width width, SymbolId id, Minute start) {
    return revisions_[key(width, id, start)];
  }
  [[nodiscard]] std::int32_t revision_if_any(Width width, SymbolId id, Minute start) const {
    const auto at = revisions_.find(key(width, id, start));
    return at == revisions_.end() ? 0 : at->second;
  }
  [[nodiscard]] BoundarySignals* boundary(SymbolId id, Minute ending) {
    const auto at = boundaries_.find(key(Width::s1, id, ending));
    return at == boundaries_.end() ? nullptr : &at->second;
  }
  BoundarySignals& add_boundary(SymbolId id, Minute ending) {
    return boundaries_[key(Width::s1, id, ending)];
  }

  [[nodiscard]] std::uint64_t parts() const { return parts_; }

  void save(ByteWriter& out) const;
  void load(ByteReader& in, std::size_t symbols);

 private:
  struct Cell {
    std::uint32_t block = 0;  // index + 1
    std::uint16_t present = 0;  // bit m: minute m of the slot has a part
  };
  struct Slot {
    std::vector<Cell> cells;  // by symbol
    std::vector<std::array<std::uint64_t, kSlotMinutes>> extras;
  };
  using Block = std::array<MinutePart, kSlotMinutes>;
  static constexpr std::size_t kSlabBlocks = 256;

  // Bits of the slot's minutes that lie in [from, to).
  static unsigned bits(Minute slot, Minute from, Minute to) {
    const Minute begin = slot * kSlotMinutes;
    const Minute low = from > begin ? from - begin : 0;
    const Minute high = to < begin + kSlotMinutes ? to - begin : kSlotMinutes;
    return ((1U << high) - 1) & ~((1U << low) - 1);
  }
  static std::uint64_t key(Width width, SymbolId id, Minute minute) {
    return std::uint64_t{id} << 32 | std::uint64_t{minute} << 8 | static_cast<std::uint64_t>(width);
  }
  [[nodiscard]] const Cell* cell_of(SymbolId id, Minute slot) const {
    const std::vector<Cell>& cells = slots_[slot].cells;
    return id < cells.size() ? &cells[id] : nullptr;
  }
  // REQUIRES: the cell has a part.
  [[nodiscard]] Block& block(const Cell& cell) const {
    const std::uint32_t index = cell.block - 1;
    return slabs_[index / kSlabBlocks][index % kSlabBlocks];
  }
  void save_slot(const Slot& slot, ByteWriter& out) const;
  void load_slot(Minute index, ByteReader& in, std::size_t symbols);

  TradingDate date_;
  Timestamp begin_, end_;
  std::array<SessionSpan, 3> sessions_{};  // pre_market, regular, after_hours
  SessionSpan no_session_;
  std::array<Slot, kSlots> slots_;
  std::vector<std::unique_ptr<Block[]>> slabs_;
  std::uint32_t blocks_ = 0;
  std::uint64_t parts_ = 0;
  boost::unordered_flat_map<std::uint64_t, Bar> vendor_bars_;
  boost::unordered_flat_map<std::uint64_t, std::int32_t> revisions_;
  boost::unordered_flat_map<std::uint64_t, BoundarySignals> boundaries_;
};

}  // namespace tapewire
