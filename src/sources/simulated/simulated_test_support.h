// SPDX-License-Identifier: Apache-2.0
// Gives the simulated market's tests a directory of their own and short options.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

#include "sources/simulated/market.h"

namespace tapewire::simulated {

class TempDir {
 public:
  explicit TempDir(const std::string& name)
      : path_(std::filesystem::temp_directory_path() /
              ("tapewire-" + name + "-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(path_);
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline MarketOptions options(std::size_t symbols, std::string_view start, std::uint64_t seed = 7) {
  return {seed, symbols, *parse_trading_date(start)};
}

}  // namespace tapewire::simulated
