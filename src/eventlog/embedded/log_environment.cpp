// SPDX-License-Identifier: Apache-2.0
#include "eventlog/embedded/log_environment.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "eventlog/embedded/fault_guard.h"

namespace tapewire {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kTreesMax = 32;
constexpr unsigned kReadersMax = 512;
constexpr mdb_mode_t kFileMode = 0644;

std::mutex claims_mutex;
std::set<std::string>& claims() {
  static std::set<std::string> all;
  return all;
}

struct LmdbCloser {
  void operator()(MDB_env* env) const { mdb_env_close(env); }
};

void on_assert(MDB_env* env, const char* message) {
  const auto* self = static_cast<const LogEnvironment*>(mdb_env_get_userctx(env));
  end_for_damaged_map(self->name(), message);
}

}  // namespace

Result<DirectoryClaim> DirectoryClaim::take(const fs::path& dir) {
  std::error_code error;
  const fs::path real = fs::canonical(dir, error);
  if (error) return fail_errno("open", dir.string(), error.value());
  // A child after fork has its parent's list but none of its environments.
  std::string key = fmt::format("{} {}", ::getpid(), real.string());
  const std::lock_guard lock(claims_mutex);
  if (!claims().insert(key).second) {
    return fail(ErrorCode::in_use,
                fmt::format("the event log at {} is already open in this process", dir.string()));
  }
  return DirectoryClaim(std::move(key));
}

DirectoryClaim::DirectoryClaim(DirectoryClaim&& other) noexcept
    : key_(std::exchange(other.key_, {})) {}

DirectoryClaim& DirectoryClaim::operator=(DirectoryClaim&& other) noexcept {
  std::swap(key_, other.key_);
  return *this;
}

DirectoryClaim::~DirectoryClaim() {
  if (key_.empty()) return;
  const std::lock_guard lock(claims_mutex);
  claims().erase(key_);
}

LogTransaction::LogTransaction(LogTransaction&& other) noexcept
    : txn_(std::exchange(other.txn_, nullptr)) {}

LogTransaction& LogTransaction::operator=(LogTransaction&& other) noexcept {
  std::swap(txn_, other.txn_);
  return *this;
}

LogTransaction::~LogTransaction() {
  if (txn_ != nullptr) mdb_txn_abort(txn_);
}

int LogTransaction::commit() { return mdb_txn_commit(std::exchange(txn_, nullptr)); }

LogEnvironment::~LogEnvironment() { close(); }

void LogEnvironment::close() {
  if (env_ != nullptr) mdb_env_close(std::exchange(env_, nullptr));
  map_ = nullptr;
}

Status LogEnvironment::open(const Options& options) {
  options_ = options;
  const std::lock_guard alone(guard_);
  return open_locked();
}

Status LogEnvironment::reopen() {
  const std::lock_guard alone(guard_);
  close();
  return open_locked();
}

Status LogEnvironment::open_locked() {
  const MapFaultScope scope(name_);
  MDB_env* raw = nullptr;
  if (const int code = mdb_env_create(&raw); code != 0) return fail_code("cannot open", code);
  std::unique_ptr<MDB_env, LmdbCloser> env(raw);
  const std::size_t map_bytes = std::max<std::size_t>(options_.map_bytes, map_bytes_);
  mdb_env_set_mapsize(raw, map_bytes);
  mdb_env_set_maxdbs(raw, kTreesMax);
  mdb_env_set_maxreaders(raw, kReadersMax);
  mdb_env_set_userctx(raw, this);
  unsigned flags = MDB_NOTLS;
  if (options_.read_only) flags |= MDB_RDONLY;
  if (!options_.sync) flags |= MDB_NOSYNC;
  if (const int code = mdb_env_open(raw, dir_.c_str(), flags, kFileMode); code != 0) {
    return fail_code("cannot open", code);
  }
  mdb_env_set_assert(raw, on_assert);
  int dead_readers = 0;
  if (const int code = mdb_reader_check(raw, &dead_readers); code != 0) {
    return fail_code("cannot check the readers of", code);
  }
  env_ = env.release();
  MDB_envinfo info;
  mdb_env_info(env_, &info);
  map_bytes_ = info.me_mapsize;
  find_map();
  return options_.read_only ? Status() : open_trees();
}

Status LogEnvironment::open_trees() {
  LogTransaction txn;
  if (const int code = begin(false, txn); code != 0) return fail_code("cannot open", code);
  constexpr MDB_dbi kTableOfTrees = 1;
  MDB_stat before;
  MDB_stat after;
  mdb_stat(txn.get(), kTableOfTrees, &before);
  const auto open_tree = [&](std::string_view name, unsigned flags, MDB_dbi& out) {
    return mdb_dbi_open(txn.get(), std::string(name).c_str(), flags | MDB_CREATE, &out);
  };
  int code = open_tree(kCatalogTree, 0, trees_.catalog);
  if (code == 0) code = open_tree(kStateTree, 0, trees_.state);
  for (std::size_t i = 0; i < kTopics.size() && code == 0; ++i) {
    code = open_tree(to_string(kTopics[i]), MDB_INTEGERKEY, trees_.topics[i]);
  }
  if (code == 0) code = mdb_stat(txn.get(), kTableOfTrees, &after);
  if (code == 0 && after.ms_entries != before.ms_entries) {
    // A new log, or one from before a topic was added.
    Catalog catalog;
    MDB_val key{kCatalogKey.size(), const_cast<char*>(kCatalogKey.data())};
    MDB_val value;
    if (mdb_get(txn.get(), trees_.catalog, &key, &value) == 0) {
      TRY_ASSIGN(catalog, decode_catalog({static_cast<const char*>(value.mv_data), value.mv_size}));
    }
    code = put_catalog(txn, catalog);
  }
  if (code == 0) code = txn.commit();
  if (code != 0) return fail_code("cannot open the topics of", code);
  return {};
}

int LogEnvironment::put_catalog(LogTransaction& txn, Catalog& catalog) const {
  catalog.transaction = txn.id();
  const std::string bytes = encode_catalog(catalog);
  MDB_val key{kCatalogKey.size(), const_cast<char*>(kCatalogKey.data())};
  MDB_val value{bytes.size(), const_cast<char*>(bytes.data())};
  return mdb_put(txn.get(), trees_.catalog, &key, &value, 0);
}

Status LogEnvironment::grow_to(std::size_t bytes) {
  const std::lock_guard alone(guard_);
  if (bytes <= map_bytes_) return {};
  const MapFaultScope scope(name_);
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  bytes = (bytes + page - 1) / page * page;
  // LMDB drops the old map before it asks for the new one: ask first whether there is room.
  void* probe =
      ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (probe == MAP_FAILED) {
    return fail(ErrorCode::no_space,
                fmt::format("the event log at {} cannot grow to {} bytes: the process may not have "
                            "so much address space ({})",
                            name_, bytes, std::generic_category().message(errno)),
                true);
  }
  ::munmap(probe, bytes);
  if (const int code = mdb_env_set_mapsize(env_, bytes); code != 0) {
    close();
    TRY(open_locked());
    return fail_code("cannot grow", code);
  }
  map_bytes_ = bytes;
  find_map();
  return {};
}

int LogEnvironment::begin(bool read_only, LogTransaction& out) {
  if (env_ == nullptr) return MDB_PANIC;
  MDB_txn* txn = nullptr;
  const unsigned flags = read_only ? MDB_RDONLY : 0;
  int code = mdb_txn_begin(env_, nullptr, flags, &txn);
  if (code == MDB_READERS_FULL) {
    int dead_readers = 0;
    mdb_reader_check(env_, &dead_readers);
    if (dead_readers > 0) code = mdb_txn_begin(env_, nullptr, flags, &txn);
  }
  if (code == 0) out = LogTransaction(txn);
  return code;
}

std::unexpected<Error> LogEnvironment::fail_code(std::string_view doing, int code) const {
  const auto words = [&](ErrorCode kind, std::string_view why, bool retryable) {
    return fail(kind, fmt::format("{} the event log at {}: {}", doing, name_, why), retryable);
  };
  switch (code) {
    case ENOSPC:
    case EDQUOT:
      return words(ErrorCode::no_space, "the disk is full; nothing acknowledged is lost", true);
    case EFBIG: return words(ErrorCode::no_space, "the file system allows no larger file", true);
    case MDB_MAP_FULL: return words(ErrorCode::no_space, "it has reached its size limit", true);
    case ENOMEM: return words(ErrorCode::no_space, "not enough memory or address space", true);
    case EACCES:
    case EPERM:
    case EROFS:
      return words(
          ErrorCode::io,
          fmt::format("no permission to write there ({})", std::generic_category().message(code)),
          false);
    case MDB_READERS_FULL:
      return words(ErrorCode::in_use, fmt::format("more than {} readers at once", kReadersMax),
                   true);
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_CURSOR_FULL:
      return words(ErrorCode::corrupt,
                   fmt::format("it is damaged ({}); run `tapewire verify`", mdb_strerror(code)),
                   false);
    case MDB_VERSION_MISMATCH:
      return words(ErrorCode::invalid_data, "its lock file is of another version of LMDB", false);
    default: return words(ErrorCode::io, mdb_strerror(code), true);
  }
}

// LMDB does not tell where its map is; the system does.
void LogEnvironment::find_map() {
  map_ = nullptr;
  struct stat status{};
  if (::stat(data_file().c_str(), &status) != 0) return;
  std::FILE* maps = std::fopen("/proc/self/maps", "re");
  if (maps == nullptr) return;
  char line[512];
  while (std::fgets(line, sizeof(line), maps) != nullptr) {
    void* begin = nullptr;
    void* end = nullptr;
    unsigned device_major = 0;
    unsigned device_minor = 0;
    std::uint64_t inode = 0;
    if (std::sscanf(line, "%p-%p %*s %*s %x:%x %" SCNu64, &begin, &end, &device_major,
                    &device_minor, &inode) != 5) {
      continue;
    }
    if (inode == status.st_ino && makedev(device_major, device_minor) == status.st_dev &&
        static_cast<char*>(end) - static_cast<char*>(begin) ==
            static_cast<std::ptrdiff_t>(map_bytes_.load())) {
      map_ = static_cast<char*>(begin);
      break;
    }
  }
  std::fclose(maps);
}

void LogEnvironment::let_go() const {
  if (map_ != nullptr) (void)::madvise(map_, map_bytes_, MADV_DONTNEED);
}

}  // namespace tapewire
