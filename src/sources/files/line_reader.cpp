// SPDX-License-Identifier: Apache-2.0
#include "sources/files/line_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tapewire {
namespace {
constexpr std::size_t kBufferBytes = 512 << 10;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
}  // namespace

LineReader::LineReader(ByteStream stream, std::size_t line_bytes_max)
    : stream_(std::move(stream)), line_bytes_max_(line_bytes_max), buffer_(kBufferBytes) {}

// Reads more behind what is left; false at the end of the stream.
Result<bool> LineReader::fill() {
  if (at_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + at_, end_ - at_);
    end_ -= at_;
    at_ = 0;
  }
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  TRY_ASSIGN(const std::size_t size, stream_.read(buffer_.data() + end_, buffer_.size() - end_));
  end_ += size;
  return size > 0;
}

void LineReader::give(Line& line, std::size_t size) {
  std::string_view text(buffer_.data() + at_, size);
  if (size > line_bytes_max_) {
    line = {text.substr(0, kPayloadBytesMax), ++number_, size};
    return;
  }
  if (text.ends_with('\r')) text.remove_suffix(1);
  ++number_;
  if (number_ == 1 && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  line = {text, number_, text.size()};
}

Result<bool> LineReader::next(Line& line) {
  std::size_t searched = 0;
  while (true) {
    const char* begin = buffer_.data() + at_;
    const std::size_t size = end_ - at_;
    const void* newline =
        size > searched ? std::memchr(begin + searched, '\n', size - searched) : nullptr;
    if (newline != nullptr) {
      const auto length = static_cast<std::size_t>(static_cast<const char*>(newline) - begin);
      give(line, length);
      at_ += length + 1;
      return true;
    }
    searched = size;
    if (size > line_bytes_max_) return skip_long_line(line);
    TRY_ASSIGN(const bool more, fill());
    if (more) continue;
    if (end_ == at_ || !stream_.damage().empty()) return false;
    give(line, end_ - at_);
    at_ = end_;
    return true;
  }
}

Result<bool> LineReader::skip_long_line(Line& line) {
  kept_.assign(buffer_.data() + at_, std::min(end_ - at_, kPayloadBytesMax));
  std::uint64_t total = 0;
  while (true) {
    const char* begin = buffer_.data() + at_;
    const void* newline = std::memchr(begin, '\n', end_ - at_);
    if (newline != nullptr) {
      const auto length = static_cast<std::size_t>(static_cast<const char*>(newline) - begin);
      total += length;
      at_ += length + 1;
      break;
    }
    total += end_ - at_;
    at_ = end_;
    TRY_ASSIGN(const bool more, fill());
    if (!more) break;
  }
  line = {kept_, ++number_, total};
  return true;
}

}  // namespace tapewire
