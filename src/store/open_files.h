// SPDX-License-Identifier: Apache-2.0
// Knows which store files this process has open: the operating system's locks do not keep one process
// from opening a file twice, and closing any second handle would drop the first one's lock.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"

namespace tapewire {

class OpenFile {
 public:
  // `in_use` when this process has the file open, unless both only read.
  static Result<OpenFile> claim(const std::filesystem::path& file, bool read_only);
  OpenFile(OpenFile&& other) noexcept;
  OpenFile& operator=(OpenFile&&) = delete;
  ~OpenFile();

 private:
  OpenFile(std::string name, bool read_only) : name_(std::move(name)), read_only_(read_only) {}
  std::string name_;
  bool read_only_;
};

}  // namespace tapewire
