// SPDX-License-Identifier: Apache-2.0
// The vocabulary of the tests of recorded files.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sources/files/recorded_files.h"

namespace tapewire::test {

// A folder of its own, removed at the end.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  [[nodiscard]] std::string path(std::string_view name = "") const;
  // Makes the folders above it too; gives the path.
  std::string write(std::string_view name, std::string_view text) const;

 private:
  std::filesystem::path root_;
};

std::string gzipped(std::string_view text);
std::string read_whole(const std::string& path);

// One line that says everything about an event: what is equal here is equal.
std::string described(const EventBatch& batch, const EventBatch::Ref& ref);

// The log's state, kept as ingest keeps it.
class State {
 public:
  std::map<std::string, std::string> entries;
  [[nodiscard]] ReadState reader() const;
  void commit(const EventBatch& batch);
};

struct Played {
  std::vector<std::string> events;
  std::uint64_t duplicate_prices = 0;
  std::uint64_t duplicate_news = 0;
  std::uint64_t rounded = 0;
  std::string error;
  bool finished = false;
  std::vector<DeadLetter> refused;
};

// Plays the files until the end or `batches_max` batches, committing each.
Played play(const RecordedFilesOptions& options, State& state, RunId run,
            std::size_t batches_max = SIZE_MAX);

// ../shared/real, or empty where it is not.
std::string real_data();

}  // namespace tapewire::test
