// SPDX-License-Identifier: Apache-2.0
// Walks one tree of the data file in key order, trusting no byte of it.
//
// Lifetime: the PageImage's memory outlives the cursor; keys and values point into it.
// Threads:  one at a time.
// Errors:   a page that cannot be ends the walk with `Step::damaged`; `fault` names it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "eventlog/embedded/page_format.h"

namespace tapewire {

class TreeCursor {
 public:
  enum class Step { entry, end, damaged };

  TreeCursor(const PageImage& image, const TreeRoot& tree) : image_(image), tree_(tree) {}

  Step first();
  // The first entry whose key is not below `key` (8 bytes, little-endian, in trees of integer keys).
  Step seek(std::string_view key);
  Step seek(std::uint64_t key) { return seek({reinterpret_cast<const char*>(&key), sizeof(key)}); }
  // REQUIRES: the last step gave an entry.
  Step next();

  [[nodiscard]] std::string_view key() const { return key_; }
  [[nodiscard]] std::uint64_t integer_key() const { return load<std::uint64_t>(key_); }
  [[nodiscard]] std::string_view value() const { return value_; }
  // The value is the root of a named tree.
  [[nodiscard]] bool is_tree() const { return is_tree_; }
  // The leaf page of the entry, or the first page of its value.
  [[nodiscard]] PageNumber page() const { return value_page_; }
  [[nodiscard]] const PageFault& fault() const { return fault_; }

 private:
  struct Level {
    const char* page = nullptr;
    PageNumber number = 0;
    std::uint16_t index = 0;
    std::uint16_t count = 0;
  };
  struct Node {
    const char* at = nullptr;
    NodeHeader header{};
  };

  bool enter(PageNumber number, std::size_t level);
  bool node(const Level& level, std::uint16_t index, Node& out);
  Step descend(std::size_t level, const std::string_view* key);
  Step settle();
  Step load_entry(const Level& leaf);
  void look_ahead();
  bool lower_bound(Level& level, std::string_view key, bool leaf);
  [[nodiscard]] int compare(std::string_view a, std::string_view b) const;
  Step damaged(PageNumber page, const char* what) {
    fault_ = {page, what};
    return Step::damaged;
  }

  PageImage image_;
  TreeRoot tree_;
  std::array<Level, kMaxTreeDepth> levels_{};
  std::string_view key_;
  std::string_view value_;
  PageNumber value_page_ = kNoPage;
  bool is_tree_ = false;
  // The leaf after this one, brought into the processor's cache piece by piece while this one is read:
  // its own prefetching stops at page ends.
  const char* ahead_ = nullptr;
  const char* ahead_end_ = nullptr;
  std::size_t ahead_step_ = 0;
  PageFault fault_;
};

}  // namespace tapewire
