// SPDX-License-Identifier: Apache-2.0
// Reads the whole of a log's file and says what is damaged and where.
//
// Checked: both commit marks; the page structure and the free list; every record's checksum, that
//          offsets have no hole and sequences rise and are unique; the counts of the catalog; every
//          state entry and their sum.
// Beside a writer: looks at the newest commit, and holds it while it looks.
// Errors:  only when there is nothing to look at (not_found, io, in_use by this process).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "eventlog/event_log.h"

namespace tapewire {

struct LogFinding {
  std::string part;  // a topic's name, "state", "free list", "commit mark" ...
  std::optional<Offset> offset;  // of the record, where it is one
  std::optional<std::uint64_t> page;  // of the file
  std::optional<std::uint64_t> file_byte;  // where that page begins
  std::string words;
};
std::string to_text(const LogFinding& finding);

struct LogReport {
  std::vector<TopicInfo> topics;  // as counted while reading, not as the catalog has it
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t state_entries = 0;
  std::uint64_t pages = 0;
  std::vector<LogFinding> findings;  // empty: sound; the first hundred or so
};

// Told now and then how many of all bytes to look at are done, and the records read.
using VerifyLogProgress =
    std::function<void(std::uint64_t done, std::uint64_t total, std::uint64_t records)>;

Result<LogReport> verify_log(const std::filesystem::path& dir,
                             const VerifyLogProgress& progress = {});

}  // namespace tapewire
