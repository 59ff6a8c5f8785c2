// SPDX-License-Identifier: Apache-2.0
#include "eventlog/memory/memory_log.h"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>

#include "eventlog/merged_read.h"
#include "eventlog/record_envelope.h"

namespace tapewire {
namespace {

const SystemClock kSystemClock;

Status check_topic(Topic topic) {
  if (static_cast<std::size_t>(topic) < kTopics.size()) return {};
  return fail(ErrorCode::invalid_argument,
              fmt::format("there is no topic number {}", static_cast<int>(topic)));
}

}  // namespace

class MemoryLog::Cursor {
 public:
  Cursor(const Shelf& shelf, Offset from) : shelf_(&shelf) {
    next_ = std::max(from, shelf.info.first_offset);
  }
  [[nodiscard]] bool at_end() const { return at_end_; }
  [[nodiscard]] const RecordView& record() const { return record_; }
  Status advance() {
    at_end_ = next_ >= shelf_->info.end_offset;
    if (at_end_) return {};
    const std::string& value = shelf_->records[next_ - shelf_->info.first_offset];
    if (const char* fault = decode_record(shelf_->info.topic, next_, value, record_)) {
      return fail(ErrorCode::corrupt, fmt::format("topic {} offset {}: {}",
                                                  to_string(shelf_->info.topic), next_, fault));
    }
    ++next_;
    return {};
  }

 private:
  const Shelf* shelf_;
  Offset next_;
  bool at_end_ = true;
  RecordView record_;
};

MemoryLog::MemoryLog(const Clock* clock) : clock_(clock != nullptr ? *clock : kSystemClock) {
  for (std::size_t i = 0; i < kTopics.size(); ++i) shelves_[i].info.topic = kTopics[i];
}

Result<Sequence> MemoryLog::commit(const AppendBatch& batch) {
  TRY(check_batch(batch));
  const std::lock_guard lock(mutex_);
  const Timestamp now = clock_.now();
  for (const AppendBatch::Entry& entry : batch.entries()) {
    Shelf& shelf = shelves_[static_cast<std::size_t>(entry.topic)];
    const RecordView record = record_of(batch, entry, shelf.info.end_offset, next_sequence_++, now);
    std::string value(encoded_size(record), '\0');
    encode_record(record, value.data());
    ++shelf.info.end_offset;
    ++shelf.info.records;
    shelf.info.bytes += value.size();
    shelf.info.newest_event_time = std::max(shelf.info.newest_event_time, entry.event_time);
    shelf.records.push_back(std::move(value));
  }
  for (const StateWrite& write : batch.state()) {
    if (write.value.empty()) {
      state_.erase(write.key);
    } else {
      state_[write.key] = write.value;
    }
  }
  return next_sequence_;
}

Result<std::size_t> MemoryLog::read(std::span<TopicPosition> from, ReadLimit limit,
                                    const Visitor& visit) {
  const std::shared_lock lock(mutex_);
  std::vector<Cursor> cursors;
  cursors.reserve(from.size());
  for (const TopicPosition& position : from) {
    TRY(check_topic(position.topic));
    cursors.emplace_back(shelves_[static_cast<std::size_t>(position.topic)], position.offset);
    TRY(cursors.back().advance());
  }
  return read_merged(from, std::span(cursors), limit, visit);
}

Result<std::vector<StateWrite>> MemoryLog::state(std::string_view prefix) {
  const std::shared_lock lock(mutex_);
  std::vector<StateWrite> out;
  for (auto at = state_.lower_bound(prefix); at != state_.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    out.push_back({at->first, at->second});
  }
  return out;
}

Result<std::vector<TopicInfo>> MemoryLog::topics() {
  const std::shared_lock lock(mutex_);
  std::vector<TopicInfo> out;
  out.reserve(shelves_.size());
  for (const Shelf& shelf : shelves_) out.push_back(shelf.info);
  return out;
}

Result<std::uint64_t> MemoryLog::trim(const Retention& retention) {
  TRY(check_topic(retention.topic));
  const std::lock_guard lock(mutex_);
  Shelf& shelf = shelves_[static_cast<std::size_t>(retention.topic)];
  std::uint64_t removed = 0;
  while (!shelf.records.empty() && shelf.info.first_offset < retention.keep_from) {
    RecordView record;
    const std::string& value = shelf.records.front();
    if (const char* fault =
            decode_record(retention.topic, shelf.info.first_offset, value, record)) {
      return fail(ErrorCode::corrupt, fault);
    }
    if (record.append_time >= retention.append_time_before &&
        shelf.info.bytes <= retention.bytes_max) {
      break;
    }
    shelf.info.bytes -= value.size();
    --shelf.info.records;
    ++shelf.info.first_offset;
    shelf.records.pop_front();
    ++removed;
  }
  return removed;
}

}  // namespace tapewire
