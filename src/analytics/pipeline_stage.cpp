// SPDX-License-Identifier: Apache-2.0
#include "analytics/pipeline_stage.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "model/codec.h"

namespace tapewire {
namespace {

constexpr std::string_view kPositionPrefix = "pipeline/position/";
constexpr std::string_view kSnapshotKey = "pipeline/snapshot";
// A state this small is written without thinking twice, once this many records were applied.
constexpr std::uint64_t kSmallState = 20'000;
constexpr std::uint64_t kRecordsPerSmallSnapshot = 200'000;
constexpr std::size_t kRunsPublished = 64;

std::string position_key(Topic topic) {
  return std::string(kPositionPrefix) + std::string(to_string(topic));
}

std::string chunk_key(std::uint64_t number, std::size_t chunk) {
  return fmt::format("pipeline/snapshot/{}/{:06}", number, chunk);
}

std::unexpected<Error> damaged(std::string_view what) {
  return fail(ErrorCode::corrupt,
              fmt::format("the pipeline's {} in the log's state is damaged", what));
}

}  // namespace

PipelineStage::PipelineStage(EventLog& log, const PipelineOptions& options,
                             PipelineStageLimits limits)
    : log_(log),
      options_(options),
      limits_(limits),
      pipeline_(options),
      positions_(at_the_beginning()),
      snapshot_positions_(at_the_beginning()),
      published_positions_(at_the_beginning()),
      published_needed_(at_the_beginning()) {}

PipelineStage::Positions PipelineStage::at_the_beginning() {
  Positions out;
  for (std::size_t i = 0; i < kInputs.size(); ++i) out[i] = {kInputs[i], 0};
  return out;
}

Result<PipelineStage::Positions> PipelineStage::committed_positions() {
  Positions out = at_the_beginning();
  TRY_ASSIGN(const auto entries, log_.state(kPositionPrefix));
  for (const StateWrite& entry : entries) {
    for (TopicPosition& position : out) {
      if (entry.key != position_key(position.topic)) continue;
      ByteReader in(entry.value);
      position.offset = in.fixed<Offset>();
      if (!in.ok() || !in.done()) return damaged("position");
    }
  }
  return out;
}

// State: "pipeline/snapshot" names number, chunks, size, CRC and positions of the newest;
// "pipeline/snapshot/<number>/<chunk>" are its bytes.
Status PipelineStage::restore_snapshot() {
  pipeline_ = Pipeline(options_);
  positions_ = snapshot_positions_ = at_the_beginning();
  snapshot_number_ = 0;
  snapshot_chunks_ = 0;
  since_snapshot_ = 0;
  TRY_ASSIGN(const auto entries, log_.state(kSnapshotKey));
  const auto head = std::find_if(entries.begin(), entries.end(),
                                 [](const StateWrite& e) { return e.key == kSnapshotKey; });
  if (head == entries.end()) return {};
  ByteReader in(head->value);
  const auto number = in.fixed<std::uint64_t>();
  const auto chunks = in.fixed<std::uint64_t>();
  const auto size = in.fixed<std::uint64_t>();
  const auto crc = in.fixed<std::uint32_t>();
  Positions positions = at_the_beginning();
  for (TopicPosition& position : positions) position.offset = in.fixed<Offset>();
  if (!in.ok() || !in.done()) return damaged("snapshot head");

  std::string bytes;
  bytes.reserve(size);
  for (std::size_t i = 0; i < chunks; ++i) {
    const std::string key = chunk_key(number, i);
    const auto chunk =
        std::lower_bound(entries.begin(), entries.end(), key,
                         [](const StateWrite& e, const std::string& k) { return e.key < k; });
    if (chunk == entries.end() || chunk->key != key) return damaged("snapshot");
    bytes += chunk->value;
  }
  if (bytes.size() != size || crc32c(bytes) != crc) return damaged("snapshot");
  TRY_ASSIGN(pipeline_, Pipeline::restore(bytes, options_));
  positions_ = snapshot_positions_ = positions;
  snapshot_number_ = number;
  snapshot_chunks_ = chunks;
  return {};
}

// The outputs of these records are in the log already. Records of one topic beyond its committed
// position may come up before another topic's are done; reading stops at the first of them, for a
// commit always ends between two records of the merged order.
Status PipelineStage::catch_up(const Positions& committed) {
  const auto behind = [&] {
    return !std::equal(
        positions_.begin(), positions_.end(), committed.begin(),
        [](const TopicPosition& a, const TopicPosition& b) { return a.offset >= b.offset; });
  };
  while (behind()) {
    Positions at = positions_;
    bool beyond = false;
    const ReadLimit limit{limits_.records_per_commit, limits_.bytes_per_commit};
    TRY_ASSIGN(const std::size_t count, log_.read(at, limit, [&](const RecordView& record) {
      const auto end = std::find_if(committed.begin(), committed.end(),
                                    [&](const auto& p) { return p.topic == record.topic; });
      if (record.offset >= end->offset) {
        beyond = true;
        return false;
      }
      output_.clear();
      pipeline_.apply(record, output_);
      ++since_snapshot_;
      return true;
    }));
    positions_ = at;
    if (beyond || count == 0) break;
  }
  // What was trimmed between the two positions, or skipped as a hole, is behind as well.
  positions_ = committed;
  return {};
}

Status PipelineStage::recover() {
  batch_.clear();
  TRY(restore_snapshot());
  TRY_ASSIGN(const Positions committed, committed_positions());
  TRY(catch_up(committed));
  recovered_ = true;
  publish();
  return {};
}

void PipelineStage::append_outputs(const RecordView& record, const PipelineOutput& output) {
  for (const Bar& bar : output.bars) {
    batch_.add(Topic::bars, RecordKind::bar, record.run, bar.end, record.receive_time,
               bar.symbol.view(), [&](std::string& out) { encode(bar, out); });
  }
  for (const SignalSet& signals : output.signals) {
    batch_.add(Topic::signals, RecordKind::signal, record.run, signals.time, record.receive_time,
               signals.symbol.view(), [&](std::string& out) { encode(signals, out); });
  }
  for (const RefusedRecord& refused : output.dead_letters) {
    // Like ingest's: the time of a refusal is when it happened, not what the event said.
    batch_.add(Topic::dead_letters, RecordKind::dead_letter, refused.run, refused.receive_time,
               refused.receive_time, refused.letter.source,
               [&](std::string& out) { encode(refused.letter, out); });
  }
}

bool PipelineStage::snapshot_is_due() const {
  if (since_snapshot_ >= limits_.records_per_snapshot) return true;
  return since_snapshot_ >= std::min(kRecordsPerSmallSnapshot, limits_.records_per_snapshot) &&
         pipeline_.size_hint() < kSmallState;
}

void PipelineStage::append_snapshot() {
  snapshot_bytes_.clear();
  pipeline_.snapshot(snapshot_bytes_);
  for (std::size_t i = 0; i < snapshot_chunks_; ++i) {
    batch_.put_state(chunk_key(snapshot_number_, i), "");
  }
  ++snapshot_number_;
  const std::size_t chunk_bytes = limits_.snapshot_chunk_bytes;
  snapshot_chunks_ = (snapshot_bytes_.size() + chunk_bytes - 1) / chunk_bytes;
  for (std::size_t i = 0; i < snapshot_chunks_; ++i) {
    batch_.put_state(chunk_key(snapshot_number_, i),
                     snapshot_bytes_.substr(i * chunk_bytes, chunk_bytes));
  }
  std::string head;
  ByteWriter out(head);
  out.fixed(snapshot_number_);
  out.fixed(std::uint64_t{snapshot_chunks_});
  out.fixed(std::uint64_t{snapshot_bytes_.size()});
  out.fixed(crc32c(snapshot_bytes_));
  for (const TopicPosition& position : positions_) out.fixed(position.offset);
  batch_.put_state(std::string(kSnapshotKey), std::move(head));
  snapshot_positions_ = positions_;
  since_snapshot_ = 0;
  if (snapshot_bytes_.capacity() > 4 * chunk_bytes) snapshot_bytes_ = {};
}

Result<std::size_t> PipelineStage::step() {
  if (!recovered_) TRY(recover());
  recovered_ = false;
  batch_.clear();
  Positions at = positions_;
  const ReadLimit limit{limits_.records_per_commit, limits_.bytes_per_commit};
  TRY_ASSIGN(const std::size_t count, log_.read(at, limit, [&](const RecordView& record) {
    output_.clear();
    pipeline_.apply(record, output_);
    append_outputs(record, output_);
    return batch_.bytes() < limits_.bytes_per_commit;
  }));
  if (count == 0) {
    recovered_ = true;
    return count;
  }
  positions_ = at;
  since_snapshot_ += count;
  for (const TopicPosition& position : positions_) {
    std::string value;
    ByteWriter(value).fixed(position.offset);
    batch_.put_state(position_key(position.topic), std::move(value));
  }
  if (snapshot_is_due()) append_snapshot();
  TRY(log_.commit(batch_));
  recovered_ = true;
  publish();
  return count;
}

void PipelineStage::publish() {
  const auto runs = pipeline_.open_runs();
  const PipelineCounters totals = pipeline_.totals();
  const std::lock_guard lock(mutex_);
  published_positions_ = positions_;
  published_needed_ = snapshot_positions_;
  published_totals_ = totals;
  for (auto& [run, status] : published_runs_) {
    status.counters = pipeline_.counters(run);
  }
  for (const Pipeline::RunStatus& run : runs) published_runs_[run.run] = run;
  while (published_runs_.size() > kRunsPublished) {
    published_runs_.erase(std::next(published_runs_.begin()));  // the oldest but the live run
  }
}

Offset PipelineStage::position(Topic topic) const {
  const std::lock_guard lock(mutex_);
  for (const TopicPosition& position : published_positions_) {
    if (position.topic == topic) return position.offset;
  }
  return 0;
}

Offset PipelineStage::needed_from(Topic topic) const {
  const std::lock_guard lock(mutex_);
  for (const TopicPosition& position : published_needed_) {
    if (position.topic == topic) return position.offset;
  }
  return UINT64_MAX;
}

PipelineCounters PipelineStage::counters() const {
  const std::lock_guard lock(mutex_);
  return published_totals_;
}

PipelineCounters PipelineStage::counters(RunId run) const {
  const std::lock_guard lock(mutex_);
  const auto at = published_runs_.find(run);
  return at == published_runs_.end() ? PipelineCounters{} : at->second.counters;
}

Timestamp PipelineStage::watermark(RunId run) const {
  const std::lock_guard lock(mutex_);
  const auto at = published_runs_.find(run);
  return at == published_runs_.end() ? kMinTimestamp : at->second.watermark;
}

}  // namespace tapewire
