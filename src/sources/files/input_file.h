// SPDX-License-Identifier: Apache-2.0
// Finds the recorded files that paths and folders name, and tells what each holds.
//
// Order:  sorted by path; folders are searched recursively.
// Errors: a path that is not there, a folder without a matching file, a width that nothing states:
//         by name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/event_batch.h"
#include "model/width.h"

namespace tapewire {

enum class FileKind : std::uint8_t { bars, trades, quotes, news };
std::string_view to_string(FileKind kind);
// The topic of a kind's rows: "stock-prices" or "news-articles".
std::string_view topic_of(FileKind kind);
// The kind of event that a file's good rows become.
EventBatch::Kind event_kind(FileKind kind);

enum class FileFormat : std::uint8_t { csv, parquet, ndjson, json };

struct InputFile {
  std::string path;  // as the user wrote it, or below the folder they wrote
  FileKind kind = FileKind::bars;
  FileFormat format = FileFormat::csv;
  Width width = Width::m1;  // of bars only
  bool compressed = false;  // its name ends in .gz
  std::uint64_t bytes = 0;
};

// What a file's name says of its format; nullopt: nothing that can be read as `kind`.
std::optional<InputFile> recognise_file(const std::filesystem::path& path, FileKind kind);

// The width that the folder names of a path state (minute_aggs_v1 ...).
std::optional<Width> width_of_path(const std::filesystem::path& path);

// The files below a folder that can be read as `kind`; hidden ones and the layouts of other kinds
// are left out.
Result<std::vector<std::string>> files_in_folder(const std::string& folder, FileKind kind);

// `width` is used where no folder name states one, and refused where one states another.
Result<std::vector<InputFile>> find_input_files(std::span<const std::string> paths, FileKind kind,
                                                std::optional<Width> width);

}  // namespace tapewire
