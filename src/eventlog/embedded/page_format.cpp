// SPDX-License-Identifier: Apache-2.0
#include "eventlog/embedded/page_format.h"

namespace tapewire {
namespace {

const char* check_root(const TreeRoot& tree, PageNumber last_page) {
  if (tree.root == kNoPage) {
    const bool empty = tree.depth == 0 && tree.entries == 0 && tree.branch_pages == 0 &&
                       tree.leaf_pages == 0 && tree.overflow_pages == 0;
    return empty ? nullptr : "an empty tree has pages or entries";
  }
  if (tree.root < kMetaPages || tree.root > last_page) return "a tree's root is outside the file";
  if (tree.depth == 0 || tree.depth > kMaxTreeDepth) return "a tree's depth cannot be";
  return nullptr;
}

}  // namespace

const char* check_meta_frame(const char* page, PageNumber number, std::size_t page_bytes) {
  const auto header = load<PageHeader>(page);
  const auto out = load<MetaImage>(page + kPageHeaderBytes);
  if (header.number != number) return "the page has another page's number";
  if (header.flags != kMetaPage) return "the page is not marked as a commit mark";
  if (out.magic != kMetaMagic) return "the file's magic number is not LMDB's";
  if (out.version != kMetaVersion) return "the file is of another version of LMDB";
  if (out.address != 0) return "the map address is not zero";
  if (out.free_tree.pad != page_bytes) return "the page size is not the machine's";
  if (out.free_tree.flags != kIntegerKeys) return "the flags of the free list are not ours";
  return nullptr;
}

const char* read_meta(const char* page, PageNumber number, std::size_t page_bytes,
                      PageNumber file_pages, MetaImage& out) {
  out = load<MetaImage>(page + kPageHeaderBytes);
  if (const char* fault = check_meta_frame(page, number, page_bytes)) return fault;
  if (out.main_tree.pad != 0 || out.main_tree.flags != 0) {
    return "the flags of the table of trees are not ours";
  }
  if (out.last_page < kMetaPages - 1 || out.last_page >= file_pages) {
    return "the file is shorter than its last page";
  }
  if (out.map_size % page_bytes != 0 || out.map_size / page_bytes <= out.last_page ||
      out.map_size >> 47 != 0) {
    return "the map size cannot be";
  }
  if ((out.transaction & 1) != number) return "the commit number belongs to the other mark";
  if (const char* fault = check_root(out.free_tree, out.last_page)) return fault;
  return check_root(out.main_tree, out.last_page);
}

const char* check_meta_pair(const MetaImage& first, const MetaImage& second, int& newer) {
  newer = second.transaction > first.transaction ? 1 : 0;
  const MetaImage& latest = newer == 1 ? second : first;
  const MetaImage& before = newer == 1 ? first : second;
  if (latest.transaction != before.transaction + 1) {
    return "the two commit marks are not one commit apart";
  }
  if (latest.last_page < before.last_page) return "the newer commit mark has the shorter file";
  return nullptr;
}

}  // namespace tapewire
