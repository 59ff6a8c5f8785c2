// SPDX-License-Identifier: Apache-2.0
#include "eventlog/embedded/log_snapshot.h"

#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

namespace tapewire {
namespace {

using Step = TreeCursor::Step;

// An absent tree is an empty one: a topic that an older program did not know.
Result<TreeRoot> find_tree(const PageImage& image, const TreeRoot& main_tree, std::string_view name,
                           std::uint16_t flags) {
  TreeCursor cursor(image, main_tree);
  const Step step = cursor.seek(name);
  if (step == Step::damaged) return fail_page(cursor.fault(), image.page_bytes);
  if (step == Step::end || cursor.key() != name) return TreeRoot{.flags = flags};
  if (!cursor.is_tree() || cursor.value().size() != sizeof(TreeRoot)) {
    return fail_page({cursor.page(), "an entry of the table of trees is not a tree"},
                     image.page_bytes);
  }
  const auto root = load<TreeRoot>(cursor.value());
  const bool empty = root.root == kNoPage;
  if (root.flags != flags || root.pad != 0 || root.depth > kMaxTreeDepth ||
      empty != (root.depth == 0) || empty != (root.entries == 0)) {
    return fail_page({cursor.page(), "the root of a tree cannot be"}, image.page_bytes);
  }
  return root;
}

Result<Catalog> find_catalog(const PageImage& image, const TreeRoot& tree,
                             std::uint64_t transaction) {
  TreeCursor cursor(image, tree);
  const Step step = cursor.seek(kCatalogKey);
  if (step == Step::damaged) return fail_page(cursor.fault(), image.page_bytes);
  if (step == Step::end || cursor.key() != kCatalogKey || cursor.is_tree()) {
    return fail(ErrorCode::corrupt, "the log has no catalog");
  }
  TRY_ASSIGN(Catalog catalog, decode_catalog(cursor.value()));
  if (catalog.transaction != transaction) {
    return fail(
        ErrorCode::corrupt,
        fmt::format("the commit mark says commit {} but the catalog was written by commit {}",
                    transaction, catalog.transaction));
  }
  return catalog;
}

}  // namespace

std::string to_text(const PageFault& fault, std::size_t page_bytes) {
  if (fault.page == kNoPage || fault.page > UINT64_MAX / page_bytes) {
    return fmt::format("page {} of {}: {}", fault.page, kDataFile, fault.what);
  }
  return fmt::format("page {} (byte {} of {}): {}", fault.page, fault.page * page_bytes, kDataFile,
                     fault.what);
}

std::unexpected<Error> fail_page(const PageFault& fault, std::size_t page_bytes) {
  return fail(ErrorCode::corrupt, to_text(fault, page_bytes));
}

Result<LogSnapshot> LogSnapshot::find(const PageImage& file, const MetaImage& meta) {
  LogSnapshot out;
  out.image = file;
  out.image.pages = meta.last_page + 1;
  out.meta = meta;
  const TreeRoot& main_tree = out.meta.main_tree;
  TRY_ASSIGN(out.catalog_tree, find_tree(out.image, main_tree, kCatalogTree, 0));
  TRY_ASSIGN(out.catalog, find_catalog(out.image, out.catalog_tree, meta.transaction));
  TRY_ASSIGN(out.state_tree, find_tree(out.image, main_tree, kStateTree, 0));
  if (out.state_tree.entries != out.catalog.state_entries) {
    return fail(ErrorCode::corrupt, fmt::format("the state has {} entries, the catalog counts {}",
                                                out.state_tree.entries, out.catalog.state_entries));
  }
  for (std::size_t i = 0; i < kTopics.size(); ++i) {
    const std::string_view name = to_string(kTopics[i]);
    TRY_ASSIGN(out.topic_trees[i], find_tree(out.image, main_tree, name, kIntegerKeys));
    if (out.topic_trees[i].entries != out.catalog.topics[i].records) {
      return fail(ErrorCode::corrupt,
                  fmt::format("topic {} has {} records, the catalog counts {}", name,
                              out.topic_trees[i].entries, out.catalog.topics[i].records));
    }
  }
  return out;
}

Status check_state(const LogSnapshot& snapshot) {
  TreeCursor cursor(snapshot.image, snapshot.state_tree);
  std::uint64_t entries = 0;
  std::uint64_t digest = 0;
  Step step = cursor.first();
  for (; step == Step::entry; step = cursor.next()) {
    std::string_view value;
    if (const char* fault = decode_state(cursor.key(), cursor.value(), value)) {
      return fail_page({cursor.page(), fault}, snapshot.image.page_bytes);
    }
    ++entries;
    digest += state_mark(cursor.value());
  }
  if (step == Step::damaged) return fail_page(cursor.fault(), snapshot.image.page_bytes);
  if (entries != snapshot.catalog.state_entries || digest != snapshot.catalog.state_digest) {
    return fail(ErrorCode::corrupt, "the state entries are not those that the catalog counts");
  }
  return {};
}

Result<MetaPair> read_meta_pair(const FileHandle& file, const std::filesystem::path& path,
                                std::size_t page_bytes) {
  std::string pages(kMetaPages * page_bytes, '\0');
  // A commit between the two looks makes them unequal once; damage makes them so every time.
  constexpr int kLooks = 16;
  for (int look = 1;; ++look) {
    MetaPair pair;
    const ssize_t got = ::pread(file.fd(), pages.data(), pages.size(), 0);
    if (got < 0) return fail_errno("read", path.string(), errno);
    TRY_ASSIGN(const std::size_t bytes, file_bytes(file, path));
    if (static_cast<std::size_t>(got) < pages.size()) {
      return fail(ErrorCode::corrupt, fmt::format("{} has only {} bytes", path.string(), bytes));
    }
    std::array<const char*, kMetaPages> faults{};
    bool framed = true;
    for (PageNumber i = 0; i < kMetaPages; ++i) {
      framed = framed && check_meta_frame(pages.data() + i * page_bytes, i, page_bytes) == nullptr;
      faults[i] = read_meta(pages.data() + i * page_bytes, i, page_bytes, bytes / page_bytes,
                            pair.metas[i]);
    }
    if (faults[0] == nullptr && faults[1] == nullptr) {
      pair.fault = {0, check_meta_pair(pair.metas[0], pair.metas[1], pair.newer)};
      if (pair.fault.what == nullptr) return pair;
    } else {
      const std::size_t unsound = faults[0] != nullptr ? 0 : 1;
      pair.fault = {unsound, faults[unsound]};
      pair.newer = static_cast<int>(1 - unsound);
      pair.older_is_unsound = true;
      const bool older = pair.older().transaction + 1 == pair.newest().transaction;
      if (framed && faults[1 - unsound] == nullptr && older) return pair;
    }
    if (look == kLooks) return fail_page(pair.fault, page_bytes);
  }
}

Status check_newest(const PageImage& file, const MetaPair& pair) {
  TRY(LogSnapshot::find(file, pair.newest()));
  if (!pair.older_is_unsound) {
    TRY(LogSnapshot::find(file, pair.older()));
    return {};
  }
  // A mark of the commit after, whose number alone is damaged, would lead to that commit's catalog.
  const auto tree = find_tree(file, pair.older().main_tree, kCatalogTree, 0);
  if (!tree) return {};
  TreeCursor cursor(file, *tree);
  if (cursor.seek(kCatalogKey) != Step::entry) return {};
  const auto catalog = decode_catalog(cursor.value());
  if (catalog && catalog->transaction > pair.newest().transaction) {
    return fail_page(pair.fault, file.page_bytes);
  }
  return {};
}

}  // namespace tapewire
