// SPDX-License-Identifier: Apache-2.0
// Describes LMDB's data file, version 1 on 64-bit little-endian machines, and reads it without trust.
//
// Why:    LMDB checks no contents: a flipped bit in a page makes it crash or serve the wrong page.
//         Reads and `verify` walk its pages by these definitions, with every bound checked.
// Errors: none; a page that is out of range has no address.
// Source: LMDB 0.9, mdb.c ("Page Headers", "Meta pages", "Nodes").
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/result.h"

namespace tapewire {

using PageNumber = std::uint64_t;

inline constexpr PageNumber kNoPage = ~PageNumber{0};
inline constexpr PageNumber kMetaPages = 2;
inline constexpr std::size_t kPageHeaderBytes = 16;
inline constexpr std::size_t kNodeHeaderBytes = 8;
inline constexpr std::size_t kMaxTreeDepth = 32;

// Flags of a page.
inline constexpr std::uint16_t kBranchPage = 0x01;
inline constexpr std::uint16_t kLeafPage = 0x02;
inline constexpr std::uint16_t kOverflowPage = 0x04;
inline constexpr std::uint16_t kMetaPage = 0x08;
// Flags of an entry.
inline constexpr std::uint16_t kBigNode = 0x01;  // the value lies on pages of its own
inline constexpr std::uint16_t kTreeNode = 0x02;  // the value is the root of a named tree
// Flag of a tree.
inline constexpr std::uint16_t kIntegerKeys = 0x08;

struct PageHeader {
  std::uint64_t number;
  std::uint16_t pad;
  std::uint16_t flags;
  std::uint16_t lower;
  std::uint16_t upper;
  [[nodiscard]] std::uint32_t run_pages() const {  // of an overflow page
    return static_cast<std::uint32_t>(lower) | static_cast<std::uint32_t>(upper) << 16;
  }
};
static_assert(sizeof(PageHeader) == kPageHeaderBytes);

struct NodeHeader {
  std::uint16_t low;
  std::uint16_t high;
  std::uint16_t flags;
  std::uint16_t key_size;
  [[nodiscard]] std::size_t value_size() const {
    return static_cast<std::size_t>(low) | static_cast<std::size_t>(high) << 16;
  }
  [[nodiscard]] PageNumber child() const {
    return static_cast<PageNumber>(low) | static_cast<PageNumber>(high) << 16 |
           static_cast<PageNumber>(flags) << 32;
  }
};
static_assert(sizeof(NodeHeader) == kNodeHeaderBytes);

struct TreeRoot {
  std::uint32_t pad = 0;
  std::uint16_t flags = 0;
  std::uint16_t depth = 0;
  std::uint64_t branch_pages = 0;
  std::uint64_t leaf_pages = 0;
  std::uint64_t overflow_pages = 0;
  std::uint64_t entries = 0;
  PageNumber root = kNoPage;
};
static_assert(sizeof(TreeRoot) == 48);

struct MetaImage {
  std::uint32_t magic;
  std::uint32_t version;
  std::uint64_t address;
  std::uint64_t map_size;
  TreeRoot free_tree;  // its pad is the page size
  TreeRoot main_tree;
  PageNumber last_page;
  std::uint64_t transaction;
};
static_assert(sizeof(MetaImage) == 136);
inline constexpr std::uint32_t kMetaMagic = 0xBEEFC0DE;
inline constexpr std::uint32_t kMetaVersion = 1;

template <class T>
T load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}
// REQUIRES: bytes.size() >= sizeof(T).
template <class T>
T load(std::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.begin(), sizeof(T));
  return value;
}

// Pages of one snapshot: [0, pages) may be looked at.
struct PageImage {
  const char* base = nullptr;
  std::size_t page_bytes = 4096;
  PageNumber pages = 0;
  // nullptr when out of range.
  [[nodiscard]] const char* at(PageNumber number) const {
    return number < pages ? base + number * page_bytes : nullptr;
  }
};

constexpr std::uint64_t overflow_run(std::size_t value_bytes, std::size_t page_bytes) {
  return (kPageHeaderBytes - 1 + value_bytes) / page_bytes + 1;
}

// What is wrong with a page; `what` is a literal.
struct PageFault {
  PageNumber page = kNoPage;
  const char* what = nullptr;
};

// Checks what no commit ever rewrites in meta page 0 or 1, and what LMDB divides by: without it the file
// is no log. Returns what is wrong, or nullptr.
const char* check_meta_frame(const char* page, PageNumber number, std::size_t page_bytes);

// Reads meta page 0 or 1 at `page` (page_bytes of it readable) and checks every field by itself.
// Returns what is wrong, or nullptr. `file_pages` bounds the page numbers.
const char* read_meta(const char* page, PageNumber number, std::size_t page_bytes,
                      PageNumber file_pages, MetaImage& out);

// Says whether two meta pages can be the marks of two commits in a row, and which is the newer (0 or 1).
const char* check_meta_pair(const MetaImage& first, const MetaImage& second, int& newer);

}  // namespace tapewire
