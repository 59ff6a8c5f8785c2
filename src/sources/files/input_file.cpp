// SPDX-License-Identifier: Apache-2.0
#include "sources/files/input_file.h"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "model/record.h"

namespace tapewire {
namespace {

namespace fs = std::filesystem;

struct Layout {
  std::string_view folder;
  FileKind kind;
  Width width;
};
constexpr std::array<Layout, 5> kLayouts{{{"second_aggs_v1", FileKind::bars, Width::s1},
                                          {"minute_aggs_v1", FileKind::bars, Width::m1},
                                          {"day_aggs_v1", FileKind::bars, Width::d1},
                                          {"trades_v1", FileKind::trades, Width::m1},
                                          {"quotes_v1", FileKind::quotes, Width::m1}}};

struct Suffix {
  std::string_view text;
  FileFormat format;
  bool compressed;
  bool news;
};
constexpr std::array<Suffix, 9> kSuffixes{{{".csv", FileFormat::csv, false, false},
                                           {".csv.gz", FileFormat::csv, true, false},
                                           {".parquet", FileFormat::parquet, false, false},
                                           {".ndjson", FileFormat::ndjson, false, true},
                                           {".ndjson.gz", FileFormat::ndjson, true, true},
                                           {".jsonl", FileFormat::ndjson, false, true},
                                           {".jsonl.gz", FileFormat::ndjson, true, true},
                                           {".json", FileFormat::json, false, true},
                                           {".json.gz", FileFormat::json, true, true}}};

// What `generate` writes beside the recordings; it holds no articles.
constexpr std::string_view kTruthFile = "truth.json";

std::string suffixes_of(FileKind kind) {
  std::string out;
  for (const Suffix& suffix : kSuffixes) {
    if (suffix.news != (kind == FileKind::news)) continue;
    if (!out.empty()) out += ", ";
    out += suffix.text;
  }
  return out;
}

bool is_folder_of_another_kind(const std::string& name, FileKind kind) {
  return std::ranges::any_of(
      kLayouts, [&](const Layout& layout) { return layout.folder == name && layout.kind != kind; });
}

Status search_folder(const std::string& folder, FileKind kind, std::vector<InputFile>& out) {
  TRY_ASSIGN(const std::vector<std::string> found, files_in_folder(folder, kind));
  if (found.empty()) {
    return fail(ErrorCode::not_found,
                fmt::format("no {} files in the folder {}: expected names ending in {}",
                            to_string(kind), folder, suffixes_of(kind)));
  }
  for (const std::string& path : found) out.push_back(*recognise_file(path, kind));
  return {};
}

Status settle_width(InputFile& file, std::optional<Width> stated) {
  if (file.kind != FileKind::bars) return {};
  const std::optional<Width> named = width_of_path(file.path);
  if (!named && !stated) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format(
            "cannot tell the width of the bars in {}: put it below a folder named minute_aggs_v1, "
            "day_aggs_v1 or second_aggs_v1, or state the width (--width 1m)",
            file.path));
  }
  if (named && stated && *named != *stated) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("the folder of {} says that its bars are {} wide, but the width stated is {}",
                    file.path, to_string(*named), to_string(*stated)));
  }
  file.width = named ? *named : *stated;
  return {};
}

}  // namespace

std::string_view to_string(FileKind kind) {
  switch (kind) {
    case FileKind::bars: return "bars";
    case FileKind::trades: return "trades";
    case FileKind::quotes: return "quotes";
    case FileKind::news: return "news";
  }
  return "";
}

std::string_view topic_of(FileKind kind) {
  return to_string(kind == FileKind::news ? Topic::news_articles : Topic::stock_prices);
}

EventBatch::Kind event_kind(FileKind kind) {
  switch (kind) {
    case FileKind::bars: return EventBatch::Kind::bar;
    case FileKind::trades: return EventBatch::Kind::trade;
    case FileKind::quotes: return EventBatch::Kind::quote;
    case FileKind::news: return EventBatch::Kind::news;
  }
  return EventBatch::Kind::rejected;
}

std::optional<InputFile> recognise_file(const fs::path& path, FileKind kind) {
  const std::string name = path.filename().string();
  for (const Suffix& suffix : kSuffixes) {
    if (suffix.news != (kind == FileKind::news) || !name.ends_with(suffix.text)) continue;
    InputFile file;
    file.path = path.string();
    file.kind = kind;
    file.format = suffix.format;
    file.compressed = suffix.compressed;
    std::error_code ignored;
    const std::uintmax_t bytes = fs::file_size(path, ignored);
    file.bytes = ignored ? 0 : bytes;
    return file;
  }
  return std::nullopt;
}

Result<std::vector<std::string>> files_in_folder(const std::string& folder, FileKind kind) {
  std::error_code error;
  std::vector<std::string> found;
  fs::recursive_directory_iterator at(folder, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    const std::string name = at->path().filename().string();
    std::error_code ignored;
    if (at->is_directory(ignored)) {
      if (name.starts_with('.') || is_folder_of_another_kind(name, kind))
        at.disable_recursion_pending();
      continue;
    }
    if (name.starts_with('.') || name == kTruthFile || !at->is_regular_file(ignored)) continue;
    if (recognise_file(at->path(), kind)) found.push_back(at->path().string());
  }
  if (error) return fail_errno("cannot read the folder", folder, error.value());
  std::ranges::sort(found);
  return found;
}

std::optional<Width> width_of_path(const fs::path& path) {
  std::optional<Width> width;
  for (const fs::path& part : path.parent_path()) {
    for (const Layout& layout : kLayouts) {
      if (layout.kind == FileKind::bars && part == layout.folder) width = layout.width;
    }
  }
  return width;
}

Result<std::vector<InputFile>> find_input_files(std::span<const std::string> paths, FileKind kind,
                                                std::optional<Width> width) {
  std::vector<InputFile> out;
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) {
      return fail(ErrorCode::not_found, fmt::format("there is no file or folder {} (given for {})",
                                                    path, to_string(kind)));
    }
    if (fs::is_directory(status)) {
      TRY(search_folder(path, kind, out));
      continue;
    }
    std::optional<InputFile> file = recognise_file(path, kind);
    if (!file) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("cannot read {} as {}: expected a name ending in {}", path,
                              to_string(kind), suffixes_of(kind)));
    }
    out.push_back(*std::move(file));
  }
  for (InputFile& file : out) TRY(settle_width(file, width));
  return out;
}

}  // namespace tapewire
