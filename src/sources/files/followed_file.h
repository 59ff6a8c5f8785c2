// SPDX-License-Identifier: Apache-2.0
// Reads the complete lines of one growing file from where it stopped.
//
// Shape:  a line ends at LF; CR before it and a byte order mark at the beginning are dropped.
// Errors: the operating system's, naming the file; a file that is not there has nothing new.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sources/files/csv_line.h"
#include "sources/files/price_rows.h"
#include "sources/files/row_batch.h"
#include "sources/news_json.h"

namespace tapewire {

// How far a followed file has been read, as kept in the log's state.
struct FollowedPosition {
  std::uint64_t offset = 0;      // bytes of complete lines
  std::uint64_t lines = 0;
  std::uint64_t head_bytes = 0;  // that the digest covers: min(offset, 4 KiB)
  std::string head;              // SHA-256 of them
  friend bool operator==(const FollowedPosition&, const FollowedPosition&) = default;
};
std::string to_text(const FollowedPosition& position, std::string_view path);
std::optional<FollowedPosition> parse_followed_position(std::string_view text);

class FollowedFile {
 public:
  FollowedFile(InputFile file, FollowedPosition position);
  ~FollowedFile();
  FollowedFile(const FollowedFile&) = delete;
  FollowedFile& operator=(const FollowedFile&) = delete;

  // Adds up to about `rows` new rows; true when there may be more at once.
  Result<bool> read(RowBatch& out, std::size_t rows, std::vector<std::string>& unknown_columns);
  [[nodiscard]] const InputFile& file() const { return file_; }
  [[nodiscard]] const FollowedPosition& position() const { return position_; }

 private:
  Result<bool> open();
  Result<bool> reopen_if_replaced();
  Result<bool> head_matches();
  Status note_head();
  Status restore_header(std::vector<std::string>& unknown);
  Result<std::size_t> read_at(std::uint64_t offset, char* to, std::size_t bytes) const;
  Result<bool> fill();
  bool take_line(RowBatch& out, bool at_last, std::vector<std::string>& unknown);
  void add_line(std::string_view text, RowBatch& out, std::vector<std::string>& unknown);
  bool take_header(std::string_view text, std::string& error, std::vector<std::string>& unknown);
  void restart();
  void close();

  InputFile file_;
  FollowedPosition position_;
  int fd_ = -1;
  std::uint64_t inode_ = 0;
  std::string pending_;            // bytes from position_.offset on
  std::uint64_t skipped_ = 0;  // bytes of a line that is too long, dropped from pending_'s front
  std::string kept_;  // the beginning of that line
  bool refused_ = false;  // its header is wrong
  std::optional<PriceRows> prices_;
  CsvLine csv_;
  NewsParser news_;
};

}  // namespace tapewire
