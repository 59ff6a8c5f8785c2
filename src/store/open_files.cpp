// SPDX-License-Identifier: Apache-2.0
#include "store/open_files.h"

#include <map>
#include <mutex>

namespace tapewire {
namespace {

struct Claims {
  std::mutex mutex;
  std::map<std::string, int> readers;  // -1: one writer
};

Claims& claims() {
  static Claims all;
  return all;
}

}  // namespace

Result<OpenFile> OpenFile::claim(const std::filesystem::path& file, bool read_only) {
  std::error_code fault;
  std::filesystem::path canonical = std::filesystem::weakly_canonical(file, fault);
  if (fault) canonical = file;
  Claims& all = claims();
  const std::lock_guard lock(all.mutex);
  int& readers = all.readers[canonical.string()];
  if (readers < 0 || (readers > 0 && !read_only)) {
    return fail(ErrorCode::in_use, file.string() + " is already open in this process");
  }
  readers = read_only ? readers + 1 : -1;
  return OpenFile(canonical.string(), read_only);
}

OpenFile::OpenFile(OpenFile&& other) noexcept
    : name_(std::exchange(other.name_, {})), read_only_(other.read_only_) {}

OpenFile::~OpenFile() {
  if (name_.empty()) return;
  Claims& all = claims();
  const std::lock_guard lock(all.mutex);
  const auto found = all.readers.find(name_);
  if (found == all.readers.end()) return;
  found->second = read_only_ ? found->second - 1 : 0;
  if (found->second <= 0) all.readers.erase(found);
}

}  // namespace tapewire
