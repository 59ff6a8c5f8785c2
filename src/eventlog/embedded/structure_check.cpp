// SPDX-License-Identifier: Apache-2.0
#include "eventlog/embedded/structure_check.h"

#include <algorithm>
#include <optional>

namespace tapewire {
namespace {

// Keys of a page lie in [low, high); nullopt: unbounded.
struct KeyRange {
  std::optional<std::string_view> low;
  std::optional<std::string_view> high;
};

struct TreeWalk {
  std::string_view name;
  const TreeRoot& root;
  bool all_leaves = true;
  bool is_table = false;
  bool is_free_list = false;
  std::uint64_t branch_pages = 0;
  std::uint64_t leaf_pages = 0;
  std::uint64_t overflow_pages = 0;
  std::uint64_t entries = 0;
};

struct NamedTree {
  std::string_view name;
  TreeRoot root;
};

class Checker {
 public:
  Checker(const PageImage& image, const MetaImage& meta, const StructureCheck& options)
      : image_(image), meta_(meta), options_(options), use_(meta.last_page + 1, Use::unknown) {
    image_.pages = meta.last_page + 1;
    use_[0] = use_[1] = Use::used;
  }

  std::vector<StructureFinding> run() {
    TreeWalk free_list{"free list", meta_.free_tree};
    free_list.is_free_list = true;
    walk_tree(free_list);
    TreeWalk table{"table of trees", meta_.main_tree};
    table.is_table = true;
    walk_tree(table);
    for (const NamedTree& tree : trees_) {
      TreeWalk walk{tree.name, tree.root};
      const bool small = tree.name == kCatalogTree || tree.name == kStateTree;
      walk.all_leaves = small || options_.depth == StructureCheck::Depth::everything;
      walk_tree(walk);
    }
    mark_free_pages();
    if (options_.depth == StructureCheck::Depth::everything && findings_.empty()) {
      for (PageNumber page = kMetaPages; page < use_.size(); ++page) {
        if (use_[page] == Use::unknown) found("file", page, "the page is neither used nor free");
      }
    }
    return std::move(findings_);
  }

 private:
  enum class Use : std::uint8_t { unknown, used, free };

  void found(std::string_view tree, PageNumber page, const char* what) {
    if (findings_.size() < options_.findings_max) {
      findings_.push_back({std::string(tree), {page, what}});
    }
  }

  bool claim(std::string_view tree, PageNumber page, Use use) {
    if (page < kMetaPages || page >= use_.size()) {
      found(tree, page, "a page number points outside the file");
      return false;
    }
    if (use_[page] != Use::unknown) {
      found(tree, page,
            use == use_[page] ? "the page is named twice" : "a used page is named free");
      return false;
    }
    use_[page] = use;
    return true;
  }

  void walk_tree(TreeWalk& walk) {
    const TreeRoot& root = walk.root;
    if (root.root == kNoPage) return;
    if (root.depth == 0 || root.depth > kMaxTreeDepth) {
      found(walk.name, root.root, "the tree's depth cannot be");
      return;
    }
    const std::size_t findings_before = findings_.size();
    walk_page(walk, root.root, 1, {}, true, true);
    if (findings_.size() != findings_before) return;
    if (walk.branch_pages != root.branch_pages || walk.leaf_pages != root.leaf_pages) {
      found(walk.name, root.root, "the tree's root counts its pages wrongly");
    }
    if (!walk.all_leaves) return;
    if (walk.entries != root.entries) {
      found(walk.name, root.root, "the tree's root counts its entries wrongly");
    }
    if (walk.overflow_pages != root.overflow_pages) {
      found(walk.name, root.root, "the tree's root counts its pages of large values wrongly");
    }
  }

  void walk_page(TreeWalk& walk, PageNumber number, std::size_t level, const KeyRange& range,
                 bool left_edge, bool right_edge) {
    if (!claim(walk.name, number, Use::used)) return;
    const bool leaf = level == walk.root.depth;
    ++(leaf ? walk.leaf_pages : walk.branch_pages);
    if (options_.progress && ++looked_at_ % 1024 == 0) options_.progress(looked_at_);
    if (leaf && !walk.all_leaves && !left_edge && !right_edge) return;
    const char* page = image_.at(number);
    std::uint16_t count = 0;
    if (const char* fault = check_page(page, number, leaf, count)) {
      found(walk.name, number, fault);
      return;
    }
    if (const char* fault = check_keys(walk, page, leaf, count, range)) {
      found(walk.name, number, fault);
      return;
    }
    for (std::uint16_t i = 0; i < count; ++i) {
      if (leaf) {
        walk_entry(walk, page, number, i);
        continue;
      }
      KeyRange child = range;
      if (i > 0) child.low = key_of(page, i);
      if (i + 1 < count) child.high = key_of(page, static_cast<std::uint16_t>(i + 1));
      walk_page(walk, node_of(page, i).child(), level + 1, child, left_edge && i == 0,
                right_edge && i + 1 == count);
    }
  }

  // Header, bounds and tight packing: what LMDB takes for granted when it changes a page.
  const char* check_page(const char* page, PageNumber number, bool leaf,
                         std::uint16_t& count) const {
    const auto header = load<PageHeader>(page);
    if (header.number != number) return "the page has another page's number";
    if (header.flags != (leaf ? kLeafPage : kBranchPage)) return "the page is of the wrong kind";
    if (header.lower < kPageHeaderBytes || header.lower > header.upper ||
        header.upper > image_.page_bytes || header.lower % 2 != 0) {
      return "the page's bounds cannot be";
    }
    count = static_cast<std::uint16_t>((header.lower - kPageHeaderBytes) / 2);
    if (count == 0 || (!leaf && count < 2)) return "the page has too few entries";
    std::size_t packed = 0;
    for (std::uint16_t i = 0; i < count; ++i) {
      const auto offset = load<std::uint16_t>(page + kPageHeaderBytes + 2u * i);
      if (offset < header.upper || offset % 2 != 0 ||
          offset + kNodeHeaderBytes > image_.page_bytes) {
        return "an entry lies outside its page";
      }
      const auto node = load<NodeHeader>(page + offset);
      std::size_t size = kNodeHeaderBytes + node.key_size;
      if (leaf) size += node.flags == kBigNode ? sizeof(PageNumber) : node.value_size();
      if (leaf && node.flags != 0 && node.flags != kBigNode && node.flags != kTreeNode) {
        return "an entry's flags cannot be";
      }
      if (size > image_.page_bytes - offset) return "an entry runs past its page";
      packed += (size + 1) / 2 * 2;
    }
    return packed == image_.page_bytes - header.upper
               ? nullptr
               : "the entries do not fill the page as stated";
  }

  const char* check_keys(const TreeWalk& walk, const char* page, bool leaf, std::uint16_t count,
                         const KeyRange& range) const {
    const bool integer = (walk.root.flags & kIntegerKeys) != 0;
    std::optional<std::string_view> before = range.low;
    bool may_equal = true;
    // A branch's first key is not kept up to date and may be empty.
    for (std::uint16_t i = leaf ? 0 : 1; i < count; ++i) {
      const std::string_view key = key_of(page, i);
      if (integer && key.size() != sizeof(std::uint64_t)) return "a key does not have eight bytes";
      if (before) {
        const int order = compare(integer, *before, key);
        if (order > 0 || (order == 0 && !may_equal)) return "the keys do not rise";
      }
      before = key;
      may_equal = false;
    }
    if (range.high && before && compare(integer, *before, *range.high) >= 0) {
      return "the keys reach into the next page's";
    }
    return nullptr;
  }

  void walk_entry(TreeWalk& walk, const char* page, PageNumber number, std::uint16_t index) {
    ++walk.entries;
    const NodeHeader node = node_of(page, index);
    const std::string_view key = key_of(page, index);
    const char* value = key.data() + key.size();
    if ((node.flags == kTreeNode) != walk.is_table) {
      found(walk.name, number, "an entry is of the wrong kind");
      return;
    }
    if (walk.is_table) {
      if (node.value_size() != sizeof(TreeRoot)) {
        found(walk.name, number, "an entry of the table of trees is not a tree");
        return;
      }
      trees_.push_back({key, load<TreeRoot>(value)});
      return;
    }
    if (node.flags == kBigNode) {
      value = claim_run(walk, load<PageNumber>(value), node.value_size());
      if (value == nullptr) return;
    }
    if (walk.is_free_list) read_free_pages(number, key, {value, node.value_size()});
  }

  // The bytes of a large value, or nullptr.
  const char* claim_run(TreeWalk& walk, PageNumber first, std::size_t bytes) {
    if (first < kMetaPages || first >= use_.size()) {
      found(walk.name, first, "a large value lies outside the file");
      return nullptr;
    }
    const auto header = load<PageHeader>(image_.at(first));
    const std::uint64_t pages = header.run_pages();
    if (header.number != first || header.flags != kOverflowPage) {
      found(walk.name, first, "the page does not begin a large value");
      return nullptr;
    }
    if (pages < overflow_run(bytes, image_.page_bytes) || pages > use_.size() - first) {
      found(walk.name, first, "a large value runs past its pages");
      return nullptr;
    }
    walk.overflow_pages += pages;
    for (std::uint64_t i = 0; i < pages; ++i) {
      if (!claim(walk.name, first + i, Use::used)) return nullptr;
    }
    return image_.at(first) + kPageHeaderBytes;
  }

  void read_free_pages(PageNumber page, std::string_view key, std::string_view value) {
    if (load<std::uint64_t>(key) > meta_.transaction) {
      found("free list", page, "pages were freed by a commit that has not been");
      return;
    }
    if (value.size() < sizeof(PageNumber) || value.size() % sizeof(PageNumber) != 0 ||
        load<std::uint64_t>(value) > value.size() / sizeof(PageNumber) - 1) {
      found("free list", page, "a list of pages does not have its stated length");
      return;
    }
    free_lists_.push_back({page, value});
  }

  // After all used pages are known.
  void mark_free_pages() {
    for (const auto& [page, list] : free_lists_) {
      const auto count = load<std::uint64_t>(list);
      PageNumber before = kNoPage;
      for (std::uint64_t i = 1; i <= count; ++i) {
        const auto number = load<PageNumber>(list.substr(i * sizeof(PageNumber)));
        if (number >= before) {
          found("free list", page, "the pages of a list do not fall");
          return;
        }
        before = number;
        if (!claim("free list", number, Use::free)) return;
      }
    }
  }

  static NodeHeader node_of(const char* page, std::uint16_t index) {
    return load<NodeHeader>(page + load<std::uint16_t>(page + kPageHeaderBytes + 2u * index));
  }
  static std::string_view key_of(const char* page, std::uint16_t index) {
    const char* node = page + load<std::uint16_t>(page + kPageHeaderBytes + 2u * index);
    return {node + kNodeHeaderBytes, load<NodeHeader>(node).key_size};
  }
  static int compare(bool integer, std::string_view a, std::string_view b) {
    if (!integer) return a.compare(b);
    const auto x = load<std::uint64_t>(a);
    const auto y = load<std::uint64_t>(b);
    return x < y ? -1 : x > y ? 1 : 0;
  }

  PageImage image_;
  const MetaImage& meta_;
  const StructureCheck& options_;
  std::vector<Use> use_;
  std::vector<NamedTree> trees_;
  std::vector<std::pair<PageNumber, std::string_view>> free_lists_;
  std::vector<StructureFinding> findings_;
  std::uint64_t looked_at_ = 0;
};

}  // namespace

std::vector<StructureFinding> check_structure(const PageImage& image, const MetaImage& meta,
                                              const StructureCheck& options) {
  return Checker(image, meta, options).run();
}

}  // namespace tapewire
