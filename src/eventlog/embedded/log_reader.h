// SPDX-License-Identifier: Apache-2.0
// Holds one commit of the log still and reads its records, state and account.
//
// Lifetime: a ReadView holds a read transaction: keep it for one call only.
// Threads:  LogReader from any thread; a ReadView by one.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <vector>

#include "eventlog/embedded/log_environment.h"
#include "eventlog/embedded/log_snapshot.h"

namespace tapewire {

// A commit that no writer takes pages from while this lives.
struct HeldCommit {
  std::shared_lock<std::shared_mutex> guard;
  LogTransaction txn;
  std::shared_ptr<FileMap> map;
  MetaImage meta{};
  PageImage image;
};

struct ReadView {
  HeldCommit commit;
  LogSnapshot snapshot;
};

class LogReader {
 public:
  // `environment` outlives the reader; `file` is its data file.
  LogReader(LogEnvironment& environment, const FileHandle& file)
      : environment_(environment), file_(file) {}

  // Holds the newest commit. nullopt: LMDB's environment must be reopened first.
  Result<std::optional<HeldCommit>> hold();
  // The same, with its trees found.
  Result<std::optional<ReadView>> view();
  // Counts what was looked at, and gives the pages back now and then.
  void looked_at(const ReadView& view, std::size_t bytes);

 private:
  Result<std::shared_ptr<FileMap>> map_up_to(std::size_t bytes);
  Result<MetaImage> mark_of(const FileMap& map, std::uint64_t transaction, bool& overtaken) const;

  LogEnvironment& environment_;
  const FileHandle& file_;
  std::mutex mutex_;
  std::shared_ptr<FileMap> map_;      // under mutex_
  std::size_t file_bytes_ = 0;        // under mutex_; the file only grows
  std::atomic<std::size_t> unreturned_bytes_ = 0;
};

// Gives the records of one topic from an offset on, each checked, none left out.
class TopicCursor {
 public:
  TopicCursor(const LogSnapshot& snapshot, Topic topic, Offset from);
  [[nodiscard]] bool at_end() const { return at_end_; }
  [[nodiscard]] const RecordView& record() const { return record_; }
  // The bytes that the record takes in the log.
  [[nodiscard]] std::size_t stored_bytes() const { return tree_.value().size(); }
  [[nodiscard]] PageNumber page() const { return tree_.page(); }
  // Goes to the first record, then from one to the next.
  Status advance();

 private:
  [[nodiscard]] std::unexpected<Error> fail_at(const PageFault& fault) const;

  const LogSnapshot& snapshot_;
  const TopicInfo& info_;
  TreeCursor tree_;
  Offset next_;
  bool started_ = false;
  bool at_end_ = true;
  RecordView record_;
};

// All state entries of the snapshot whose key begins with `prefix`.
Result<std::vector<StateWrite>> read_state(const LogSnapshot& snapshot, std::string_view prefix);

}  // namespace tapewire
