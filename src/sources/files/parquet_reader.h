// SPDX-License-Identifier: Apache-2.0
// Reads the columns of a Parquet file as text, row by row in the file's order, through an in-memory
// DuckDB.
//
// Shape:  one text per known column and row: numbers as DuckDB writes them (shortest exact), times
//         as nanoseconds, nulls empty; columns that are not known are not read.
// Errors: what DuckDB refuses, naming the file.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tapewire {

class ParquetReader {
 public:
  static Result<ParquetReader> open(const std::string& path);
  ~ParquetReader();
  ParquetReader(ParquetReader&&) noexcept;
  ParquetReader& operator=(ParquetReader&&) noexcept;

  // All columns of the file.
  [[nodiscard]] const std::vector<std::string>& columns() const;
  // Starts reading these columns. REQUIRES: each is one of columns().
  Status select(std::span<const std::string> names);
  // The next row's texts, valid until the next call; false at the end.
  Result<bool> next(std::vector<std::string_view>& fields);

 private:
  struct State;
  explicit ParquetReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tapewire
