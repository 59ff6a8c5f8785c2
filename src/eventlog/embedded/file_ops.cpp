// SPDX-License-Identifier: Apache-2.0
#include "eventlog/embedded/file_ops.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include <fmt/format.h>

namespace tapewire {

namespace fs = std::filesystem;

FileHandle::FileHandle(FileHandle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileHandle::~FileHandle() {
  if (fd_ >= 0) ::close(fd_);
}

Result<FileHandle> open_for_reading(const fs::path& path) {
  FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.open()) {
    if (errno == ENOENT) {
      return fail(ErrorCode::not_found, fmt::format("there is no file {}", path.string()));
    }
    return fail_errno("open", path.string(), errno);
  }
  return file;
}

Result<std::size_t> file_bytes(const FileHandle& file, const fs::path& path) {
  struct stat status{};
  if (::fstat(file.fd(), &status) != 0) return fail_errno("look at", path.string(), errno);
  return static_cast<std::size_t>(status.st_size);
}

Result<std::string> read_file(const fs::path& path, std::size_t bytes_max) {
  TRY_ASSIGN(const FileHandle file, open_for_reading(path));
  std::string out(bytes_max + 1, '\0');
  std::size_t size = 0;
  while (size < out.size()) {
    const ssize_t got = ::read(file.fd(), out.data() + size, out.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read", path.string(), errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > bytes_max) {
    return fail(ErrorCode::invalid_data,
                fmt::format("{} is larger than {} bytes", path.string(), bytes_max));
  }
  out.resize(size);
  return out;
}

Status write_file_synced(const fs::path& path, std::string_view bytes) {
  const FileHandle file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file.open()) return fail_errno("write", path.string(), errno);
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.fd(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno("write", path.string(), errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.fd()) != 0) return fail_errno("write to disk", path.string(), errno);
  return {};
}

Status sync_directory(const fs::path& dir) {
  const FileHandle file(::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.open()) return fail_errno("open", dir.string(), errno);
  if (::fsync(file.fd()) != 0) return fail_errno("write to disk", dir.string(), errno);
  return {};
}

Result<std::shared_ptr<FileMap>> FileMap::make(const FileHandle& file, std::size_t bytes,
                                               const fs::path& path) {
  void* base = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file.fd(), 0);
  if (base == MAP_FAILED) return fail_errno("map into memory", path.string(), errno);
  return std::make_shared<FileMap>(static_cast<const char*>(base), bytes);
}

FileMap::~FileMap() { ::munmap(const_cast<char*>(base_), bytes_); }

void FileMap::let_go() const {
  // Advice only: what cannot be dropped stays, and nothing depends on it.
  (void)::madvise(const_cast<char*>(base_), bytes_, MADV_DONTNEED);
}

}  // namespace tapewire
