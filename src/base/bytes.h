// SPDX-License-Identifier: Apache-2.0
// Writes and reads the little-endian and variable-length integers of docs/formats.md.
//
// Errors: a reader past its end turns `ok()` false and gives zeros; check once at the end.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace tapewire {

static_assert(std::endian::native == std::endian::little, "the file formats are little-endian");

constexpr std::uint64_t zigzag(std::int64_t n) {
  return (static_cast<std::uint64_t>(n) << 1) ^ static_cast<std::uint64_t>(n >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t n) {
  return static_cast<std::int64_t>(n >> 1) ^ -static_cast<std::int64_t>(n & 1);
}

class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}
  template <class T>
  void fixed(T value) {
    static_assert(std::is_arithmetic_v<T>);
    char raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    out_.append(raw, sizeof(T));
  }
  void varint(std::uint64_t n) {
    char raw[10];
    std::size_t size = 0;
    while (n >= 0x80) {
      raw[size++] = static_cast<char>(n | 0x80);
      n >>= 7;
    }
    raw[size++] = static_cast<char>(n);
    out_.append(raw, size);
  }
  void signed_varint(std::int64_t n) { varint(zigzag(n)); }
  void text(std::string_view s) {
    varint(s.size());
    out_.append(s);
  }

 private:
  std::string& out_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view in) : at_(in.data()), end_(in.data() + in.size()) {}
  template <class T>
  T fixed() {
    T value{};
    if (static_cast<std::size_t>(end_ - at_) < sizeof(T)) {
      stop();
      return value;
    }
    std::memcpy(&value, at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }
  std::uint64_t varint() {
    std::uint64_t n = 0;
    for (unsigned shift = 0; shift < 64 && at_ != end_; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at_++);
      n |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      if (shift == 63 && byte > 1) break;  // past 64 bits
      return n;
    }
    stop();
    return 0;
  }
  std::int64_t signed_varint() { return unzigzag(varint()); }
  std::string_view text() { return bytes(varint()); }
  std::string_view bytes(std::uint64_t size) {
    if (size > static_cast<std::uint64_t>(end_ - at_)) {
      stop();
      return {};
    }
    const std::string_view out(at_, size);
    at_ += size;
    return out;
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool done() const { return at_ == end_; }
  [[nodiscard]] std::string_view rest() const {
    return {at_, static_cast<std::size_t>(end_ - at_)};
  }

 private:
  void stop() {
    ok_ = false;
    at_ = end_;
  }
  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace tapewire
