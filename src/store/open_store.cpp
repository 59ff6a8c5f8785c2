// SPDX-License-Identifier: Apache-2.0
#include "store/open_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>

#include <fmt/format.h>

#include "store/schema.h"
#include "store/wal_check.h"

namespace tapewire {
namespace {

// The pages of the three headers, which a file has from the moment it is complete.
constexpr std::uintmax_t kHeaderBytes = 3 * 4096;

// DuckDB files hold "DUCK" after the check of the first header. A file that ends within its headers
// comes from a process that was killed while making it, and holds nothing: it is made again.
Status check_header(const std::filesystem::path& file, bool read_only) {
  std::error_code fault;
  if (std::filesystem::is_directory(file, fault)) {
    return fail(ErrorCode::invalid_data, file.string() + " is a directory, expected a DuckDB file");
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail_errno("cannot open", file.string(), errno);
  char head[12]{};
  in.read(head, sizeof head);
  const bool is_duckdb = in.gcount() == sizeof head && std::string_view(head + 8, 4) == "DUCK";
  if ((is_duckdb || in.gcount() == 0) && std::filesystem::file_size(file, fault) < kHeaderBytes) {
    if (read_only)
      return fail(ErrorCode::not_found, "the store at " + file.string() + " is not complete yet");
    std::filesystem::remove(file, fault);
    return {};
  }
  if (!is_duckdb) {
    return fail(ErrorCode::invalid_data,
                file.string() + " is not a store of tapewire (no DuckDB file)");
  }
  return {};
}

// The lock that DuckDB takes too, so that no other process changes what is looked at.
class FileLock {
 public:
  FileLock(const std::filesystem::path& file, bool read_only)
      : fd_(::open(file.c_str(), (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC)) {
    struct flock range{};
    range.l_type = static_cast<short>(read_only ? F_RDLCK : F_WRLCK);
    range.l_whence = SEEK_SET;
    held_ = fd_ >= 0 && ::fcntl(fd_, F_SETLK, &range) == 0;
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] bool held() const { return held_; }

 private:
  int fd_;
  bool held_ = false;
};

Status cut_file(const std::filesystem::path& file, std::uint64_t size) {
  if (size == 0)
    return ::unlink(file.c_str()) == 0 ? Status() : fail_errno("remove", file.string(), errno);
  const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return fail_errno("open", file.string(), errno);
  const bool done = ::ftruncate(fd, static_cast<off_t>(size)) == 0 && ::fsync(fd) == 0;
  const int why = errno;
  ::close(fd);
  return done ? Status() : fail_errno("shorten", file.string(), why);
}

// Returns what was mended in words. What another process works on is not looked at.
Result<std::string> settle_wal(const std::filesystem::path& file, bool read_only) {
  const FileLock lock(file, read_only);
  if (!lock.held()) return std::string();
  const std::filesystem::path wal = file.string() + ".wal";
  const std::filesystem::path second = wal.string() + ".checkpoint";
  TRY_ASSIGN(const WalCheck beside, check_wal(second));
  if (beside.state == WalState::damaged || beside.state == WalState::last_damaged) {
    return fail(ErrorCode::corrupt,
                fmt::format("{} is damaged at byte {}", second.string(), beside.at));
  }
  TRY_ASSIGN(const WalCheck check, check_wal(wal));
  const bool last = check.state == WalState::last_damaged;
  if (check.state == WalState::damaged || (last && read_only)) {
    return fail(ErrorCode::corrupt,
                fmt::format("{}{} is damaged at byte {}", last ? "the last transaction of " : "",
                            wal.string(), check.at));
  }
  if (check.state == WalState::whole || read_only) return std::string();
  TRY(cut_file(wal, check.commits_end));
  if (!last) return std::string();
  return fmt::format(
      "{}: its last transaction was not whole (byte {}); the event log gives its rows again",
      wal.string(), check.at);
}

DuckSettings settings_of(const StoreOptions& options, const std::filesystem::path& temporary) {
  return {
      {"access_mode", options.read_only ? "READ_ONLY" : "READ_WRITE"},
      {"memory_limit", fmt::format("{}KiB", options.memory_bytes / 1024)},
      {"threads", std::to_string(options.threads)},
      {"temp_directory", temporary.string()},
      {"max_temp_directory_size", "16GiB"},
      // What is sorted is then appended by all threads; without it one thread appends what ORDER BY gives.
      {"preserve_insertion_order", "true"},
      // Larger transactions go straight to the file instead of through the write-ahead log first.
      {"checkpoint_threshold", "64MiB"},
      {"storage_compatibility_version", "v1.5.0"},
      {"errors_as_json", "true"},
      {"enable_external_access", "false"},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
      {"allow_persistent_secrets", "false"}};
}

std::unexpected<Error> say_in_use(const std::filesystem::path& file, const std::string& text) {
  const std::size_t at = text.find("(PID ");
  const std::size_t end = at == std::string::npos ? at : text.find(')', at);
  const std::string pid =
      end == std::string::npos ? "" : " (pid " + text.substr(at + 5, end - at - 5) + ")";
  return fail(ErrorCode::in_use, file.string() + " is in use by another process" + pid, true);
}

// The time zone belongs to an extension that is there only once the database is open; then all is locked.
Status lock_settings(DuckDatabaseHandle& database) {
  TRY_ASSIGN(DuckConnection connection, DuckConnection::open(database));
  TRY(connection.run("SET GLOBAL TimeZone = 'UTC'"));
  return connection.run("SET GLOBAL lock_configuration = true");
}

Status prepare_schema(DuckDatabaseHandle& database, bool is_new, bool read_only) {
  TRY_ASSIGN(DuckConnection connection, DuckConnection::open(database));
  if (!is_new) {
    // A file whose creation was interrupted holds nothing at all.
    TRY_ASSIGN(const auto tables,
               connection.integer("SELECT count(*) FROM duckdb_tables() WHERE NOT internal"));
    is_new = tables.value_or(0) == 0 && !read_only;
  }
  if (is_new) {
    DuckTransaction transaction(connection);
    TRY(transaction.begin());
    TRY(create_schema(connection));
    return transaction.commit();
  }
  TRY_ASSIGN(const int version, read_schema_version(connection));
  if (version > kSchemaVersion) {
    return fail(
        ErrorCode::invalid_data,
        fmt::format("its schema version {} is newer than this program's {}: use a newer tapewire",
                    version, kSchemaVersion));
  }
  if (version < kSchemaVersion && read_only) {
    return fail(
        ErrorCode::invalid_data,
        fmt::format(
            "its schema version {} is older than this program's {}: open it once for writing",
            version, kSchemaVersion));
  }
  return migrate_schema(connection, schema_migrations(), kSchemaVersion);
}

// What an ended process left in the directory that is ours alone.
void clear_temporary(const std::filesystem::path& temporary) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(temporary, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("duckdb_temp_") ||
        (name.starts_with("sql-") && name.ends_with(".parquet"))) {
      std::filesystem::remove(entry.path(), ignored);
    }
  }
}

}  // namespace

Error name_store_file(const std::filesystem::path& file, Error error) {
  if (error.message.find(file.string()) == std::string::npos)
    error.message = file.string() + ": " + error.message;
  if (error.code == ErrorCode::corrupt) {
    error.message += fmt::format(
        " (the store is damaged: move {} and {}.wal away, and the next run makes it again from the "
        "event log)",
        file.string(), file.filename().string());
  }
  return error;
}

Result<OpenedStore> open_store_file(const std::filesystem::path& file, const StoreOptions& options,
                                    const std::filesystem::path& temporary) {
  std::error_code fault;
  if (std::filesystem::exists(file, fault)) TRY(check_header(file, options.read_only));
  const bool exists = std::filesystem::exists(file, fault);
  if (!exists && options.read_only)
    return fail(ErrorCode::not_found, "there is no store at " + file.string());
  auto note = exists ? settle_wal(file, options.read_only) : Result<std::string>();
  if (!note) return std::unexpected(name_store_file(file, std::move(note.error())));
  Result<DuckDatabaseHandle> database =
      open_duck_database(file.string(), settings_of(options, temporary));
  if (!database) {
    if (database.error().code == ErrorCode::in_use)
      return say_in_use(file, database.error().message);
    if (database.error().code == ErrorCode::internal && exists)
      database.error().code = ErrorCode::corrupt;
    return std::unexpected(name_store_file(file, std::move(database.error())));
  }
  if (!options.read_only) clear_temporary(temporary);
  if (Status status = lock_settings(*database); !status) {
    return std::unexpected(name_store_file(file, std::move(status.error())));
  }
  if (Status status = prepare_schema(*database, !exists, options.read_only); !status) {
    return std::unexpected(name_store_file(file, std::move(status.error())));
  }
  return OpenedStore{std::move(*database), std::move(*note)};
}

}  // namespace tapewire
