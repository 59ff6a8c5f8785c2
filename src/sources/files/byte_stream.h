// SPDX-License-Identifier: Apache-2.0
// Reads the bytes of a file, plain or gzip (any number of members).
//
// Errors: the operating system's refusals are errors. Damaged or truncated gzip is not: the bytes
//         before the damage are given, then the end, and `damage` says what was found and where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace tapewire {

class ByteStream {
 public:
  // Gzip is recognised by its first two bytes; `must_be_gzip` makes anything else damage.
  static Result<ByteStream> open(const std::string& path, bool must_be_gzip);
  ~ByteStream();
  ByteStream(ByteStream&&) noexcept;
  ByteStream& operator=(ByteStream&&) noexcept;

  // Fills `to` with up to `capacity` bytes; 0: the end.
  Result<std::size_t> read(char* to, std::size_t capacity);
  // What is wrong with the compressed data; empty: nothing.
  [[nodiscard]] const std::string& damage() const;
  // Bytes of the file itself consumed so far.
  [[nodiscard]] std::uint64_t file_bytes() const;
  // Restarts a plain file at `offset`. REQUIRES: not gzip.
  Status seek(std::uint64_t offset);

 private:
  struct State;
  explicit ByteStream(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tapewire
