// SPDX-License-Identifier: Apache-2.0
// Reads the rows of one recorded file of any layout and format, in the file's order.
//
// Errors: a file that cannot be opened, whose header lacks a column or that DuckDB refuses is an
//         error that names it. A bad row is a refused row; damage in compressed data is one refused
//         row behind the good ones.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "sources/files/row_batch.h"

namespace tapewire {

// Told once per column that is not known, and of what else is worth saying but no error.
using Notice = std::function<void(std::string)>;

class RowReader {
 public:
  // Reads and checks the header.
  static Result<RowReader> open(const InputFile& file, const Notice& notice);
  ~RowReader();
  RowReader(RowReader&&) noexcept;
  RowReader& operator=(RowReader&&) noexcept;

  // Appends up to about `rows` rows to `out`; false once there are no more.
  Result<bool> next(RowBatch& out, std::size_t rows);
  // Bytes of the file read so far.
  [[nodiscard]] std::uint64_t file_bytes() const;

 private:
  struct State;
  explicit RowReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tapewire
