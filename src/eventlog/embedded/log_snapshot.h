// SPDX-License-Identifier: Apache-2.0
// Finds the log's trees in one commit of the data file and checks that they belong together.
//
// Lifetime: views the PageImage's memory; while another process may write, a read transaction of LMDB
//           must hold the commit.
// Errors:   corrupt, naming the page and its position in the file.
#pragma once

#include <array>
#include <filesystem>
#include <string>

#include "eventlog/embedded/catalog.h"
#include "eventlog/embedded/file_ops.h"
#include "eventlog/embedded/page_format.h"
#include "eventlog/embedded/tree_cursor.h"

namespace tapewire {

// Names of trees; the topics' trees have the topics' names.
inline constexpr std::string_view kCatalogTree = "catalog";
inline constexpr std::string_view kStateTree = "state";
inline constexpr std::string_view kCatalogKey = "catalog";
inline constexpr std::string_view kDataFile = "data.mdb";

struct LogSnapshot {
  PageImage image;
  MetaImage meta{};
  Catalog catalog;
  TreeRoot catalog_tree;
  TreeRoot state_tree;
  std::array<TreeRoot, kTopics.size()> topic_trees;  // by topic number

  // `file` must be readable up to meta.last_page.
  static Result<LogSnapshot> find(const PageImage& file, const MetaImage& meta);
};

// "page 17 (byte 69632 of data.mdb): the page is not a leaf".
std::string to_text(const PageFault& fault, std::size_t page_bytes);
std::unexpected<Error> fail_page(const PageFault& fault, std::size_t page_bytes);

// Checks every state entry against itself and all of them against the catalog.
Status check_state(const LogSnapshot& snapshot);

// The marks of the two newest commits.
struct MetaPair {
  std::array<MetaImage, 2> metas{};
  int newer = 0;
  // The older mark holds a fault, which `fault` names: half a mark, from a commit that could not be
  // written and was never acknowledged, or damage. The next commit replaces it.
  bool older_is_unsound = false;
  PageFault fault;
  [[nodiscard]] const MetaImage& newest() const { return metas[static_cast<std::size_t>(newer)]; }
  [[nodiscard]] const MetaImage& older() const {
    return metas[static_cast<std::size_t>(1 - newer)];
  }
};

// Reads both marks of a file that may be written meanwhile, and checks them against each other.
// corrupt, when they do not say for sure which commit is the newest.
Result<MetaPair> read_meta_pair(const FileHandle& file, const std::filesystem::path& path,
                                std::size_t page_bytes);

// Checks that `pair.newest()` is the newest commit: the catalogs that the marks lead to must be of the
// commits that the marks name. REQUIRES: `file` holds every page of the file.
Status check_newest(const PageImage& file, const MetaPair& pair);

}  // namespace tapewire
