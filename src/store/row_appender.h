// SPDX-License-Identifier: Apache-2.0
// Appends rows to one table through DuckDB's appender, filling data chunks in place.
//
// Order:   put every column of a row, then `end_row`; columns by their position in the table.
// Errors:  of DuckDB, at the latest by `close`; what was appended is part of the open transaction.
// Threads: the connection's thread. Holds the connection by handle; it must outlive this.
#pragma once

#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/duck.h"

namespace tapewire {

class RowAppender {
 public:
  static Result<RowAppender> open(DuckConnection& connection, const char* table);

  template <class T>
  void put(idx_t column, T value) {
    static_cast<T*>(data_[column])[row_] = value;
  }
  // REQUIRES: UTF-8 (or a BLOB column).
  void text(idx_t column, std::string_view value) {
    auto& slot = static_cast<duckdb_string_t*>(data_[column])[row_];
    if (value.size() <= kInlineBytes) {
      std::memset(&slot, 0, sizeof slot);
      slot.value.inlined.length = static_cast<uint32_t>(value.size());
      std::memcpy(slot.value.inlined.inlined, value.data(), value.size());
    } else {
      long_text(column, value);
    }
  }
  void null(idx_t column);
  void texts(idx_t column, std::span<const std::string> values);        // VARCHAR[]
  void numbers(idx_t column, std::span<const std::uint16_t> values);    // USMALLINT[]
  Status end_row() {
    ++rows_;
    return ++row_ == capacity_ ? flush_chunk() : Status{};
  }
  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  // Hands the last rows to the transaction.
  Status close();

 private:
  static constexpr std::size_t kInlineBytes = 12;
  using Handle = DuckHandle<duckdb_appender, duckdb_appender_destroy>;

  void long_text(idx_t column, std::string_view value);
  duckdb_vector grow_list(idx_t column, idx_t more);
  void begin_chunk();
  Status flush_chunk();
  Error failure(const char* doing) const;

  Handle appender_;
  DuckChunk chunk_;
  std::string table_;
  std::vector<void*> data_;
  std::vector<uint64_t*> validity_;
  idx_t capacity_ = 0;
  idx_t row_ = 0;
  std::uint64_t rows_ = 0;
};

}  // namespace tapewire
