// SPDX-License-Identifier: Apache-2.0
// Holds rows of one file in memory, packed, and sorts them by event time.
//
// Order:  (time, kind, symbol, sequence), equal rows in the file's order.
// Memory: a packed bar takes about 50 bytes, its sort key among them; `bytes` counts all of it.
// Limits: 2^24 - 1 symbols and 2^20 blocks of a run; `full` says when one is reached.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "model/symbol.h"
#include "sources/files/row_batch.h"

namespace tapewire {

// What rows are ordered by, within a file and between files.
struct RowOrder {
  Timestamp time;
  EventBatch::Kind kind = EventBatch::Kind::rejected;
  Symbol symbol;
  std::int64_t sequence = 0;
  friend std::strong_ordering operator<=>(const RowOrder&, const RowOrder&) = default;
  friend bool operator==(const RowOrder&, const RowOrder&) = default;
};

// A packed row: decimals rounded in it, and its event as model/codec.h writes it.
struct PackedRow {
  std::uint8_t rounded = 0;
  std::string_view payload;
};

// Adds the row to `out` at its time. REQUIRES: written by RowRun.
Status unpack_row(const RowOrder& order, const PackedRow& row, Timestamp receive_time,
                  EventBatch& out);

class RowRun {
 public:
  explicit RowRun(std::size_t block_bytes);
  void add(const EventBatch& events, const EventBatch::Ref& ref, std::uint8_t rounded);
  // Sorts; `add` no more.
  void sort();
  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  [[nodiscard]] bool full() const;
  [[nodiscard]] std::size_t bytes() const;
  // REQUIRES: sorted, i < size().
  [[nodiscard]] RowOrder order(std::size_t i) const;
  [[nodiscard]] PackedRow row(std::size_t i) const;
  // Tells the processor that row i is wanted soon.
  void prefetch(std::size_t i) const;

 private:
  // Symbol number (its rank once sorted) in the upper 24 bits, place in the blocks in the lower 40.
  struct Key {
    std::int64_t time;
    std::uint64_t place;
  };
  std::uint32_t number_of(const Symbol& symbol);
  [[nodiscard]] const char* at(std::uint64_t place) const;
  void store(Timestamp time, std::uint32_t symbol, std::string_view packed);

  std::size_t block_bytes_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_used_ = 0;
  std::size_t block_size_ = 0;
  std::size_t blocks_bytes_ = 0;
  std::vector<Key> keys_;
  std::vector<Symbol> symbols_;
  std::unordered_map<Symbol, std::uint32_t> numbers_;
  std::uint32_t newest_ = 0;
  bool has_sequence_ = false;
  std::string packed_;
};

}  // namespace tapewire
