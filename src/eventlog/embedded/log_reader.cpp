// SPDX-License-Identifier: Apache-2.0
#include "eventlog/embedded/log_reader.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "eventlog/record_envelope.h"

namespace tapewire {
namespace {

using Step = TreeCursor::Step;

constexpr std::size_t kGiveBackBytes = std::size_t{64} << 20;
constexpr int kViewAttempts = 100;

std::size_t page_bytes() {
  static const auto bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

}  // namespace

Result<std::shared_ptr<FileMap>> LogReader::map_up_to(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (bytes > file_bytes_) {
    TRY_ASSIGN(file_bytes_, file_bytes(file_, environment_.data_file()));
    if (bytes > file_bytes_) {
      return fail(ErrorCode::corrupt,
                  fmt::format("{} has only {} of {} bytes", kDataFile, file_bytes_, bytes));
    }
  }
  if (map_ == nullptr || map_->bytes() < bytes) {
    // One page more than LMDB's own map, which is told apart by its length.
    const std::size_t room = std::max(environment_.map_bytes(), bytes * 2) + page_bytes();
    TRY_ASSIGN(map_, FileMap::make(file_, room, environment_.data_file()));
  }
  return map_;
}

// The commit mark of `transaction`; `overtaken` when two later commits have already replaced it.
Result<MetaImage> LogReader::mark_of(const FileMap& map, std::uint64_t transaction,
                                     bool& overtaken) const {
  const PageNumber number = transaction & 1;
  const char* at = map.base() + number * page_bytes();
  MetaImage first;
  MetaImage second;
  constexpr PageNumber kAnyPages = PageNumber{1} << 47;
  const char* fault = read_meta(at, number, page_bytes(), kAnyPages, first);
  std::atomic_thread_fence(std::memory_order_acquire);
  const char* fault_again = read_meta(at, number, page_bytes(), kAnyPages, second);
  overtaken = std::memcmp(&first, &second, sizeof(first)) != 0 || first.transaction != transaction;
  if (overtaken) return first;
  if (fault != nullptr || fault_again != nullptr) {
    return fail_page({number, fault != nullptr ? fault : fault_again}, page_bytes());
  }
  return first;
}

Result<std::optional<HeldCommit>> LogReader::hold() {
  for (int attempt = 0; attempt < kViewAttempts; ++attempt) {
    HeldCommit held;
    held.guard = std::shared_lock(environment_.guard());
    const int code = environment_.begin(true, held.txn);
    if (code == MDB_PANIC) return std::optional<HeldCommit>();
    if (code == MDB_MAP_RESIZED) {
      held.guard.unlock();
      TRY_ASSIGN(const std::size_t bytes, file_bytes(file_, environment_.data_file()));
      TRY(environment_.grow_to(std::max(bytes, environment_.map_bytes()) * 2));
      continue;
    }
    if (code != 0) return environment_.fail_code("cannot read", code);
    TRY_ASSIGN(held.map, map_up_to(kMetaPages * page_bytes()));
    bool overtaken = false;
    TRY_ASSIGN(held.meta, mark_of(*held.map, held.txn.id(), overtaken));
    if (overtaken) continue;
    TRY_ASSIGN(held.map, map_up_to((held.meta.last_page + 1) * page_bytes()));
    held.image = {held.map->base(), page_bytes(), held.meta.last_page + 1};
    return std::optional(std::move(held));
  }
  return fail(ErrorCode::corrupt, "the commit mark is not that of the newest commit");
}

Result<std::optional<ReadView>> LogReader::view() {
  TRY_ASSIGN(auto held, hold());
  if (!held) return std::optional<ReadView>();
  TRY_ASSIGN(const LogSnapshot snapshot, LogSnapshot::find(held->image, held->meta));
  return std::optional(ReadView{std::move(*held), snapshot});
}

void LogReader::looked_at(const ReadView& view, std::size_t bytes) {
  if (unreturned_bytes_.fetch_add(bytes) + bytes < kGiveBackBytes) return;
  unreturned_bytes_ = 0;
  view.commit.map->let_go();
}

TopicCursor::TopicCursor(const LogSnapshot& snapshot, Topic topic, Offset from)
    : snapshot_(snapshot),
      info_(snapshot.catalog.of(topic)),
      tree_(snapshot.image, snapshot.topic_trees[static_cast<std::size_t>(topic)]),
      next_(std::max(from, info_.first_offset)) {}

std::unexpected<Error> TopicCursor::fail_at(const PageFault& fault) const {
  return fail(ErrorCode::corrupt, fmt::format("topic {} offset {}: {}", to_string(info_.topic),
                                              next_, to_text(fault, snapshot_.image.page_bytes)));
}

Status TopicCursor::advance() {
  at_end_ = next_ >= info_.end_offset;
  if (at_end_) return {};
  const Step step = started_ ? tree_.next() : tree_.seek(next_);
  started_ = true;
  if (step == Step::damaged) return fail_at(tree_.fault());
  if (step == Step::end || tree_.integer_key() != next_) {
    const PageNumber page = step == Step::end ? kNoPage : tree_.page();
    return fail_at({page, "the record is not where it should be"});
  }
  if (const char* fault = decode_record(info_.topic, next_, tree_.value(), record_)) {
    return fail_at({tree_.page(), fault});
  }
  ++next_;
  return {};
}

Result<std::vector<StateWrite>> read_state(const LogSnapshot& snapshot, std::string_view prefix) {
  // Reading all of it can also tell when something is missing.
  if (prefix.empty()) TRY(check_state(snapshot));
  std::vector<StateWrite> out;
  TreeCursor cursor(snapshot.image, snapshot.state_tree);
  Step step = prefix.empty() ? cursor.first() : cursor.seek(prefix);
  for (; step == Step::entry && cursor.key().starts_with(prefix); step = cursor.next()) {
    std::string_view value;
    if (const char* fault = decode_state(cursor.key(), cursor.value(), value)) {
      return fail_page({cursor.page(), fault}, snapshot.image.page_bytes);
    }
    out.push_back({std::string(cursor.key()), std::string(value)});
  }
  if (step == Step::damaged) return fail_page(cursor.fault(), snapshot.image.page_bytes);
  return out;
}

}  // namespace tapewire
