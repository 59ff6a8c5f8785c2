// SPDX-License-Identifier: Apache-2.0
#include "sources/files/followed_files.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/digest.h"
#include "sources/files/followed_file.h"
#include "sources/shown_text.h"

namespace tapewire {
namespace {
constexpr std::string_view kPrefix = "followed/";
}  // namespace

struct FollowedFiles::File {
  FollowedFile file;
  std::string key;
  FollowedPosition written;
};

FollowedFiles::FollowedFiles(FollowedFilesOptions options, const Clock& clock)
    : options_(std::move(options)), clock_(clock) {}
FollowedFiles::~FollowedFiles() = default;

Result<std::unique_ptr<FollowedFiles>> FollowedFiles::open(FollowedFilesOptions options,
                                                           const Clock& clock,
                                                           const ReadState& state) {
  std::unique_ptr<FollowedFiles> out(new FollowedFiles(std::move(options), clock));
  TRY_ASSIGN(std::vector<StateWrite> entries, state(kPrefix));
  for (StateWrite& entry : entries)
    out->positions_.emplace(std::move(entry.key), std::move(entry.value));
  for (const std::string& path : out->options_.bars) TRY(out->add_path(path, FileKind::bars));
  for (const std::string& path : out->options_.trades) TRY(out->add_path(path, FileKind::trades));
  for (const std::string& path : out->options_.quotes) TRY(out->add_path(path, FileKind::quotes));
  for (const std::string& path : out->options_.news) TRY(out->add_path(path, FileKind::news));
  return out;
}

Status FollowedFiles::add_path(const std::string& path, FileKind kind) {
  std::error_code ignored;
  std::optional<InputFile> file = recognise_file(path, kind);
  if (!file || std::filesystem::is_directory(path, ignored)) {
    if (std::filesystem::is_regular_file(path, ignored)) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("cannot follow {} as {}: expected a plain {} file", path,
                              to_string(kind), kind == FileKind::news ? ".ndjson" : ".csv"));
    }
    folders_.push_back({path, kind});
    return {};
  }
  const FileFormat format = kind == FileKind::news ? FileFormat::ndjson : FileFormat::csv;
  if (file->compressed || file->format != format) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("cannot follow {}: only plain {} files grow line by line", path,
                            kind == FileKind::news ? ".ndjson" : ".csv"));
  }
  const std::optional<Width> named = width_of_path(path);
  if (kind == FileKind::bars && !named && !options_.width) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("cannot tell the width of the bars in {}: put it below a folder named "
                            "minute_aggs_v1, day_aggs_v1 or second_aggs_v1, or state the width",
                            path));
  }
  file->width = named ? *named : options_.width.value_or(Width::m1);
  add_file(*file);
  return {};
}

void FollowedFiles::add_file(const InputFile& file) {
  const std::string_view width =
      file.kind == FileKind::bars ? to_string(file.width) : std::string_view("-");
  const std::string named = fmt::format("{}/{}/{}", to_string(file.kind), width, file.path);
  std::string key = std::string(kPrefix) + sha256_hex(named).substr(0, 32);
  FollowedPosition position;
  if (const auto at = positions_.find(key); at != positions_.end()) {
    position = parse_followed_position(at->second).value_or(FollowedPosition{});
  }
  files_.push_back(std::unique_ptr<File>(new File{{file, position}, std::move(key), position}));
}

void FollowedFiles::say(const std::string& path, std::string text) {
  std::string& newest = said_[path];
  if (newest == text) return;
  newest = text;
  if (options_.notice) options_.notice(std::move(text));
}

void FollowedFiles::scan_folders() {
  for (const Folder& folder : folders_) {
    std::error_code ignored;
    if (!std::filesystem::exists(folder.path, ignored)) {
      say(folder.path, fmt::format("{} is not there yet", folder.path));
      continue;
    }
    const Result<std::vector<std::string>> found = files_in_folder(folder.path, folder.kind);
    if (!found) {
      say(folder.path, found.error().message);
      continue;
    }
    for (const std::string& path : *found) {
      const bool known = std::ranges::any_of(files_, [&](const std::unique_ptr<File>& one) {
        return one->file.file().kind == folder.kind && one->file.file().path == path;
      });
      if (known || said_.contains(path)) continue;
      if (const Status added = add_path(path, folder.kind); !added)
        say(path, added.error().message);
    }
  }
}

void FollowedFiles::wait(Duration patience, std::stop_token stop) {
  if (patience.ns <= 0) return;
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, std::chrono::nanoseconds(patience.ns), [] { return false; });
}

// Reads files in turns until the batch is full or all had theirs, so that a fast writer does not
// hold up the others.
void FollowedFiles::read_round(std::stop_token stop) {
  if (turn_ == 0) {
    scan_folders();
    more_ = false;
  }
  std::vector<std::string> unknown;
  for (; turn_ < files_.size() && rows_.size() < options_.batch_rows && !stop.stop_requested();
       ++turn_) {
    File& one = *files_[turn_];
    const InputFile& file = one.file.file();
    const Result<bool> read = one.file.read(rows_, options_.batch_rows - rows_.size(), unknown);
    if (!read) say(file.path, read.error().message);
    more_ = more_ || (read && *read);
    for (const std::string& name : unknown) {
      say(fmt::format("column {}", name),
          fmt::format("{}: the column {} is not known and is ignored", to_string(file.kind),
                      shown(name)));
    }
    unknown.clear();
    if (one.file.position() == one.written) continue;
    one.written = one.file.position();
    rows_.events.positions.push_back({one.key, to_text(one.written, file.path)});
  }
  if (turn_ >= files_.size()) turn_ = 0;
}

Result<SourceStep> FollowedFiles::next(EventBatch& batch, std::stop_token stop) {
  rows_.clear();
  do {
    read_round(stop);
  } while (rows_.events.empty() && (more_ || turn_ != 0) && !stop.stop_requested());
  const Timestamp now = clock_.now();
  for (EventBatch::Ref& ref : rows_.events.order) ref.receive_time = now;
  for (Rejected& one : rows_.events.rejected) one.receive_time = now;
  for (const std::uint8_t rounded : rows_.rounded) rows_.events.rounded += rounded;
  std::swap(batch, rows_.events);
  if (!batch.empty()) return SourceStep::more;
  wait(options_.poll, stop);
  return SourceStep::idle;
}

}  // namespace tapewire
