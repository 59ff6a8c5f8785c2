// SPDX-License-Identifier: Apache-2.0
#include "analytics/pipeline.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "analytics/run_state.h"
#include "analytics/signals/change_10m.h"
#include "analytics/signals/change_10s.h"
#include "analytics/signals/change_15m.h"
#include "analytics/signals/change_5m.h"
#include "analytics/signals/delta_10s.h"
#include "model/codec.h"

namespace tapewire {
namespace {

constexpr std::array kSignals = {
    kChange5m, kChange10m, kChange15m, kDelta10s, kChange10s,
};

constexpr std::uint8_t kSnapshotVersion = 1;
constexpr std::size_t kEndedRunsKept = 64;

void dead_letter(const RecordView& record, Refusal refusal, std::string_view source,
                 PipelineOutput& out) {
  RefusedRecord& refused = out.dead_letters.emplace_back();
  refused.run = record.run;
  refused.event_time = record.event_time;
  refused.receive_time = record.receive_time;
  refused.letter.topic = to_string(record.topic);
  refused.letter.stage = "pipeline";
  refused.letter.source = source;
  refused.letter.origin =
      fmt::format("{}, {} offset {}", record.key, to_string(record.topic), record.offset);
  refused.letter.reason = std::move(refusal.reason);
  refused.letter.field = std::move(refusal.field);
  refused.letter.expected = std::move(refusal.expected);
  refused.letter.payload = record.payload;
}

template <class Event>
void apply_event(const RecordView& record, const Result<Event>& event, RunState& run,
                 PipelineOutput& out) {
  ++run.counters.read;
  if (!event) {
    ++run.counters.refused;
    dead_letter(record, {event.error().message, "", "a payload of this version"}, "", out);
    return;
  }
  switch (run.apply(*event, record.receive_time, out)) {
    case Outcome::applied: ++run.counters.applied; return;
    case Outcome::duplicate: ++run.counters.duplicate; return;
    case Outcome::too_late: ++run.counters.too_late; break;
    case Outcome::refused: ++run.counters.refused; break;
  }
  dead_letter(record, run.refusal(), event->source.view(), out);
}

}  // namespace

Pipeline::Pipeline(const PipelineOptions& options) : options_(options) { open(kLiveRun); }
Pipeline::~Pipeline() = default;
Pipeline::Pipeline(Pipeline&&) noexcept = default;
Pipeline& Pipeline::operator=(Pipeline&&) noexcept = default;

RunState* Pipeline::find(RunId run) const {
  for (const OpenRun& open : runs_) {
    if (open.run == run) return open.state.get();
  }
  return nullptr;
}

RunState& Pipeline::open(RunId run) {
  if (RunState* known = find(run)) return *known;
  const auto place = std::find_if(runs_.begin(), runs_.end(),
                                  [&](const OpenRun& other) { return other.run > run; });
  return *runs_.insert(place, {run, std::make_unique<RunState>(options_, kSignals)})->state;
}

void Pipeline::close(RunId run) {
  const auto at =
      std::find_if(runs_.begin(), runs_.end(), [&](const OpenRun& o) { return o.run == run; });
  if (at == runs_.end()) return;
  before_ += at->state->counters;
  ended_.push_back({run, at->state->counters});
  if (ended_.size() > kEndedRunsKept) ended_.pop_front();
  runs_.erase(at);
  if (run == kLiveRun) open(run);
}

void Pipeline::apply(const RecordView& record, PipelineOutput& out) {
  switch (record.topic) {
    case Topic::stock_prices: apply_price(record, out); return;
    case Topic::heartbeat: apply_frame(record, out); return;
    case Topic::news_articles:
      if (RunState* run = find(record.run)) ++run->counters.news;
      return;
    default: return;
  }
}

void Pipeline::apply_price(const RecordView& record, PipelineOutput& out) {
  if (record.kind != RecordKind::bar && record.kind != RecordKind::trade) return;
  RunState* run = find(record.run);
  if (run == nullptr) {
    ++before_.read;
    ++before_.refused;
    dead_letter(record, {fmt::format("run {} is not open", record.run), "run", "an open run"}, "",
                out);
    return;
  }
  if (record.kind == RecordKind::bar) {
    apply_event(record, decode_bar(record.key, record.payload), *run, out);
  } else {
    apply_event(record, decode_trade(record.key, record.payload), *run, out);
  }
}

void Pipeline::apply_frame(const RecordView& record, PipelineOutput& out) {
  switch (record.kind) {
    case RecordKind::heartbeat:
      if (RunState* run = find(record.run)) run->heartbeat(record.receive_time, out);
      return;
    case RecordKind::run_begin: open(record.run); return;
    case RecordKind::run_end:
      if (RunState* run = find(record.run)) run->flush(out);
      close(record.run);
      return;
    case RecordKind::run_abandon: close(record.run); return;
    default: return;
  }
}

PipelineOutput results_of_day(const std::vector<Bar>& parts, const PipelineOptions& options) {
  RunState run(options, kSignals);
  PipelineOutput out;
  for (const Bar& bar : parts) run.apply(bar, bar.end, out);
  run.flush(out);
  std::erase_if(out.bars,
                [](const Bar& bar) { return bar.width == Width::s1 || bar.width == Width::m1; });
  return out;
}

PipelineCounters Pipeline::counters(RunId run) const {
  if (const RunState* open = find(run)) return open->counters;
  for (auto ended = ended_.rbegin(); ended != ended_.rend(); ++ended) {
    if (ended->run == run) return ended->counters;
  }
  return {};
}

PipelineCounters Pipeline::totals() const {
  PipelineCounters sum = before_;
  for (const OpenRun& open : runs_) sum += open.state->counters;
  return sum;
}

Timestamp Pipeline::watermark(RunId run) const {
  const RunState* open = find(run);
  return open != nullptr ? open->watermark() : kMinTimestamp;
}

std::vector<Pipeline::RunStatus> Pipeline::open_runs() const {
  std::vector<RunStatus> out;
  for (const OpenRun& open : runs_) {
    out.push_back({open.run, open.state->counters, open.state->watermark()});
  }
  return out;
}

std::uint64_t Pipeline::size_hint() const {
  std::uint64_t n = 0;
  for (const OpenRun& open : runs_) n += open.state->size_hint();
  return n;
}

void Pipeline::snapshot(std::string& out) const {
  ByteWriter write(out);
  write.fixed(kSnapshotVersion);
  before_.save(write);
  write.varint(ended_.size());
  for (const EndedRun& ended : ended_) {
    write.varint(ended.run);
    ended.counters.save(write);
  }
  write.varint(runs_.size());
  for (const OpenRun& open : runs_) {
    write.varint(open.run);
    open.state->save(write);
  }
}

Result<Pipeline> Pipeline::restore(std::string_view bytes, const PipelineOptions& options) {
  ByteReader in(bytes);
  if (in.fixed<std::uint8_t>() != kSnapshotVersion) {
    return fail(ErrorCode::corrupt, "the pipeline's snapshot is of another version");
  }
  Pipeline out(options);
  out.runs_.clear();
  out.before_.load(in);
  const std::uint64_t ended = in.varint();
  for (std::uint64_t i = 0; i < ended && in.ok(); ++i) {
    EndedRun& run = out.ended_.emplace_back();
    run.run = static_cast<RunId>(in.varint());
    run.counters.load(in);
  }
  const std::uint64_t runs = in.varint();
  bool sound = true;
  for (std::uint64_t i = 0; i < runs && in.ok() && sound; ++i) {
    sound = out.open(static_cast<RunId>(in.varint())).load(in);
  }
  if (!sound || !in.ok() || !in.done()) {
    return fail(ErrorCode::corrupt, "the pipeline's snapshot is damaged");
  }
  out.open(kLiveRun);
  return out;
}

}  // namespace tapewire
