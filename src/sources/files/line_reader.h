// SPDX-License-Identifier: Apache-2.0
// Cuts a byte stream into lines, in memory bounded by the longest line that is accepted.
//
// Shape: a line ends at LF; a CR before it and a byte order mark at the beginning are dropped.
//        The last line needs no LF, unless the stream is damaged: then what is left of it is
//        `remainder`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sources/files/byte_stream.h"

namespace tapewire {

inline constexpr std::size_t kLineBytesMax = 8 << 20;
// How much of a refused line is kept as its payload.
inline constexpr std::size_t kPayloadBytesMax = 64 << 10;

struct Line {
  std::string_view text;  // valid until the next call; the beginning of a line that is too long
  std::uint64_t number = 0;  // from 1
  std::uint64_t total_bytes = 0;  // > text.size(): the line was too long
  [[nodiscard]] bool too_long() const { return total_bytes > text.size(); }
};

class LineReader {
 public:
  explicit LineReader(ByteStream stream, std::size_t line_bytes_max = kLineBytesMax);
  // False at the end.
  Result<bool> next(Line& line);
  // Bytes of an unfinished last line before damage.
  [[nodiscard]] std::string_view remainder() const { return {buffer_.data() + at_, end_ - at_}; }
  [[nodiscard]] const ByteStream& stream() const { return stream_; }
  [[nodiscard]] std::uint64_t lines() const { return number_; }

 private:
  Result<bool> fill();
  Result<bool> skip_long_line(Line& line);
  void give(Line& line, std::size_t size);

  ByteStream stream_;
  std::size_t line_bytes_max_;
  std::vector<char> buffer_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  std::uint64_t number_ = 0;
  std::string kept_;  // the beginning of a line that is too long
};

}  // namespace tapewire
