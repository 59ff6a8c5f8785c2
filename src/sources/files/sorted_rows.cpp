// SPDX-License-Identifier: Apache-2.0
#include "sources/files/sorted_rows.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "base/check.h"

namespace tapewire {
namespace {

constexpr std::size_t kWriteBytes = 1 << 20;
constexpr std::size_t kReadBytesMax = 256 << 10;
constexpr std::size_t kReadBytesMin = 4 << 10;
// size, time, kind, rounded, sequence, symbol size
constexpr std::size_t kSpillHead = 4 + 8 + 1 + 1 + 8 + 1;

template <class T>
void store(std::string& out, T value) {
  char raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  out.append(raw, sizeof(T));
}

template <class T>
T load(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

}  // namespace

struct SortedRows::SpillFile {
  std::string path;
  int fd = -1;
  std::uint64_t size = 0;

  ~SpillFile() {
    if (fd >= 0) ::close(fd);
  }

  Status open(const std::filesystem::path& folder) {
    path = (folder / "tapewire-sort-XXXXXX").string();
    fd = ::mkstemp(path.data());
    if (fd < 0) return fail_errno("cannot make a temporary file", path, errno);
    ::unlink(path.c_str());
    return {};
  }

  Status write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(size));
      if (written < 0) {
        if (errno == EINTR) continue;
        return fail_errno("cannot write the temporary file for sorting", path, errno);
      }
      size += static_cast<std::uint64_t>(written);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  Status read(std::uint64_t offset, char* to, std::size_t bytes) const {
    while (bytes > 0) {
      const ssize_t got = ::pread(fd, to, bytes, static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail_errno("cannot read the temporary file for sorting", path, errno);
      if (got == 0)
        return fail(ErrorCode::io, "the temporary file for sorting, " + path + ", lost its end");
      to += got;
      offset += static_cast<std::uint64_t>(got);
      bytes -= static_cast<std::size_t>(got);
    }
    return {};
  }
};

// Walks one sorted run: the one in memory, or one in the file.
struct SortedRows::Cursor {
  std::uint64_t begin = 0;  // of the unread part of the run in the file
  std::uint64_t end = 0;
  std::vector<char> buffer;
  std::size_t at = 0;
  std::size_t filled = 0;
  RowOrder order;
  PackedRow row;
  bool done = false;

  Status need(const SpillFile& file, std::size_t bytes) {
    if (filled - at >= bytes) return {};
    std::memmove(buffer.data(), buffer.data() + at, filled - at);
    filled -= at;
    at = 0;
    if (buffer.size() < bytes) buffer.resize(bytes);
    const auto more =
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size() - filled, end - begin));
    TRY(file.read(begin, buffer.data() + filled, more));
    begin += more;
    filled += more;
    return {};
  }

  Status next(const SpillFile& file) {
    if (at == filled && begin == end) {
      done = true;
      return {};
    }
    TRY(need(file, kSpillHead));
    const auto size = load<std::uint32_t>(buffer.data() + at);
    TRY(need(file, size));
    const char* from = buffer.data() + at;
    const auto symbol = static_cast<std::size_t>(static_cast<unsigned char>(from[22]));
    order = {Timestamp{load<std::int64_t>(from + 4)}, static_cast<EventBatch::Kind>(from[12]),
             Symbol(std::string_view(from + kSpillHead, symbol)), load<std::int64_t>(from + 14)};
    row = {static_cast<std::uint8_t>(from[13]),
           {from + kSpillHead + symbol, size - kSpillHead - symbol}};
    at += size;
    return {};
  }
};

SortedRows::SortedRows(MemoryBudget& budget, std::filesystem::path temp_dir)
    : budget_(budget), temp_dir_(std::move(temp_dir)) {}

SortedRows::~SortedRows() { budget_.used -= accounted_; }

std::size_t SortedRows::spilled_runs() const { return cursors_.size(); }

std::size_t SortedRows::share() const {
  const std::size_t others = budget_.used - accounted_;
  const std::size_t left = budget_.limit > others ? budget_.limit - others : 0;
  return std::max(left, budget_.limit / 16);
}

void SortedRows::account() {
  budget_.used -= accounted_;
  accounted_ = run_ ? run_->bytes() : 0;
  budget_.used += accounted_;
}

Status SortedRows::add(const RowBatch& batch) {
  const std::vector<EventBatch::Ref>& order = batch.events.order;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (!run_) run_ = std::make_unique<RowRun>(std::min<std::size_t>(budget_.limit / 64, 1 << 20));
    run_->add(batch.events, order[i], batch.rounded[i]);
    ++rows_;
    if (run_->full() || run_->bytes() > share()) TRY(spill());
  }
  account();
  return {};
}

Status SortedRows::spill() {
  if (!file_) {
    file_ = std::make_unique<SpillFile>();
    TRY(file_->open(temp_dir_));
  }
  run_->sort();
  Cursor cursor;
  cursor.begin = file_->size;
  std::string out;
  out.reserve(kWriteBytes + (64 << 10));
  for (std::size_t i = 0; i < run_->size(); ++i) {
    run_->prefetch(i + 8);
    const RowOrder order = run_->order(i);
    const PackedRow row = run_->row(i);
    const std::string_view symbol = order.symbol.view();
    store(out, static_cast<std::uint32_t>(kSpillHead + symbol.size() + row.payload.size()));
    store(out, order.time.ns);
    out += static_cast<char>(order.kind);
    out += static_cast<char>(row.rounded);
    store(out, order.sequence);
    out += static_cast<char>(symbol.size());
    out += symbol;
    out += row.payload;
    if (out.size() >= kWriteBytes) {
      TRY(file_->write(out));
      out.clear();
    }
  }
  TRY(file_->write(out));
  cursor.end = file_->size;
  cursors_.push_back(std::move(cursor));
  run_.reset();
  account();
  return {};
}

// For the heap, whose top is the greatest: equal rows come from the earlier run first.
bool SortedRows::later(std::size_t a, std::size_t b) const {
  const auto order = cursors_[a].order <=> cursors_[b].order;
  return order != 0 ? order > 0 : a > b;
}

Status SortedRows::finish() {
  if (!file_) {
    if (run_) run_->sort();
    return load_head();
  }
  if (run_) TRY(spill());
  const std::size_t buffer =
      std::clamp(budget_.limit / 4 / cursors_.size(), kReadBytesMin, kReadBytesMax);
  for (std::size_t i = 0; i < cursors_.size(); ++i) {
    cursors_[i].buffer.resize(buffer);
    TRY(cursors_[i].next(*file_));
    heap_.push_back(i);
  }
  std::ranges::make_heap(heap_, [this](std::size_t a, std::size_t b) { return later(a, b); });
  return load_head();
}

Status SortedRows::load_head() {
  if (at_end()) {
    run_.reset();
    account();
    return {};
  }
  if (file_) {
    head_ = cursors_[heap_.front()].order;
  } else {
    run_->prefetch(given_ + 8);
    head_ = run_->order(given_);
  }
  return {};
}

Status SortedRows::advance() {
  ++given_;
  if (file_) {
    const auto compare = [this](std::size_t a, std::size_t b) { return later(a, b); };
    std::ranges::pop_heap(heap_, compare);
    Cursor& cursor = cursors_[heap_.back()];
    TRY(cursor.next(*file_));
    if (cursor.done) {
      heap_.pop_back();
    } else {
      std::ranges::push_heap(heap_, compare);
    }
  }
  return load_head();
}

Status SortedRows::take(Timestamp receive_time, EventBatch& out) {
  CHECK(!at_end());
  TRY(unpack_row(head_, file_ ? cursors_[heap_.front()].row : run_->row(given_), receive_time,
                 out));
  return advance();
}

Status SortedRows::skip() {
  CHECK(!at_end());
  return advance();
}

}  // namespace tapewire
