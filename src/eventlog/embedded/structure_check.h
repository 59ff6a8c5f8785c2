// SPDX-License-Identifier: Apache-2.0
// Checks the page structure of one commit of the data file, without LMDB.
//
// Checked: page numbers, kinds and bounds; tight packing of entries; rising keys within the bounds of
//          the branch above; the roots' counts of pages and entries; the free list; that no page is
//          used twice. With `everything` also that every page of the file is either used or free.
// Lifetime and writers: as LogSnapshot.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "eventlog/embedded/log_snapshot.h"

namespace tapewire {

struct StructureFinding {
  std::string tree;  // "free list", "table of trees", or the tree's name
  PageFault fault;
};

struct StructureCheck {
  // edges: all branches, but of the topics only the first and the last leaf. It is what must hold for
  // LMDB to write safely, at a hundredth of the reading.
  enum class Depth { edges, everything };
  Depth depth = Depth::everything;
  // More findings are not collected; one fault can bring many.
  std::size_t findings_max = 100;
  // Told the pages looked at so far, now and then; may be empty.
  std::function<void(std::uint64_t)> progress;
};

std::vector<StructureFinding> check_structure(const PageImage& image, const MetaImage& meta,
                                              const StructureCheck& options);

}  // namespace tapewire
