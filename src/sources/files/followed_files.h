// SPDX-License-Identifier: Apache-2.0
// Follows recorded files while another program writes them, and folders as files appear in them.
//
// Shape:    plain CSV (bars, trades, quotes) and NDJSON (news); only complete lines are read.
// Time:     a row is received when it is read, by `clock`.
// Position: per file, the bytes and lines read and a digest of the first of them (at most 4 KiB),
//           under followed/<name>. A file whose beginning is another, or that is shorter than what
//           was read, is a new file. One that was moved away is read to its end first.
// Errors:   an unknown kind of file, or no width, when opened. Later a file whose header is wrong
//           is one refused row and left alone until it is replaced; what the system refuses is said
//           as a notice, once per file.
// Threads:  `next` by one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "sources/files/row_reader.h"
#include "sources/source.h"

namespace tapewire {

struct FollowedFilesOptions {
  // Files and folders; they may appear later.
  std::vector<std::string> bars;
  std::vector<std::string> trades;
  std::vector<std::string> quotes;
  std::vector<std::string> news;
  std::optional<Width> width;  // of bars whose folder does not state it
  Duration poll = milliseconds(200);
  std::size_t batch_rows = 4096;
  Notice notice;  // called by the thread of `next`
};

class FollowedFiles final : public Source {
 public:
  static Result<std::unique_ptr<FollowedFiles>> open(FollowedFilesOptions options,
                                                     const Clock& clock, const ReadState& state);
  ~FollowedFiles() override;
  [[nodiscard]] std::string_view name() const override { return "files"; }
  Result<SourceStep> next(EventBatch& batch, std::stop_token stop) override;

 private:
  struct File;
  FollowedFiles(FollowedFilesOptions options, const Clock& clock);
  Status add_path(const std::string& path, FileKind kind);
  void read_round(std::stop_token stop);
  void scan_folders();
  void add_file(const InputFile& file);
  void say(const std::string& path, std::string text);
  static void wait(Duration patience, std::stop_token stop);

  struct Folder {
    std::string path;
    FileKind kind;
  };
  FollowedFilesOptions options_;
  const Clock& clock_;
  std::vector<Folder> folders_;
  std::vector<std::unique_ptr<File>> files_;
  std::map<std::string, std::string, std::less<>> positions_;  // as found in the log
  std::map<std::string, std::string, std::less<>> said_;  // the newest notice of each path
  RowBatch rows_;
  std::size_t turn_ = 0;  // the file that is next
  bool more_ = false;  // some file of this round had more than fitted
};

}  // namespace tapewire
