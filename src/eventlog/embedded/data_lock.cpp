// SPDX-License-Identifier: Apache-2.0
#include "eventlog/embedded/data_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "eventlog/embedded/file_ops.h"

namespace tapewire {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMarkName = "tapewire.json";
constexpr std::string_view kLockName = "lock";
constexpr std::string_view kMarkProgram = "\"program\": \"tapewire\"";
constexpr std::string_view kMarkFormat = "\"format\": ";
constexpr std::size_t kMarkBytesMax = 4096;

std::string mark_text() {
  return fmt::format("{{{}, {}{}}}\n", kMarkProgram, kMarkFormat, kDataFormat);
}

Status check_mark(const fs::path& data_dir, std::string_view text) {
  const auto foreign = [&] {
    return fail(ErrorCode::invalid_data,
                fmt::format("{} is not a tapewire data directory: its {} is not ours",
                            data_dir.string(), kMarkName));
  };
  const std::size_t at = text.find(kMarkFormat);
  if (text.find(kMarkProgram) == std::string_view::npos || at == std::string_view::npos) {
    return foreign();
  }
  const char* digits = text.data() + at + kMarkFormat.size();
  int format = 0;
  if (std::from_chars(digits, text.data() + text.size(), format).ec != std::errc()) {
    return foreign();
  }
  if (format == kDataFormat) return {};
  return fail(ErrorCode::invalid_data,
              fmt::format("{} has data format {}, this program reads format {}: use the version of "
                          "tapewire that wrote it, or another directory",
                          data_dir.string(), format, kDataFormat));
}

// Only the lock, and a mark that a crash left unfinished, may stand in a directory without a mark.
Result<std::string> first_foreign_entry(const fs::path& data_dir) {
  std::error_code error;
  for (fs::directory_iterator at(data_dir, error), end; !error && at != end; at.increment(error)) {
    std::string name = at->path().filename().string();
    if (name != kLockName && name != fmt::format("{}.new", kMarkName)) return name;
  }
  if (error) return fail_errno("list", data_dir.string(), error.value());
  return std::string();
}

Status write_mark(const fs::path& data_dir) {
  const fs::path draft = data_dir / fmt::format("{}.new", kMarkName);
  TRY(write_file_synced(draft, mark_text()));
  const fs::path mark = data_dir / kMarkName;
  if (::rename(draft.c_str(), mark.c_str()) != 0) {
    return fail_errno("write", mark.string(), errno);
  }
  return sync_directory(data_dir);
}

// The process id in the lock file, "?" when it has not been written yet.
std::string owner_of(int fd) {
  char text[32];
  const ssize_t size = ::pread(fd, text, sizeof(text), 0);
  std::string pid(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!pid.empty() && std::isspace(static_cast<unsigned char>(pid.back())) != 0) pid.pop_back();
  return pid.empty() ? "?" : pid;
}

}  // namespace

Status check_data_dir(const fs::path& data_dir) {
  std::error_code error;
  if (!fs::is_directory(data_dir, error)) {
    return fail(ErrorCode::not_found,
                fmt::format("there is no data directory {}", data_dir.string()));
  }
  auto text = read_file(data_dir / kMarkName, kMarkBytesMax);
  if (text) return check_mark(data_dir, *text);
  if (text.error().code != ErrorCode::not_found) return std::unexpected(text.error());
  return fail(ErrorCode::not_found, fmt::format("{} is not a tapewire data directory: it has no {}",
                                                data_dir.string(), kMarkName));
}

Result<DataLock> DataLock::take(const fs::path& data_dir) {
  std::error_code error;
  if (!fs::is_directory(data_dir, error)) {
    fs::create_directories(data_dir, error);
    if (error) return fail_errno("make the data directory", data_dir.string(), error.value());
    TRY(sync_directory(data_dir.has_parent_path() ? data_dir.parent_path() : fs::path(".")));
  }
  // Before the lock file is made, so that a foreign directory is left as it was.
  const auto marked = check_data_dir(data_dir);
  if (!marked) {
    if (marked.error().code != ErrorCode::not_found) return std::unexpected(marked.error());
    TRY_ASSIGN(const std::string foreign, first_foreign_entry(data_dir));
    if (!foreign.empty()) {
      return fail(
          ErrorCode::invalid_data,
          fmt::format("{} is not a tapewire data directory: it holds '{}' but no {}; choose an "
                      "empty directory",
                      data_dir.string(), foreign, kMarkName));
    }
  }
  const fs::path path = data_dir / kLockName;
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return fail_errno("write in the data directory: opening", path.string(), errno);
  DataLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail_errno("lock", path.string(), errno);
    return fail(ErrorCode::in_use,
                fmt::format("{} is in use by another tapewire, process {}", data_dir.string(),
                            owner_of(fd)),
                true);
  }
  const std::string pid = fmt::format("{}\n", ::getpid());
  errno = EIO;  // stays when only a part is written
  if (::ftruncate(fd, 0) != 0 ||
      ::pwrite(fd, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return fail_errno("write", path.string(), errno);
  }
  if (!marked) TRY(write_mark(data_dir));
  return lock;
}

DataLock::DataLock(DataLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

DataLock& DataLock::operator=(DataLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

DataLock::~DataLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace tapewire
