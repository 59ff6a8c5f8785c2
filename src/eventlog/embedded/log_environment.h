// SPDX-License-Identifier: Apache-2.0
// Holds LMDB's environment of one log directory: opens, grows and reopens it, and names its errors.
//
// LMDB's own code is used for writing and for holding a commit still while it is read; the pages are
// read through a map of our own (tree_cursor.h).
// Threads: any number of threads with a transaction under `guard()` shared; open, grow and reopen take
//          it alone, as LMDB wants no transaction of the process beside them.
// One per directory and process: LMDB's lock file is under POSIX locks, which a second one would drop.
#pragma once

#include <array>
#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>

#include <lmdb.h>

#include "base/result.h"
#include "eventlog/embedded/file_ops.h"
#include "eventlog/embedded/log_snapshot.h"

namespace tapewire {

// Claims `dir` for this process's one environment; in_use when there is one.
class DirectoryClaim {
 public:
  static Result<DirectoryClaim> take(const std::filesystem::path& dir);
  DirectoryClaim() = default;
  DirectoryClaim(DirectoryClaim&& other) noexcept;
  DirectoryClaim& operator=(DirectoryClaim&& other) noexcept;
  ~DirectoryClaim();

 private:
  explicit DirectoryClaim(std::string key) : key_(std::move(key)) {}
  std::string key_;
};

// Numbers of LMDB's handles for the trees; the same in every environment.
struct LogTrees {
  MDB_dbi catalog = 0;
  MDB_dbi state = 0;
  std::array<MDB_dbi, kTopics.size()> topics{};
};

// A transaction that is aborted unless committed.
class LogTransaction {
 public:
  explicit LogTransaction(MDB_txn* txn = nullptr) : txn_(txn) {}
  LogTransaction(LogTransaction&& other) noexcept;
  LogTransaction& operator=(LogTransaction&& other) noexcept;
  ~LogTransaction();
  [[nodiscard]] MDB_txn* get() const { return txn_; }
  [[nodiscard]] std::uint64_t id() const { return mdb_txn_id(txn_); }
  // LMDB's result; the transaction is over in any case.
  int commit();

 private:
  MDB_txn* txn_;
};

class LogEnvironment {
 public:
  struct Options {
    bool read_only = false;
    bool sync = true;
    std::size_t map_bytes = std::size_t{1} << 30;
  };

  explicit LogEnvironment(std::filesystem::path dir) : dir_(std::move(dir)), name_(dir_.string()) {}
  ~LogEnvironment();
  LogEnvironment(const LogEnvironment&) = delete;
  LogEnvironment& operator=(const LogEnvironment&) = delete;

  // Not before the file's commit marks and, for writing, its structure were checked.
  Status open(const Options& options);
  // Closes and opens again, after an error that LMDB itself cannot go on from.
  Status reopen();
  // Writes `catalog` as the account of `txn`, whose number it takes. Returns 0 or LMDB's error number.
  int put_catalog(LogTransaction& txn, Catalog& catalog) const;
  // Makes the map at least `bytes` long; no_space when the address space or a limit does not allow it.
  Status grow_to(std::size_t bytes);

  // 0, or LMDB's error number; MDB_MAP_RESIZED asks for `grow_to`.
  int begin(bool read_only, LogTransaction& out);

  [[nodiscard]] std::shared_mutex& guard() { return guard_; }
  [[nodiscard]] const LogTrees& trees() const { return trees_; }
  [[nodiscard]] std::size_t map_bytes() const { return map_bytes_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::filesystem::path data_file() const { return dir_ / kDataFile; }
  // Says in words what LMDB's or the system's error `code` means for `doing`.
  [[nodiscard]] std::unexpected<Error> fail_code(std::string_view doing, int code) const;
  // Lets the pages that LMDB's own map has brought in count as the system's memory, not ours.
  void let_go() const;

 private:
  Status open_locked();
  Status open_trees();
  void close();
  void find_map();

  const std::filesystem::path dir_;
  const std::string name_;
  Options options_;
  std::shared_mutex guard_;
  MDB_env* env_ = nullptr;
  LogTrees trees_;
  std::atomic<std::size_t> map_bytes_ = 0;
  char* map_ = nullptr;
};

}  // namespace tapewire
