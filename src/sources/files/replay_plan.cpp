// SPDX-License-Identifier: Apache-2.0
#include "sources/files/replay_plan.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/digest.h"
#include "sources/shown_text.h"

namespace tapewire {
namespace {

constexpr std::string_view kRunPrefix = "files/run/";

// The value of `key` in "a=1;b=2".
std::string_view value_of(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::size_t semicolon = text.find(';');
    const std::string_view part = text.substr(0, semicolon);
    text = semicolon == std::string_view::npos ? std::string_view{} : text.substr(semicolon + 1);
    if (part.size() > key.size() && part.starts_with(key) && part[key.size()] == '=')
      return part.substr(key.size() + 1);
  }
  return {};
}

template <class T>
bool read_number(std::string_view text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

Result<std::string> digest_of(const InputFile& file,
                              const std::function<bool(std::uint64_t)>& advance) {
  const int fd = ::open(file.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail_errno("cannot open", file.path, errno);
  Sha256 digest;
  std::string buffer(1 << 20, '\0');
  while (true) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int error = errno;
      ::close(fd);
      return fail_errno("cannot read", file.path, error);
    }
    if (got == 0) break;
    digest.update({buffer.data(), static_cast<std::size_t>(got)});
    if (advance && !advance(static_cast<std::uint64_t>(got))) {
      ::close(fd);
      return fail(ErrorCode::cancelled, "stopped while the files were read for the first time");
    }
  }
  ::close(fd);
  return digest.hex();
}

Status find_all(const RecordedFilesOptions& options, std::vector<InputFile>& out) {
  const auto find = [&](const std::vector<std::string>& paths, FileKind kind) -> Status {
    TRY_ASSIGN(std::vector<InputFile> files, find_input_files(paths, kind, options.width));
    out.insert(out.end(), std::make_move_iterator(files.begin()),
               std::make_move_iterator(files.end()));
    return {};
  };
  TRY(find(options.bars, FileKind::bars));
  TRY(find(options.trades, FileKind::trades));
  TRY(find(options.quotes, FileKind::quotes));
  TRY(find(options.news, FileKind::news));
  if (out.empty()) {
    return fail(ErrorCode::invalid_argument,
                "nothing to replay: name files or folders of bars, trades, quotes or news");
  }
  return {};
}

Status add_file(InputFile file, const std::function<bool(std::uint64_t)>& advance,
                std::map<std::string, std::size_t>& known, std::vector<PlannedFile>& files) {
  PlannedFile planned;
  TRY_ASSIGN(planned.identity, identify_file(file.path));
  file.bytes = planned.identity.bytes;
  TRY_ASSIGN(const std::string digest, digest_of(file, advance));
  planned.name = fmt::format("{}/{}/{}", digest, to_string(file.kind),
                             file.kind == FileKind::bars ? to_string(file.width) : "-");
  planned.file = std::move(file);
  const auto [at, inserted] = known.try_emplace(planned.name, files.size());
  if (inserted) {
    files.push_back(std::move(planned));
  } else {
    ++files[at->second].copies;
  }
  return {};
}

Status apply_state(const ReadState& state, ReplayPlan& plan) {
  TRY_ASSIGN(const std::vector<StateWrite> entries, state(kFilesPrefix));
  std::map<std::string, std::string, std::less<>> by_key;
  std::map<RunId, std::string> open_runs;
  for (const StateWrite& entry : entries) {
    RunId run = 0;
    if (entry.key.starts_with(kRunPrefix)) {
      if (!read_number(std::string_view(entry.key).substr(kRunPrefix.size()), run)) {
        return fail(ErrorCode::corrupt, fmt::format("the state entry {} names no run", entry.key));
      }
      open_runs.emplace(run, entry.value);
    } else {
      by_key.emplace(entry.key, entry.value);
    }
  }
  const std::string names = joined_names(plan.files);
  for (const auto& [run, files] : open_runs) {
    if (files == names) plan.open_run = run;
  }
  plan.all_done = true;
  for (PlannedFile& file : plan.files) {
    const auto at = by_key.find(file_state_key(file.name));
    if (at != by_key.end()) {
      const Result<FilePosition> position = parse_file_position(at->second);
      if (!position)
        return fail(ErrorCode::corrupt, fmt::format("{}: {}", at->first, position.error().message));
      file.position = *position;
    }
    if (file.position && file.position->done) continue;
    plan.all_done = false;
    if (!file.position || file.position->run == plan.open_run) continue;
    if (open_runs.contains(file.position->run)) plan.abandoned.push_back(file.position->run);
    file.position.reset();
  }
  std::ranges::sort(plan.abandoned);
  const auto repeated = std::ranges::unique(plan.abandoned);
  plan.abandoned.erase(repeated.begin(), repeated.end());
  return {};
}

}  // namespace

std::string to_text(const FilePosition& position) {
  return fmt::format("run={};rows={};total={};done={}", position.run, position.rows,
                     position.total ? std::to_string(*position.total) : "?", position.done ? 1 : 0);
}

Result<FilePosition> parse_file_position(std::string_view text) {
  FilePosition out;
  const std::string_view total = value_of(text, "total");
  const std::string_view done = value_of(text, "done");
  std::uint64_t rows = 0;
  bool ok = read_number(value_of(text, "run"), out.run) &&
            read_number(value_of(text, "rows"), out.rows) && (done == "0" || done == "1");
  if (ok && total != "?") {
    ok = read_number(total, rows);
    out.total = rows;
  }
  out.done = done == "1";
  if (!ok || (out.done && !out.total)) {
    return fail(ErrorCode::corrupt, fmt::format("{} is not a file position", shown(text)));
  }
  return out;
}

Result<FileIdentity> identify_file(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return fail_errno("cannot open", path, errno);
  return FileIdentity{static_cast<std::uint64_t>(status.st_size),
                      std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec,
                      static_cast<std::uint64_t>(status.st_ino)};
}

std::string file_state_key(std::string_view name) { return std::string(kFilesPrefix).append(name); }
std::string run_state_key(RunId run) { return std::string(kRunPrefix) + std::to_string(run); }

std::string joined_names(const std::vector<PlannedFile>& files) {
  std::vector<std::string_view> names;
  for (const PlannedFile& file : files) names.push_back(file.name);
  std::ranges::sort(names);
  return fmt::format("{}", fmt::join(names, " "));
}

Result<ReplayPlan> plan_replay(const RecordedFilesOptions& options, const ReadState& state,
                               const std::function<bool(std::uint64_t)>& advance) {
  std::vector<InputFile> found;
  TRY(find_all(options, found));
  // Headers first: they are quick to read, and a wrong one refuses the whole replay.
  for (const InputFile& file : found) TRY(RowReader::open(file, {}));
  std::map<std::string, std::size_t> known;
  ReplayPlan plan;
  for (InputFile& file : found) TRY(add_file(std::move(file), advance, known, plan.files));
  for (const PlannedFile& file : plan.files) plan.bytes += file.file.bytes;
  TRY(apply_state(state, plan));
  return plan;
}

}  // namespace tapewire
