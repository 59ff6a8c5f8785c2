// SPDX-License-Identifier: Apache-2.0
// Claims a data directory for one writer, and knows whether the directory is ours.
//
// Layout:  DATA/lock holds the writer's process id under an flock; DATA/tapewire.json is the mark.
// Lock:    held while the object lives, and given up by the system however the process ends.
// Errors:  in_use with the first one's process id; invalid_data for a directory of another program or
//          a newer tapewire; io when the directory cannot be made or written.
// Threads: any; the object by one at a time.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace tapewire {

// The layout of DATA; rises when an older program could misread a newer directory.
inline constexpr int kDataFormat = 1;

class DataLock {
 public:
  // Makes the directory and its mark when there is none yet.
  static Result<DataLock> take(const std::filesystem::path& data_dir);
  DataLock(DataLock&& other) noexcept;
  DataLock& operator=(DataLock&& other) noexcept;
  ~DataLock();

 private:
  explicit DataLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

// For readers: that `data_dir` is a data directory of a format this program reads.
Status check_data_dir(const std::filesystem::path& data_dir);

}  // namespace tapewire
