// SPDX-License-Identifier: Apache-2.0
// Does the few file operations whose durability the log promises.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tapewire {

// An open file, closed with the object.
class FileHandle {
 public:
  FileHandle() = default;
  explicit FileHandle(int fd) : fd_(fd) {}
  FileHandle(FileHandle&& other) noexcept;
  FileHandle& operator=(FileHandle&& other) noexcept;
  ~FileHandle();
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

Result<FileHandle> open_for_reading(const std::filesystem::path& path);
Result<std::size_t> file_bytes(const FileHandle& file, const std::filesystem::path& path);
// not_found when there is none; a file of more than `bytes_max` is invalid_data.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max);
Status write_file_synced(const std::filesystem::path& path, std::string_view bytes);
// Makes the names in the directory durable.
Status sync_directory(const std::filesystem::path& dir);

// A file's bytes in memory, read-only; may be longer than the file, whose end the caller minds.
class FileMap {
 public:
  static Result<std::shared_ptr<FileMap>> make(const FileHandle& file, std::size_t bytes,
                                               const std::filesystem::path& path);
  FileMap(const char* base, std::size_t bytes) : base_(base), bytes_(bytes) {}
  FileMap(const FileMap&) = delete;
  FileMap& operator=(const FileMap&) = delete;
  ~FileMap();
  [[nodiscard]] const char* base() const { return base_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  // Gives the pages back to the page cache, so that they do not count as this process's memory;
  // the next look brings them in again.
  void let_go() const;

 private:
  const char* base_;
  std::size_t bytes_;
};

}  // namespace tapewire
