// SPDX-License-Identifier: Apache-2.0
// Keeps the event log in one LMDB file, safe against crashes at any instant.
//
// Durable: `commit` returns after fdatasync of its pages and a synced write of the commit mark; what
//          it returned for survives kill -9 and power loss.
// Checked: every record read carries its own checksum and must be the very next offset; a damaged one
//          is an error (corrupt) that names topic and offset, never data.
// Writers: one process, which holds DataLock; readers from any number of processes.
// Threads: as the seam. The visitor of `read` runs inside a read transaction: it must not call the log,
//          and a slow one holds up only growth of the map and the reuse of trimmed pages.
// Memory:  the file is mapped, but pages read or written are given back every 64 MiB.
// Errors:  in_use when this process already has the directory open (one object per process).
// Source:  docs/formats.md.
#pragma once

#include <filesystem>
#include <memory>

#include "base/time.h"
#include "eventlog/event_log.h"

namespace tapewire {

struct EmbeddedLogOptions {
  bool read_only = false;
  // Address space, not disk: the file grows as it is written.
  std::size_t map_size_initial = std::size_t{1} << 30;
  std::size_t map_growth = std::size_t{1} << 30;
  std::size_t map_size_max = std::size_t{1} << 44;
  // false: commits are atomic but not durable; for tests and measurements.
  bool sync = true;
  // Gives append times; must outlive the log. Without one the wall clock does.
  const Clock* clock = nullptr;
};

class EmbeddedLog final : public EventLog {
 public:
  // Opens the log in `dir`; makes it when there is none, unless read_only (then not_found).
  static Result<std::unique_ptr<EmbeddedLog>> open(const std::filesystem::path& dir,
                                                   const EmbeddedLogOptions& options = {});
  ~EmbeddedLog() override;

  Result<Sequence> commit(const AppendBatch& batch) override;
  Result<std::size_t> read(std::span<TopicPosition> from, ReadLimit limit,
                           const Visitor& visit) override;
  Result<std::vector<StateWrite>> state(std::string_view prefix) override;
  Result<std::vector<TopicInfo>> topics() override;
  Result<std::uint64_t> trim(const Retention& retention) override;

 private:
  class Impl;
  explicit EmbeddedLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tapewire
