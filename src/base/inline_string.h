// SPDX-License-Identifier: Apache-2.0
// Holds a short text in place: trivially copyable, hashable, no allocation per event.
//
// Limits: at most N bytes; unused bytes are zero, so equality compares the whole array.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"

namespace tapewire {

template <std::size_t N>
class InlineString {
  static_assert(N <= 255);

 public:
  static constexpr std::size_t kCapacity = N;
  constexpr InlineString() = default;
  // REQUIRES: text.size() <= N (use `from` for text of unknown length).
  constexpr explicit InlineString(std::string_view text)
      : size_(static_cast<std::uint8_t>(text.size())) {
    CHECK(text.size() <= N);
    if consteval {
      for (std::size_t i = 0; i < text.size(); ++i) bytes_[i] = text[i];
    } else {
      if (!text.empty()) std::memcpy(bytes_.data(), text.data(), text.size());
    }
  }
  static std::optional<InlineString> from(std::string_view text) {
    if (text.size() > N) return std::nullopt;
    return InlineString(text);
  }
  [[nodiscard]] constexpr std::string_view view() const { return {bytes_.data(), size_}; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  [[nodiscard]] std::string str() const { return std::string(view()); }
  friend bool operator==(const InlineString& a, const InlineString& b) {
    return std::memcmp(&a, &b, sizeof(InlineString)) == 0;
  }
  friend std::strong_ordering operator<=>(const InlineString& a, const InlineString& b) {
    return a.view() <=> b.view();
  }
  [[nodiscard]] std::size_t hash() const {
    std::uint64_t h = 0x9e3779b97f4a7c15ULL ^ size_;
    for (std::size_t i = 0; i < N && i < size_; i += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes_.data() + i, N - i < 8 ? N - i : 8);
      h = (h ^ word) * 0xff51afd7ed558ccdULL;
      h ^= h >> 32;
    }
    return h;
  }
  friend std::size_t hash_value(const InlineString& s) { return s.hash(); }  // boost containers

 private:
  std::array<char, N> bytes_{};
  std::uint8_t size_ = 0;
};

}  // namespace tapewire

template <std::size_t N>
struct std::hash<tapewire::InlineString<N>> {
  std::size_t operator()(const tapewire::InlineString<N>& s) const { return s.hash(); }
};
