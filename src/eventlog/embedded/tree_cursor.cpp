// SPDX-License-Identifier: Apache-2.0
#include "eventlog/embedded/tree_cursor.h"

#include <algorithm>

namespace tapewire {

TreeCursor::Step TreeCursor::first() {
  if (tree_.root == kNoPage) return Step::end;
  if (!enter(tree_.root, 0)) return Step::damaged;
  return descend(0, nullptr);
}

TreeCursor::Step TreeCursor::seek(std::string_view key) {
  if (tree_.root == kNoPage) return Step::end;
  if (!enter(tree_.root, 0)) return Step::damaged;
  return descend(0, &key);
}

TreeCursor::Step TreeCursor::next() {
  Level& leaf = levels_[tree_.depth - 1u];
  ++leaf.index;
  return settle();
}

// Loads page `number` as the page of `level` and checks its header against where it stands.
bool TreeCursor::enter(PageNumber number, std::size_t level) {
  const char* page = number >= kMetaPages ? image_.at(number) : nullptr;
  if (page == nullptr) {
    damaged(number, "a page number points outside the file");
    return false;
  }
  const auto header = load<PageHeader>(page);
  const bool leaf = level + 1u == tree_.depth;
  if (header.number != number) {
    damaged(number, "the page has another page's number");
    return false;
  }
  if (header.flags != (leaf ? kLeafPage : kBranchPage)) {
    damaged(number, leaf ? "the page is not a leaf" : "the page is not a branch");
    return false;
  }
  if (header.lower < kPageHeaderBytes || header.lower > header.upper ||
      header.upper > image_.page_bytes || header.lower % 2 != 0) {
    damaged(number, "the page's bounds cannot be");
    return false;
  }
  const auto count = static_cast<std::uint16_t>((header.lower - kPageHeaderBytes) / 2);
  if (count == 0) {
    damaged(number, "the page is empty");
    return false;
  }
  levels_[level] = {page, number, 0, count};
  return true;
}

bool TreeCursor::node(const Level& level, std::uint16_t index, Node& out) {
  const auto offset = load<std::uint16_t>(level.page + kPageHeaderBytes + 2u * index);
  if (offset < kPageHeaderBytes + 2u * level.count ||
      offset + kNodeHeaderBytes > image_.page_bytes) {
    damaged(level.number, "an entry lies outside its page");
    return false;
  }
  out.at = level.page + offset;
  out.header = load<NodeHeader>(out.at);
  if (offset + kNodeHeaderBytes + out.header.key_size > image_.page_bytes) {
    damaged(level.number, "a key runs past its page");
    return false;
  }
  return true;
}

int TreeCursor::compare(std::string_view a, std::string_view b) const {
  if ((tree_.flags & kIntegerKeys) != 0) {
    const auto x = load<std::uint64_t>(a);
    const auto y = load<std::uint64_t>(b);
    return x < y ? -1 : x > y ? 1 : 0;
  }
  return a.compare(b);
}

// Moves level.index to the first entry not below `key`; in a branch to the child that may hold it.
bool TreeCursor::lower_bound(Level& level, std::string_view key, bool leaf) {
  // A branch's first key stands for everything below the second and is not looked at.
  std::uint16_t low = leaf ? 0 : 1;
  std::uint16_t high = level.count;
  while (low < high) {
    const auto middle = static_cast<std::uint16_t>((low + high) / 2);
    Node at;
    if (!node(level, middle, at)) return false;
    if ((tree_.flags & kIntegerKeys) != 0 && at.header.key_size != 8) {
      damaged(level.number, "a key does not have eight bytes");
      return false;
    }
    const int order = compare({at.at + kNodeHeaderBytes, at.header.key_size}, key);
    if (order < 0 || (!leaf && order == 0)) {
      low = static_cast<std::uint16_t>(middle + 1);
    } else {
      high = middle;
    }
  }
  level.index = leaf ? low : static_cast<std::uint16_t>(low - 1);
  return true;
}

// Finds the leaf that follows under the same branch, if any.
void TreeCursor::look_ahead() {
  ahead_ = nullptr;
  if (tree_.depth < 2) return;
  const Level& branch = levels_[tree_.depth - 2u];
  Node next;
  if (branch.index + 1 >= branch.count ||
      !node(branch, static_cast<std::uint16_t>(branch.index + 1), next))
    return;
  ahead_ = image_.at(next.header.child());
  if (ahead_ == nullptr) return;
  ahead_end_ = ahead_ + image_.page_bytes;
  ahead_step_ = image_.page_bytes / levels_[tree_.depth - 1u].count;
}

// Goes down from the page at `level` to a leaf: to `key`, or to the first entry.
TreeCursor::Step TreeCursor::descend(std::size_t level, const std::string_view* key) {
  for (; level + 1u < tree_.depth; ++level) {
    Level& branch = levels_[level];
    if (key != nullptr && !lower_bound(branch, *key, false)) return Step::damaged;
    Node child;
    if (!node(branch, branch.index, child)) return Step::damaged;
    if (!enter(child.header.child(), level + 1)) return Step::damaged;
  }
  if (key != nullptr && !lower_bound(levels_[level], *key, true)) return Step::damaged;
  look_ahead();
  return settle();
}

// Loads the entry at the leaf's index, moving on to the next leaf when the index is past this one.
TreeCursor::Step TreeCursor::settle() {
  const std::size_t bottom = tree_.depth - 1u;
  if (levels_[bottom].index < levels_[bottom].count) return load_entry(levels_[bottom]);
  std::size_t level = bottom;
  while (level > 0) {
    Level& branch = levels_[--level];
    if (++branch.index < branch.count) return descend(level, nullptr);
  }
  return Step::end;
}

TreeCursor::Step TreeCursor::load_entry(const Level& leaf) {
  constexpr std::size_t kCacheLine = 64;
  if (ahead_ != nullptr) {
    for (std::size_t i = 0; i <= ahead_step_ && ahead_ < ahead_end_; i += kCacheLine) {
      __builtin_prefetch(ahead_);
      ahead_ += kCacheLine;
    }
  }
  Node entry;
  if (!node(leaf, leaf.index, entry)) return Step::damaged;
  const NodeHeader& header = entry.header;
  if ((tree_.flags & kIntegerKeys) != 0 && header.key_size != 8) {
    return damaged(leaf.number, "a key does not have eight bytes");
  }
  key_ = {entry.at + kNodeHeaderBytes, header.key_size};
  const char* value = key_.data() + key_.size();
  const auto room = static_cast<std::size_t>(leaf.page + image_.page_bytes - value);
  is_tree_ = header.flags == kTreeNode;
  if (header.flags == 0 || is_tree_) {
    if (header.value_size() > room) return damaged(leaf.number, "a value runs past its page");
    value_ = {value, header.value_size()};
    value_page_ = leaf.number;
    return Step::entry;
  }
  if (header.flags != kBigNode || room < sizeof(PageNumber)) {
    return damaged(leaf.number, "an entry's flags cannot be");
  }
  const auto number = load<PageNumber>(value);
  const char* run = number >= kMetaPages ? image_.at(number) : nullptr;
  if (run == nullptr) return damaged(leaf.number, "a large value lies outside the file");
  const auto run_header = load<PageHeader>(run);
  if (run_header.number != number || run_header.flags != kOverflowPage) {
    return damaged(number, "the page does not begin a large value");
  }
  const std::uint64_t pages = run_header.run_pages();
  if (pages < overflow_run(header.value_size(), image_.page_bytes) ||
      pages > image_.pages - number) {
    return damaged(number, "a large value runs past its pages");
  }
  value_ = {run + kPageHeaderBytes, header.value_size()};
  value_page_ = number;
  return Step::entry;
}

}  // namespace tapewire
