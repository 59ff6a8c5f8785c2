// SPDX-License-Identifier: Apache-2.0
// Says what a replay of recorded files has to do, from the files' digests and the positions in the
// log.
//
// State:  files/<sha256>/<kind>/<width> "run=<id>;rows=<n>;total=<n or ?>;done=<0|1>": of the
//         file's rows in sorted order, n have been read in that run. files/run/<id> the names
//         (<sha256>/<kind>/<width>) of the run's set of files, sorted, separated by spaces; there
//         from its first batch to its end.
// Rules:  a file that is done is a duplicate, wherever it comes up again. The same set of files as
//         an unfinished run goes on with that run. A file that another run left unfinished makes
//         that run abandoned, and is read from its first row.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/record.h"
#include "sources/files/input_file.h"
#include "sources/files/row_reader.h"
#include "sources/source.h"

namespace tapewire {

struct RecordedFilesOptions {
  // Files and folders.
  std::vector<std::string> bars;
  std::vector<std::string> trades;
  std::vector<std::string> quotes;
  std::vector<std::string> news;
  std::optional<Width> width;  // of bars whose folder does not state it
  std::size_t memory_bytes = 256 << 20;
  std::string temp_dir;  // empty: the system's
  std::size_t batch_rows = 4096;
  Duration batch_span{
      INT64_MAX};  // of the event times of one batch; small when a replay is played at a speed
  Notice notice;  // called by the thread that plans or reads
};

struct FilePosition {
  RunId run = 0;
  std::uint64_t rows = 0;
  std::optional<std::uint64_t> total;
  bool done = false;
  friend bool operator==(const FilePosition&, const FilePosition&) = default;
};
std::string to_text(const FilePosition& position);
Result<FilePosition> parse_file_position(std::string_view text);

// What a file was when its digest was taken, to notice a change afterwards.
struct FileIdentity {
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;
  std::uint64_t inode = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};
Result<FileIdentity> identify_file(const std::string& path);

struct PlannedFile {
  InputFile file;
  std::string name;  // <sha256>/<kind>/<width>
  FileIdentity identity;
  std::uint32_t copies = 1;  // how often the same bytes were named
  std::optional<FilePosition> position;
};

struct ReplayPlan {
  // Each once, in the order given (a folder's by path): of two rows of one key the later file's counts.
  std::vector<PlannedFile> files;
  std::optional<RunId> open_run;  // the unfinished run to go on with
  std::vector<RunId> abandoned;  // unfinished runs that this replay puts an end to
  bool all_done = false;  // every row is a duplicate
  std::uint64_t bytes = 0;
};

inline constexpr std::string_view kFilesPrefix = "files/";
std::string file_state_key(std::string_view name);
std::string run_state_key(RunId run);
// The value of a run's entry: the names of its files, in an order of their own.
std::string joined_names(const std::vector<PlannedFile>& files);

// Finds the files, checks their headers and takes their digests (reads them whole).
// `advance` is told the bytes read, for a progress bar; it may be empty. False from it:
// `cancelled`.
Result<ReplayPlan> plan_replay(const RecordedFilesOptions& options, const ReadState& state,
                               const std::function<bool(std::uint64_t bytes)>& advance = {});

}  // namespace tapewire
