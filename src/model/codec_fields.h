// SPDX-License-Identifier: Apache-2.0
// Writes and reads the fields that the payloads of market data have in common; used by the codec only.
//
// Wraps:   differences and sums are taken modulo 2^64, so that any int64 round-trips.
// Errors:  a reader that meets the impossible turns `ok()` false and gives zeros; check once at the end.
// Source:  docs/formats.md, payload version 1.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/result.h"
#include "model/bar.h"
#include "model/trade.h"

namespace tapewire::codec {

inline constexpr std::uint8_t kVersion = 1;

// Two-bit codes of the unit that a price was divided by, and of a time.
inline constexpr std::array<std::int64_t, 3> kPriceUnits{1, 100'000, 10'000'000};
inline constexpr std::array<std::int64_t, 2> kQuantityUnits{1, 1'000'000};
inline constexpr unsigned kTimeNanoseconds = 0;  // eight bytes; the others are signed varints
inline constexpr unsigned kTimeSeconds = 1;
inline constexpr unsigned kTimeMilliseconds = 2;

// A source byte up to 15 is the length of a text that follows, from 16 on one of these. Append only.
inline constexpr std::array<std::string_view, 6> kKnownSources{"files",    "polygon",   "finnhub",
                                                               "guardian", "simulated", "binance"};
inline constexpr std::uint8_t kFirstKnownSource = 16;

constexpr std::int64_t wrapping_add(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
constexpr std::int64_t wrapping_subtract(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

// The largest unit that divides every value, as its code.
template <class... Values>
constexpr unsigned price_unit(Values... values) {
  if (((values % 10'000'000 == 0) && ...)) return 2;
  if (((values % 100'000 == 0) && ...)) return 1;
  return 0;
}
template <class... Values>
constexpr unsigned quantity_unit(Values... values) {
  return ((values % 1'000'000 == 0) && ...) ? 1 : 0;
}
// Divides by a constant in each branch, which costs a tenth of a division by a variable.
constexpr std::int64_t divide_price(std::int64_t value, unsigned unit) {
  if (unit == 2) return value / 10'000'000;
  return unit == 1 ? value / 100'000 : value;
}
constexpr std::int64_t divide_quantity(std::int64_t value, unsigned unit) {
  return unit == 1 ? value / 1'000'000 : value;
}
constexpr unsigned time_code(Timestamp t) {
  if (t.ns % 1'000'000'000 == 0) return kTimeSeconds;
  return t.ns % 1'000'000 == 0 ? kTimeMilliseconds : kTimeNanoseconds;
}

// Collects one small payload in place and appends it in one step.
// REQUIRES: no more than N bytes in all; the caller counts the worst case.
template <std::size_t N>
class Packer {
 public:
  void byte(unsigned value) { bytes_[size_++] = static_cast<char>(value); }
  void varint(std::uint64_t n) {
    while (n >= 0x80) {
      bytes_[size_++] = static_cast<char>(n | 0x80);
      n >>= 7;
    }
    bytes_[size_++] = static_cast<char>(n);
  }
  void signed_varint(std::int64_t n) { varint(zigzag(n)); }
  template <class T>
  void fixed(T value) {
    std::memcpy(bytes_ + size_, &value, sizeof(T));
    size_ += sizeof(T);
  }
  void raw(std::string_view text) {
    if (text.empty()) return;
    std::memcpy(bytes_ + size_, text.data(), text.size());
    size_ += text.size();
  }
  void time(Timestamp t, unsigned code) {
    if (code == kTimeSeconds) {
      signed_varint(t.ns / 1'000'000'000);
    } else if (code == kTimeMilliseconds) {
      signed_varint(t.ns / 1'000'000);
    } else {
      fixed(t.ns);
    }
  }
  void source(const SourceName& name) {
    for (std::size_t i = 0; i < kKnownSources.size(); ++i) {
      if (name.view() == kKnownSources[i]) {
        byte(static_cast<unsigned>(kFirstKnownSource + i));
        return;
      }
    }
    byte(static_cast<unsigned>(name.view().size()));
    raw(name.view());
  }
  void conditions(const ConditionList& list) {
    byte(static_cast<unsigned>(list.view().size()));
    for (const std::uint16_t condition : list.view()) varint(condition);
  }
  void append_to(std::string& out) const { out.append(bytes_, size_); }

 private:
  char bytes_[N];  // left unset: only the first size_ are ever read
  std::size_t size_ = 0;
};

// Reads what Packer wrote, and refuses whatever Packer cannot have written in kind or range.
class Unpacker {
 public:
  explicit Unpacker(std::string_view payload) : in_(payload) {}

  // The version byte; every payload begins with it.
  void version() {
    if (byte() != kVersion) refuse("the payload version is unknown");
  }
  std::uint8_t byte() { return in_.fixed<std::uint8_t>(); }
  std::int64_t signed_varint() { return in_.signed_varint(); }
  double number() { return in_.fixed<double>(); }
  std::string_view text() { return in_.text(); }
  [[nodiscard]] std::uint64_t varint() { return in_.varint(); }
  [[nodiscard]] std::size_t left() const { return in_.rest().size(); }

  std::int32_t narrow() {
    const std::int64_t n = in_.signed_varint();
    if (n < INT32_MIN || n > INT32_MAX) {
      refuse("a number is out of range");
      return 0;
    }
    return static_cast<std::int32_t>(n);
  }
  std::int64_t scaled(std::int64_t unit) {
    std::int64_t value = 0;
    if (__builtin_mul_overflow(in_.signed_varint(), unit, &value)) {
      refuse("a number is out of range");
      return 0;
    }
    return value;
  }
  Timestamp time(unsigned code) {
    switch (code) {
      case kTimeNanoseconds: return {in_.fixed<std::int64_t>()};
      case kTimeSeconds: return {scaled(1'000'000'000)};
      case kTimeMilliseconds: return {scaled(1'000'000)};
      default: refuse("the unit of a time is unknown"); return {};
    }
  }
  std::int64_t price_unit(unsigned code) {
    if (code < kPriceUnits.size()) return kPriceUnits[code];
    refuse("the unit of a price is unknown");
    return 1;
  }
  SourceName source() {
    const std::uint8_t code = byte();
    if (code >= kFirstKnownSource) {
      const std::size_t index = code - std::size_t{kFirstKnownSource};
      if (index < kKnownSources.size()) return SourceName(kKnownSources[index]);
      refuse("the source is unknown");
      return {};
    }
    return SourceName(in_.bytes(code));
  }
  ConditionList conditions() {
    ConditionList list;
    const std::uint8_t count = byte();
    for (unsigned i = 0; i < count; ++i) {
      const std::uint64_t condition = in_.varint();
      if (condition > UINT16_MAX || !list.add(static_cast<std::uint16_t>(condition))) {
        refuse("the conditions are out of range");
        return {};
      }
    }
    return list;
  }
  template <std::size_t N>
  InlineString<N> inline_text() {
    const auto text = InlineString<N>::from(in_.text());
    if (!text) refuse("a text is too long");
    return text.value_or(InlineString<N>{});
  }

  void refuse(std::string_view why) {
    if (why_.empty()) why_ = why;
  }
  [[nodiscard]] bool ok() const { return why_.empty() && in_.ok(); }

  // Nothing when all of the payload was read and made sense.
  [[nodiscard]] bool complete() const { return ok() && in_.done(); }
  [[nodiscard]] std::unexpected<Error> error(std::string_view kind, std::size_t size) const {
    const std::string_view why = !in_.ok()       ? std::string_view("it ends too early")
                                 : !why_.empty() ? why_
                                                 : std::string_view("bytes are left over");
    return fail(ErrorCode::corrupt,
                fmt::format("corrupt {} payload of {} bytes: {}", kind, size, why));
  }

 private:
  ByteReader in_;
  std::string_view why_;
};

}  // namespace tapewire::codec
