// SPDX-License-Identifier: Apache-2.0
#include "sources/files/followed_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "base/digest.h"
#include "sources/files/line_reader.h"

namespace tapewire {
namespace {

constexpr std::size_t kReadBytes = 256 << 10;
constexpr std::size_t kHeadBytes = 4096;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool take_number(std::string_view& text, std::string_view name, std::uint64_t& out) {
  if (!text.starts_with(name)) return false;
  text.remove_prefix(name.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end == text.data() + text.size() || *end != ';') return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return true;
}

}  // namespace

std::string to_text(const FollowedPosition& position, std::string_view path) {
  return fmt::format("offset={};lines={};head_bytes={};head={};path={}", position.offset,
                     position.lines, position.head_bytes, position.head, path);
}

std::optional<FollowedPosition> parse_followed_position(std::string_view text) {
  FollowedPosition out;
  if (!take_number(text, "offset=", out.offset) || !take_number(text, "lines=", out.lines) ||
      !take_number(text, "head_bytes=", out.head_bytes) || !text.starts_with("head=")) {
    return std::nullopt;
  }
  out.head = text.substr(5, text.find(';') - 5);
  if (out.head_bytes != std::min<std::uint64_t>(out.offset, kHeadBytes)) return std::nullopt;
  return out;
}

FollowedFile::FollowedFile(InputFile file, FollowedPosition position)
    : file_(std::move(file)), position_(std::move(position)) {}

FollowedFile::~FollowedFile() { close(); }

void FollowedFile::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void FollowedFile::restart() {
  position_ = {};
  pending_.clear();
  kept_.clear();
  skipped_ = 0;
  refused_ = false;
  prices_.reset();
}

Result<std::size_t> FollowedFile::read_at(std::uint64_t offset, char* to, std::size_t bytes) const {
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t got = ::pread(fd_, to + done, bytes - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("cannot read", file_.path, errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Result<bool> FollowedFile::head_matches() {
  if (position_.head_bytes == 0) return true;
  std::string head(position_.head_bytes, '\0');
  TRY_ASSIGN(const std::size_t size, read_at(0, head.data(), head.size()));
  return size == head.size() && sha256_hex(head) == position_.head;
}

Status FollowedFile::note_head() {
  const std::uint64_t bytes = std::min<std::uint64_t>(position_.offset, kHeadBytes);
  if (bytes == position_.head_bytes) return {};
  std::string head(bytes, '\0');
  TRY_ASSIGN(const std::size_t size, read_at(0, head.data(), head.size()));
  head.resize(size);
  position_.head_bytes = bytes;
  position_.head = sha256_hex(head);
  return {};
}

// False: there is no such file now.
Result<bool> FollowedFile::open() {
  if (fd_ >= 0) return true;
  fd_ = ::open(file_.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) {
    if (errno == ENOENT) return false;
    return fail_errno("cannot open", file_.path, errno);
  }
  struct stat status{};
  if (::fstat(fd_, &status) != 0) return fail_errno("cannot open", file_.path, errno);
  inode_ = static_cast<std::uint64_t>(status.st_ino);
  return true;
}

// Restarts when the bytes read are no longer those of the file; true when the path now names
// another file.
Result<bool> FollowedFile::reopen_if_replaced() {
  struct stat here{};
  if (::fstat(fd_, &here) != 0) return fail_errno("cannot read", file_.path, errno);
  TRY_ASSIGN(const bool same_head, head_matches());
  const std::uint64_t read = position_.offset + skipped_ + pending_.size();
  if (!same_head || static_cast<std::uint64_t>(here.st_size) < read) restart();
  struct stat named{};
  if (::stat(file_.path.c_str(), &named) != 0) {
    if (errno == ENOENT) return false;
    return fail_errno("cannot open", file_.path, errno);
  }
  return static_cast<std::uint64_t>(named.st_ino) != inode_;
}

Result<bool> FollowedFile::fill() {
  const std::size_t size = pending_.size();
  pending_.resize(size + kReadBytes);
  const auto got = read_at(position_.offset + skipped_ + size, pending_.data() + size, kReadBytes);
  pending_.resize(size + (got ? *got : 0));
  if (!got) return std::unexpected(got.error());
  return *got > 0;
}

bool FollowedFile::take_header(std::string_view text, std::string& error,
                               std::vector<std::string>& unknown) {
  if (!csv_.split(text)) {
    error = fmt::format("{}: the header line cannot be read: {}", file_.path, csv_.problem());
    return false;
  }
  Result<PriceRows> prices = PriceRows::open(file_, csv_.fields(), unknown);
  if (!prices) {
    error = prices.error().message;
    return false;
  }
  prices_ = *std::move(prices);
  return true;
}

// Reads the header again, for a file that goes on behind it.
Status FollowedFile::restore_header(std::vector<std::string>& unknown) {
  if (file_.kind == FileKind::news || prices_ || position_.offset == 0 || refused_) return {};
  std::string text(std::min<std::uint64_t>(position_.offset, kPayloadBytesMax), '\0');
  TRY_ASSIGN(const std::size_t size, read_at(0, text.data(), text.size()));
  std::string_view line = std::string_view(text).substr(0, std::min(size, text.find('\n')));
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  std::string error;
  refused_ = !take_header(line, error, unknown);
  return {};
}

void FollowedFile::add_line(std::string_view text, RowBatch& out,
                            std::vector<std::string>& unknown) {
  const RowOrigin origin{file_.path, position_.lines, "", text, 0};
  if (refused_ || text.empty()) return;
  if (file_.kind == FileKind::news) {
    news_.parse(text, [&](std::expected<NewsItem, Fault> article, std::string_view original) {
      const RowOrigin element{file_.path, position_.lines, "", original, 0};
      if (!article) {
        out.reject(refused_row(file_.kind, "parse", std::move(article).error(), element));
      } else if (std::optional<Fault> fault = validate_recorded(*article)) {
        out.reject(refused_row(file_.kind, "validate", *std::move(fault), element));
      } else {
        out.add(*std::move(article));
      }
    });
    return;
  }
  if (!prices_) {
    std::string error;
    if (take_header(text, error, unknown)) return;
    refused_ = true;
    out.reject(refused_row(file_.kind, "parse",
                           Fault{"", std::move(error), "a header that names every column needed"},
                           origin));
    return;
  }
  if (csv_.split(text)) {
    prices_->parse(csv_.fields(), origin, out);
  } else {
    Fault fault{"", std::string(csv_.problem()),
                "fields separated by commas, quoted fields closed"};
    out.reject(refused_row(file_.kind, "parse", std::move(fault), origin));
  }
}

// Takes one line out of pending_; false when there is no complete one. `at_last`: what is left is
// the last line.
bool FollowedFile::take_line(RowBatch& out, bool at_last, std::vector<std::string>& unknown) {
  const std::size_t newline = pending_.find('\n');
  const bool ends = newline != std::string::npos;
  if (!ends && !(at_last && pending_.size() + skipped_ > 0)) {
    if (pending_.size() > kLineBytesMax) {
      if (kept_.empty()) kept_ = pending_.substr(0, kPayloadBytesMax);
      skipped_ += pending_.size();
      pending_.clear();
    }
    return false;
  }
  const std::size_t length = ends ? newline : pending_.size();
  std::string_view text = std::string_view(pending_).substr(0, length);
  ++position_.lines;
  if (skipped_ > 0 || length > kLineBytesMax) {
    if (kept_.empty()) kept_ = text.substr(0, kPayloadBytesMax);
    Fault fault{"", fmt::format("the line has {} bytes", skipped_ + length),
                fmt::format("at most {} bytes", kLineBytesMax)};
    if (!refused_)
      out.reject(refused_row(file_.kind, "parse", std::move(fault),
                             {file_.path, position_.lines, "", kept_, skipped_ + length}));
  } else {
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (position_.lines == 1 && text.starts_with(kByteOrderMark))
      text.remove_prefix(kByteOrderMark.size());
    add_line(text, out, unknown);
  }
  position_.offset += skipped_ + length + (ends ? 1 : 0);
  pending_.erase(0, length + (ends ? 1 : 0));
  skipped_ = 0;
  kept_.clear();
  return true;
}

Result<bool> FollowedFile::read(RowBatch& out, std::size_t rows,
                                std::vector<std::string>& unknown_columns) {
  TRY_ASSIGN(const bool there, open());
  if (!there) return false;
  TRY_ASSIGN(const bool replaced, reopen_if_replaced());
  TRY(restore_header(unknown_columns));
  const std::size_t enough = out.size() + rows;
  bool more = true;
  while (out.size() < enough) {
    if (take_line(out, replaced && !more, unknown_columns)) continue;
    if (!more) break;
    TRY_ASSIGN(more, fill());
  }
  TRY(note_head());
  if (out.size() >= enough) return true;
  if (replaced) {
    close();
    restart();
  }
  return replaced;
}

}  // namespace tapewire
