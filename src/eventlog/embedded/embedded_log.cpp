// SPDX-License-Identifier: Apache-2.0
#include "eventlog/embedded/embedded_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "eventlog/embedded/fault_guard.h"
#include "eventlog/embedded/log_creation.h"
#include "eventlog/embedded/log_environment.h"
#include "eventlog/embedded/log_reader.h"
#include "eventlog/embedded/structure_check.h"
#include "eventlog/merged_read.h"
#include "eventlog/record_envelope.h"

namespace tapewire {
namespace {

namespace fs = std::filesystem;

const SystemClock kSystemClock;
constexpr int kWriteAttempts = 64;
constexpr std::size_t kGiveBackBytes = std::size_t{64} << 20;
// A page of LMDB holds this many bytes at least for an entry's header, key and place.
constexpr std::size_t kEntryOverhead = 64;
constexpr std::size_t kBatchOverhead = std::size_t{1} << 20;
constexpr std::uint64_t kTrimPerCommit = 100'000;

MDB_val as_value(std::string_view bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }

}  // namespace

class EmbeddedLog::Impl {
 public:
  Impl(const fs::path& dir, const EmbeddedLogOptions& options, DirectoryClaim claim,
       FileHandle file)
      : options_(options),
        clock_(options.clock != nullptr ? *options.clock : kSystemClock),
        claim_(std::move(claim)),
        file_(std::move(file)),
        environment_(dir),
        reader_(environment_, file_) {}

  Status open();
  Result<Sequence> commit(const AppendBatch& batch);
  Result<std::size_t> read(std::span<TopicPosition> from, ReadLimit limit, const Visitor& visit);
  Result<std::vector<StateWrite>> state(std::string_view prefix);
  Result<std::vector<TopicInfo>> topics();
  Result<std::uint64_t> trim(const Retention& retention);

 private:
  // What one write transaction does; returns 0 or LMDB's error number.
  using Body = std::function<int(LogTransaction&, Catalog&)>;

  Status check_before_writing();
  Status check_while_held(const ReadView& now);
  Status check_topics(std::span<const TopicPosition> positions) const;
  Result<ReadView> view();
  Status write(std::size_t bytes, const Body& body);
  int write_once(const Body& body);
  Status make_room(std::size_t bytes);
  Status recover();
  int append(LogTransaction& txn, const AppendBatch& batch, Catalog& next) const;
  int put_state(LogTransaction& txn, std::span<const StateWrite> writes, Catalog& next) const;
  Result<Offset> trim_end(const Retention& retention, std::uint64_t& bytes);
  template <class T>
  Result<T> damaged(Result<T> result) const;

  const EmbeddedLogOptions options_;
  const Clock& clock_;
  const DirectoryClaim claim_;
  const FileHandle file_;
  LogEnvironment environment_;
  LogReader reader_;
  std::recursive_mutex write_mutex_;     // a view within a write may have to recover
  Catalog committed_;                    // under write_mutex_
  std::optional<MetaImage> torn_mark_;   // under write_mutex_: what a failed commit wrote over
  bool broken_ = false;                  // under write_mutex_
  std::size_t unreturned_bytes_ = 0;     // under write_mutex_
};

// Adds where to turn to an error about damage.
template <class T>
Result<T> EmbeddedLog::Impl::damaged(Result<T> result) const {
  if (!result && result.error().code == ErrorCode::corrupt) {
    result.error().message =
        fmt::format("the event log at {} is damaged: {}; `tapewire verify` can tell more",
                    environment_.name(), result.error().message);
  }
  return result;
}

Status EmbeddedLog::Impl::open() {
  TRY_ASSIGN(const MetaPair pair,
             damaged(read_meta_pair(file_, environment_.data_file(),
                                    static_cast<std::size_t>(::getpagesize()))));
  if (!options_.read_only) TRY(damaged(check_before_writing()));
  const std::size_t used =
      (pair.newest().last_page + 1) * static_cast<std::size_t>(::getpagesize());
  TRY(environment_.open({.read_only = options_.read_only,
                         .sync = options_.sync,
                         .map_bytes = std::max(options_.map_size_initial, used)}));
  TRY_ASSIGN(const ReadView now, view());
  if (options_.read_only) TRY(damaged(check_while_held(now)));
  TRY(damaged(check_state(now.snapshot)));
  committed_ = now.snapshot.catalog;
  return {};
}

// LMDB trusts the pages it changes: look at them before it does.
Status EmbeddedLog::Impl::check_before_writing() {
  const MapFaultScope scope(environment_.name());
  const auto page = static_cast<std::size_t>(::getpagesize());
  TRY_ASSIGN(const MetaPair pair, read_meta_pair(file_, environment_.data_file(), page));
  TRY_ASSIGN(const std::size_t bytes, file_bytes(file_, environment_.data_file()));
  TRY_ASSIGN(const auto map, FileMap::make(file_, bytes, environment_.data_file()));
  const PageImage image{map->base(), page, bytes / page};
  TRY(check_newest(image, pair));
  StructureCheck check;
  check.depth = StructureCheck::Depth::edges;
  const auto findings = check_structure(image, pair.newest(), check);
  if (findings.empty()) return {};
  return fail(ErrorCode::corrupt,
              fmt::format("{}: {}", findings.front().tree, to_text(findings.front().fault, page)));
}

// The same question for a reader, who may stand beside a writer: is this the newest commit?
Status EmbeddedLog::Impl::check_while_held(const ReadView& now) {
  const std::size_t page = now.snapshot.image.page_bytes;
  TRY_ASSIGN(const MetaPair pair, read_meta_pair(file_, environment_.data_file(), page));
  // A writer that went on has checked the marks, and has replaced the one in question.
  if (pair.newest().transaction != now.snapshot.meta.transaction) return {};
  TRY_ASSIGN(const std::size_t bytes, file_bytes(file_, environment_.data_file()));
  TRY_ASSIGN(const auto map, FileMap::make(file_, bytes, environment_.data_file()));
  return check_newest({map->base(), page, bytes / page}, pair);
}

Status EmbeddedLog::Impl::check_topics(std::span<const TopicPosition> positions) const {
  for (const TopicPosition& position : positions) {
    if (static_cast<std::size_t>(position.topic) >= kTopics.size()) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("there is no topic number {}", static_cast<int>(position.topic)));
    }
  }
  return {};
}

Result<ReadView> EmbeddedLog::Impl::view() {
  for (int attempt = 0; attempt < 2; ++attempt) {
    TRY_ASSIGN(auto now, damaged(reader_.view()));
    if (now) return std::move(*now);
    const std::lock_guard lock(write_mutex_);
    TRY(recover());
  }
  return environment_.fail_code("cannot read", MDB_PANIC);
}

Result<std::size_t> EmbeddedLog::Impl::read(std::span<TopicPosition> from, ReadLimit limit,
                                            const Visitor& visit) {
  TRY(check_topics(from));
  const MapFaultScope scope(environment_.name());
  TRY_ASSIGN(const ReadView now, view());
  std::vector<TopicCursor> cursors;
  cursors.reserve(from.size());
  for (const TopicPosition& position : from) {
    cursors.emplace_back(now.snapshot, position.topic, position.offset);
    TRY(damaged(cursors.back().advance()));
  }
  std::size_t bytes = 0;
  auto given = read_merged(from, std::span(cursors), limit, [&](const RecordView& record) {
    bytes += record.payload.size() + record.key.size() + kEntryOverhead;
    return visit(record);
  });
  reader_.looked_at(now, bytes);
  return damaged(std::move(given));
}

Result<std::vector<StateWrite>> EmbeddedLog::Impl::state(std::string_view prefix) {
  const MapFaultScope scope(environment_.name());
  TRY_ASSIGN(const ReadView now, view());
  return damaged(read_state(now.snapshot, prefix));
}

Result<std::vector<TopicInfo>> EmbeddedLog::Impl::topics() {
  const MapFaultScope scope(environment_.name());
  TRY_ASSIGN(const ReadView now, view());
  const auto& topics = now.snapshot.catalog.topics;
  return std::vector<TopicInfo>(topics.begin(), topics.end());
}

Result<Sequence> EmbeddedLog::Impl::commit(const AppendBatch& batch) {
  TRY(check_batch(batch));
  const std::lock_guard lock(write_mutex_);
  if (batch.empty()) return committed_.next_sequence;
  std::size_t bytes = batch.bytes() + batch.size() * kEntryOverhead + kBatchOverhead;
  for (const StateWrite& write : batch.state()) bytes += write.key.size() + write.value.size();
  TRY(write(bytes, [&](LogTransaction& txn, Catalog& next) {
    const int code = append(txn, batch, next);
    return code != 0 ? code : put_state(txn, batch.state(), next);
  }));
  return committed_.next_sequence;
}

int EmbeddedLog::Impl::append(LogTransaction& txn, const AppendBatch& batch, Catalog& next) const {
  std::array<MDB_cursor*, kTopics.size()> cursors{};  // closed with the transaction
  const Timestamp now = clock_.now();
  for (const AppendBatch::Entry& entry : batch.entries()) {
    const auto topic = static_cast<std::size_t>(entry.topic);
    if (cursors[topic] == nullptr) {
      const MDB_dbi tree = environment_.trees().topics[topic];
      if (const int code = mdb_cursor_open(txn.get(), tree, &cursors[topic]); code != 0)
        return code;
    }
    TopicInfo& info = next.topics[topic];
    const RecordView record = record_of(batch, entry, info.end_offset, next.next_sequence, now);
    const std::size_t size = encoded_size(record);
    MDB_val key{sizeof(info.end_offset), &info.end_offset};
    MDB_val value{size, nullptr};
    const int code = mdb_cursor_put(cursors[topic], &key, &value, MDB_APPEND | MDB_RESERVE);
    if (code != 0) return code;
    encode_record(record, static_cast<char*>(value.mv_data));
    ++next.next_sequence;
    ++info.end_offset;
    ++info.records;
    info.bytes += size;
    info.newest_event_time = std::max(info.newest_event_time, entry.event_time);
  }
  return 0;
}

int EmbeddedLog::Impl::put_state(LogTransaction& txn, std::span<const StateWrite> writes,
                                 Catalog& next) const {
  const MDB_dbi tree = environment_.trees().state;
  for (const StateWrite& write : writes) {
    MDB_val key = as_value(write.key);
    MDB_val before;
    int code = mdb_get(txn.get(), tree, &key, &before);
    if (code == 0) {
      --next.state_entries;
      next.state_digest -= state_mark({static_cast<const char*>(before.mv_data), before.mv_size});
    } else if (code != MDB_NOTFOUND) {
      return code;
    }
    const bool existed = code == 0;
    if (write.value.empty()) {
      code = existed ? mdb_del(txn.get(), tree, &key, nullptr) : 0;
    } else {
      const std::string stored = encode_state(write.key, write.value);
      MDB_val value = as_value(stored);
      code = mdb_put(txn.get(), tree, &key, &value, 0);
      ++next.state_entries;
      next.state_digest += state_mark(stored);
    }
    if (code != 0) return code;
  }
  return 0;
}

// One transaction, again with more room or a fresh environment when that is what it lacked.
Status EmbeddedLog::Impl::write(std::size_t bytes, const Body& body) {
  if (options_.read_only) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("the event log at {} is open for reading only", environment_.name()));
  }
  const MapFaultScope scope(environment_.name());
  int code = 0;
  for (int attempt = 0; attempt < kWriteAttempts; ++attempt) {
    if (broken_) TRY(recover());
    code = write_once(body);
    if (code == 0) {
      unreturned_bytes_ += bytes;
      if (unreturned_bytes_ >= kGiveBackBytes) {
        environment_.let_go();
        unreturned_bytes_ = 0;
      }
      return {};
    }
    if (code == MDB_MAP_FULL || code == MDB_MAP_RESIZED) {
      TRY(make_room(bytes));
    } else if (code == MDB_PANIC) {
      broken_ = true;
    } else {
      break;
    }
  }
  // Mended at once where possible, so that readers and a restart find the log as it was; else with the
  // next write, which says why it cannot.
  if (broken_) std::ignore = recover();
  return environment_.fail_code("cannot write to", code);
}

int EmbeddedLog::Impl::write_once(const Body& body) {
  const std::shared_lock guard(environment_.guard());
  LogTransaction txn;
  int code = environment_.begin(false, txn);
  if (code != 0) return code;
  // The catalog in memory must be the one that this transaction builds on.
  if (txn.id() != committed_.transaction + 1) return MDB_BAD_TXN;
  Catalog next = committed_;
  code = body(txn, next);
  if (code == 0) code = environment_.put_catalog(txn, next);
  if (code != 0) return code;
  const auto page = static_cast<std::size_t>(::getpagesize());
  const auto mark_at = static_cast<off_t>((txn.id() & 1) * page + kPageHeaderBytes);
  MetaImage before;
  if (::pread(file_.fd(), &before, sizeof(before), mark_at) != sizeof(before)) return EIO;
  code = txn.commit();
  if (code == 0) {
    committed_ = next;
    return 0;
  }
  MetaImage after;
  if (::pread(file_.fd(), &after, sizeof(after), mark_at) != sizeof(after) ||
      std::memcmp(&before, &after, sizeof(before)) != 0) {
    torn_mark_ = before;
    broken_ = true;
  }
  return code;
}

Status EmbeddedLog::Impl::make_room(std::size_t bytes) {
  const std::size_t now = environment_.map_bytes();
  if (now >= options_.map_size_max) {
    return fail(ErrorCode::no_space,
                fmt::format("the event log at {} has reached its size limit of {} bytes; nothing "
                            "acknowledged is lost",
                            environment_.name(), options_.map_size_max),
                true);
  }
  TRY_ASSIGN(const std::size_t used, file_bytes(file_, environment_.data_file()));
  const std::size_t more = std::max(options_.map_growth, bytes + bytes / 4);
  return environment_.grow_to(std::min(options_.map_size_max, std::max(now, used) + more));
}

// A commit whose mark could not be written leaves a mixed mark behind, and LMDB unwilling: puts the
// old mark back and opens afresh.
Status EmbeddedLog::Impl::recover() {
  if (torn_mark_) {
    // The parity of the commit number says which of the two marks it is.
    const auto page = static_cast<std::size_t>(::getpagesize());
    const auto at = static_cast<off_t>((torn_mark_->transaction & 1) * page + kPageHeaderBytes);
    const std::string path = environment_.data_file().string();
    errno = EIO;  // stays when only a part is written
    if (::pwrite(file_.fd(), &*torn_mark_, sizeof(MetaImage), at) != sizeof(MetaImage) ||
        ::fdatasync(file_.fd()) != 0) {
      return fail_errno("put back the commit mark of", path, errno);
    }
    torn_mark_.reset();
  }
  TRY(environment_.reopen());
  broken_ = false;
  return {};
}

// The offset that trimming goes up to, and the bytes of the records below it.
Result<Offset> EmbeddedLog::Impl::trim_end(const Retention& retention, std::uint64_t& bytes) {
  TRY_ASSIGN(const ReadView now, view());
  const TopicInfo& info = now.snapshot.catalog.of(retention.topic);
  const Offset limit = std::min(retention.keep_from, info.first_offset + kTrimPerCommit);
  TopicCursor cursor(now.snapshot, retention.topic, 0);
  Offset end = info.first_offset;
  for (; end < limit; ++end) {
    TRY(cursor.advance());
    if (cursor.at_end()) break;
    const bool old = cursor.record().append_time < retention.append_time_before;
    if (!old && info.bytes - bytes <= retention.bytes_max) break;
    bytes += cursor.stored_bytes();
  }
  reader_.looked_at(now, bytes);
  return end;
}

Result<std::uint64_t> EmbeddedLog::Impl::trim(const Retention& retention) {
  const TopicPosition position{retention.topic, 0};
  TRY(check_topics({&position, 1}));
  const std::lock_guard lock(write_mutex_);
  const MapFaultScope scope(environment_.name());
  std::uint64_t removed = 0;
  while (true) {
    std::uint64_t bytes = 0;
    TRY_ASSIGN(const Offset end, damaged(trim_end(retention, bytes)));
    const TopicInfo info = committed_.of(retention.topic);
    if (end == info.first_offset) return removed;
    TRY(write(kBatchOverhead, [&](LogTransaction& txn, Catalog& next) {
      MDB_cursor* cursor = nullptr;
      const auto topic = static_cast<std::size_t>(retention.topic);
      int code = mdb_cursor_open(txn.get(), environment_.trees().topics[topic], &cursor);
      MDB_val key;
      for (Offset at = info.first_offset; at < end && code == 0; ++at) {
        code = mdb_cursor_get(cursor, &key, nullptr, MDB_FIRST);
        if (code == 0) code = mdb_cursor_del(cursor, 0);
      }
      TopicInfo& trimmed = next.of(retention.topic);
      trimmed.first_offset = end;
      trimmed.records -= end - info.first_offset;
      trimmed.bytes -= bytes;
      return code;
    }));
    removed += end - info.first_offset;
  }
}

EmbeddedLog::EmbeddedLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EmbeddedLog::~EmbeddedLog() = default;

Result<std::unique_ptr<EmbeddedLog>> EmbeddedLog::open(const fs::path& dir,
                                                       const EmbeddedLogOptions& options) {
  install_map_fault_guard();
  if (!options.read_only) TRY(make_log_directory(dir));
  const fs::path path = dir / kDataFile;
  std::error_code error;
  if (!fs::exists(path, error) && options.read_only) {
    return fail(ErrorCode::not_found, fmt::format("there is no event log at {} yet", dir.string()));
  }
  TRY_ASSIGN(DirectoryClaim claim, DirectoryClaim::take(dir));
  if (!options.read_only) TRY(make_log_file(dir, options.sync));
  const int access = options.read_only ? O_RDONLY : O_RDWR;
  FileHandle file(::open(path.c_str(), access | O_CLOEXEC));
  if (!file.open()) return fail_errno("open the event log", path.string(), errno);
  auto impl = std::make_unique<Impl>(dir, options, std::move(claim), std::move(file));
  TRY(impl->open());
  return std::unique_ptr<EmbeddedLog>(new EmbeddedLog(std::move(impl)));
}

Result<Sequence> EmbeddedLog::commit(const AppendBatch& batch) { return impl_->commit(batch); }

Result<std::size_t> EmbeddedLog::read(std::span<TopicPosition> from, ReadLimit limit,
                                      const Visitor& visit) {
  return impl_->read(from, limit, visit);
}

Result<std::vector<StateWrite>> EmbeddedLog::state(std::string_view prefix) {
  return impl_->state(prefix);
}

Result<std::vector<TopicInfo>> EmbeddedLog::topics() { return impl_->topics(); }

Result<std::uint64_t> EmbeddedLog::trim(const Retention& retention) {
  return impl_->trim(retention);
}

}  // namespace tapewire
