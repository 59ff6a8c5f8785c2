// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "analytics/rollup.h"
#include "analytics/run_state.h"

namespace tapewire {
namespace {

// How many symbols ahead memory is fetched while a minute is given out.
constexpr std::size_t kAhead = 12;

bool has(const DueInstants::Due& due, Width width) {
  return (due.kinds >> static_cast<unsigned>(width) & 1) != 0;
}

}  // namespace

void RunState::advance(Timestamp watermark, PipelineOutput& out) {
  watermark_ = watermark;
  while (const auto due = due_.take(watermark_)) emit(*due, out);
  if (last_forget_ == kMinTimestamp) last_forget_ = watermark_;
  if (watermark_ - last_forget_ >= minutes(1)) forget_old();
}

void RunState::emit(const DueInstants::Due& due, PipelineOutput& out) {
  second_results_.clear();
  minute_ids_.clear();
  if (has(due, Width::s1)) emit_seconds(due.end, out);
  if (has(due, Width::m1)) emit_minutes(due.end, out);
  for (const Width width : {Width::m5, Width::m15, Width::h1}) {
    if (has(due, width)) emit_longer(width, due.end, out);
  }
  if (has(due, Width::d1)) emit_day(due.end, out);
  if (!second_results_.empty()) emit_merged_signals(due.end, out);
}

void RunState::emit_seconds(Timestamp end, PipelineOutput& out) {
  const auto at = seconds_at_.find(end);
  if (at == seconds_at_.end()) return;
  std::vector<SymbolId> ids = std::move(at->second);
  seconds_at_.erase(at);
  if (end == last_seconds_end_) last_seconds_end_ = kMinTimestamp;
  symbols_.sort(ids);
  DayParts& day = day_at(end - seconds(1));
  const bool on_minute = floor_to(end, minutes(1)) == end;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i + 2 * kAhead < ids.size()) ticks_[ids[i + 2 * kAhead]].seconds.prefetch_newest();
    if (i + kAhead < ids.size()) ticks_[ids[i + kAhead]].seconds.prefetch_older();
    const SymbolId id = ids[i];
    const SecondWindow* window = ticks_[id].seconds.find(end);
    if (window == nullptr || !window->has_bar()) continue;
    Bar& bar = out.bars.emplace_back();
    fill_second(bar, id, day, *window);
    if (window->vendor && window->vendor->extras != 0) take_extras(bar, id);
    SecondResult result{id, {}};
    if (!second_signals(id, day, end, result.values)) continue;
    second_results_.push_back(result);
    if (on_minute) day.add_boundary(id, day.minute_of(end - seconds(1))).values = result.values;
  }
}

void RunState::build_minutes(Timestamp end, DayParts& day, Minute minute) {
  const auto at = built_minutes_at_.find(end);
  if (at == built_minutes_at_.end()) return;
  for (const SymbolId id : at->second) {
    const MinutePart* part = day.find(id, minute);
    if (part != nullptr && part->has(MinutePart::kVendor)) continue;
    if (const MinuteWindow* window = ticks_[id].minutes.find(end)) {
      store_built(*window, id, day, minute);
    }
  }
  built_minutes_at_.erase(at);
}

void RunState::emit_minutes(Timestamp end, PipelineOutput& out) {
  DayParts& day = day_at(end - minutes(1));
  const Minute minute = day.minute_of(end - minutes(1));
  build_minutes(end, day, minute);
  const SessionSpan session = day.session_at(minute);
  const bool merge = !second_results_.empty();
  const std::span<const SymbolId> order = symbols_.in_order();
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i + kAhead < order.size()) prefetch_minute(order[i + kAhead], day, minute);
    const SymbolId id = order[i];
    const MinutePart* part = day.find(id, minute);
    if (part == nullptr) continue;
    Bar& bar = out.bars.emplace_back();
    fill_minute(bar, id, day, minute, *part);
    if (part->has(MinutePart::kExtras)) take_extras(bar, id);
    if (merge) {
      minute_ids_.push_back(id);
      continue;
    }
    SignalValues values;
    if (!minute_signals(id, day, minute, *part, session, values)) continue;
    out.signals.push_back({symbols_.key(id), end, values, 0});
  }
}

void RunState::prefetch_minute(SymbolId id, const DayParts& day, Minute minute) const {
  day.prefetch(id, minute);
  for (const SignalDefinition& signal : signals_) {
    const auto back = static_cast<Minute>(signal.back.ns / minutes(1).ns);
    if (signal.on == Width::m1 && back <= minute) day.prefetch(id, minute - back);
  }
}

void RunState::emit_merged_signals(Timestamp end, PipelineOutput& out) {
  const DayParts& day = day_at(end - nanoseconds(1));
  const Minute minute = day.minute_of(end - nanoseconds(1));
  const SessionSpan session = day.session_at(minute);
  const auto before = [this](SymbolId a, SymbolId b) { return symbols_.key(a) < symbols_.key(b); };
  std::size_t next_minute = 0;
  const auto minute_only = [&](SymbolId id, SignalValues values) {
    const MinutePart* part = day.find(id, minute);
    if (part != nullptr) minute_signals(id, day, minute, *part, session, values);
    if (values != SignalValues{}) out.signals.push_back({symbols_.key(id), end, values, 0});
  };
  for (const SecondResult& second : second_results_) {
    while (next_minute < minute_ids_.size() && before(minute_ids_[next_minute], second.id)) {
      minute_only(minute_ids_[next_minute++], {});
    }
    const bool both = next_minute < minute_ids_.size() && minute_ids_[next_minute] == second.id;
    if (both) {
      minute_only(second.id, second.values);
      ++next_minute;
    } else {
      out.signals.push_back({symbols_.key(second.id), end, second.values, 0});
    }
  }
  while (next_minute < minute_ids_.size()) minute_only(minute_ids_[next_minute++], {});
}

void RunState::emit_longer(Width width, Timestamp end, PipelineOutput& out) {
  const Timestamp start = end - span_of(width);
  const DayParts& day = day_at(start);
  const Minute from = day.minute_of(start);
  emit_window(width, day, from, from + span_minutes(width), out);
}

void RunState::emit_day(Timestamp end, PipelineOutput& out) {
  const DayParts& day = day_at(end - minutes(1));
  const SessionSpan* regular = day.regular();
  if (regular != nullptr) emit_window(Width::d1, day, regular->begin, regular->end, out);
}

void RunState::emit_window(Width width, const DayParts& day, Minute from, Minute to,
                           PipelineOutput& out) {
  const bool vendor = day.any_vendor_bars();
  const std::span<const SymbolId> order = symbols_.in_order();
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i + kAhead < order.size()) day.prefetch(order[i + kAhead], from);
    const SymbolId id = order[i];
    if (!day.first(id, from, to) && !(vendor && day.vendor_bar(width, id, from))) continue;
    Bar& bar = out.bars.emplace_back();
    if (!fill_longer(bar, width, id, day, from, to)) out.bars.pop_back();
  }
}

void RunState::fill_minute(Bar& bar, SymbolId id, const DayParts& day, Minute minute,
                           const MinutePart& part) const {
  bar.symbol = symbols_.key(id);
  bar.width = Width::m1;
  bar.origin = part.origin();
  bar.session = day.session_at(minute).session;
  bar.revision = part.revision;
  bar.start = day.time_of(minute);
  bar.end = bar.start + minutes(1);
  bar.open.raw = part.open;
  bar.high.raw = part.high;
  bar.low.raw = part.low;
  bar.close.raw = part.close;
  bar.volume.raw = part.volume;
  if (part.has(MinutePart::kVwap)) bar.vwap = Price{part.vwap};
  if (part.has(MinutePart::kTransactions)) bar.transactions = part.transactions;
  bar.source = sources_[part.source];
}

void RunState::fill_second(Bar& bar, SymbolId id, const DayParts& day,
                           const SecondWindow& window) const {
  bar.symbol = symbols_.key(id);
  bar.width = Width::s1;
  bar.end = window.end;
  bar.start = window.end - seconds(1);
  bar.session = day.session_at(day.minute_of(bar.start)).session;
  bar.revision = window.revision;
  bar.source = sources_[window.source];
  if (window.vendor) {
    const VendorSecond& vendor = *window.vendor;
    bar.origin = Origin::vendor;
    bar.open = vendor.open;
    bar.high = vendor.high;
    bar.low = vendor.low;
    bar.close = vendor.close;
    bar.volume = vendor.volume;
    bar.vwap = vendor.vwap;
    bar.transactions = vendor.transactions;
    return;
  }
  const TradeSums& trades = window.trades;
  bar.origin = Origin::built;
  bar.open = trades.open();
  bar.high = trades.high();
  bar.low = trades.low();
  bar.close = trades.close();
  bar.volume = trades.volume();
  bar.vwap = trades.vwap();
  bar.transactions = trades.transactions();
}

bool RunState::fill_longer(Bar& bar, Width width, SymbolId id, const DayParts& day, Minute from,
                           Minute to) const {
  if (const Bar* vendor = day.any_vendor_bars() ? day.vendor_bar(width, id, from) : nullptr) {
    bar = *vendor;
    bar.revision = day.revision_if_any(width, id, from);
    return true;
  }
  const Rollup rollup = roll_up(day, id, from, to);
  if (rollup.count == 0) return false;
  bar.symbol = symbols_.key(id);
  bar.width = width;
  bar.origin = Origin::rolled_up;
  bar.session = day.session_at(from).session;
  bar.revision = day.revision_if_any(width, id, from);
  bar.start = day.time_of(from);
  bar.end = day.time_of(to);
  bar.open.raw = rollup.open;
  bar.high.raw = rollup.high;
  bar.low.raw = rollup.low;
  bar.close.raw = rollup.close;
  bar.volume.raw = rollup.volume;
  bar.vwap = rollup.vwap;
  bar.transactions = rollup.transactions;
  bar.source = sources_[rollup.source];
  return true;
}

void RunState::take_extras(Bar& bar, SymbolId id) {
  const auto at = extras_.find(extras_key(id, bar.width, bar.end));
  if (at == extras_.end()) return;
  bar.accumulated_volume = at->second.accumulated_volume;
  bar.official_open_price = at->second.official_open_price;
  bar.aggregate_vwap = at->second.aggregate_vwap;
  bar.average_size = at->second.average_size;
  bar.otc = at->second.otc;
  extras_.erase(at);
}

bool RunState::minute_signals(SymbolId id, const DayParts& day, Minute minute,
                              const MinutePart& part, const SessionSpan& session,
                              SignalValues& values) const {
  if (session.session == TradingSession::none) return false;
  bool any = false;
  for (const SignalDefinition& signal : signals_) {
    if (signal.on != Width::m1) continue;
    const auto back = static_cast<Minute>(signal.back.ns / minutes(1).ns);
    if (minute < session.begin + back) continue;
    const MinutePart* then = day.latest(id, minute - back, session.begin);
    if (then == nullptr) continue;
    auto& value = values[static_cast<std::size_t>(signal.kind)];
    value = signal.value(Price{part.close}, Price{then->close});
    any = any || value.has_value();
  }
  return any;
}

bool RunState::second_signals(SymbolId id, const DayParts& day, Timestamp end,
                              SignalValues& values) const {
  const SessionSpan& session = day.session_at(day.minute_of(end - seconds(1)));
  if (session.session == TradingSession::none) return false;
  if (id >= ticks_.size()) return false;
  const Timestamp session_begin = day.time_of(session.begin);
  const WindowSeries<SecondWindow>& series = ticks_[id].seconds;
  const SecondWindow* now = series.find(end);
  if (now == nullptr || !now->has_bar()) return false;
  bool any = false;
  Duration back{0};  // that `then` was found for
  const SecondWindow* then = nullptr;
  for (const SignalDefinition& signal : signals_) {
    if (signal.on != Width::s1) continue;
    if (signal.back != back) {
      back = signal.back;
      std::size_t i = series.at_or_before(end - back);
      while (i != series.kNone && !series[i].has_bar()) i = i == 0 ? series.kNone : i - 1;
      then = i == series.kNone || series[i].end <= session_begin ? nullptr : &series[i];
    }
    if (then == nullptr) continue;
    auto& value = values[static_cast<std::size_t>(signal.kind)];
    value = signal.value(now->close(), then->close());
    any = any || value.has_value();
  }
  return any;
}

void RunState::forget_old() {
  last_forget_ = watermark_;
  const Duration keep = std::max(options_.vendor_allowed_lateness.value_or(Duration{0}),
                                 options_.trade_allowed_lateness);
  while (!days_.empty() && days_.front()->end() + keep <= watermark_) days_.erase(days_.begin());
  seen_trades_.expire(watermark_ - options_.trade_allowed_lateness);
  if (days_.empty()) {
    symbols_ = {};
    ticks_.clear();
    extras_.clear();
    last_expected_ = kMinTimestamp;
    return;
  }
  const Timestamp minutes_expired = watermark_ - options_.trade_allowed_lateness;
  for (TickWindows& windows : ticks_) {
    windows.seconds.drop_oldest(expired(windows.seconds));
    windows.minutes.drop_oldest(
        windows.minutes.expired(minutes_expired, [](const MinuteWindow&) { return false; }));
  }
}

std::uint64_t RunState::size_hint() const {
  std::uint64_t n = seen_trades_.size() + extras_.size();
  for (const auto& day : days_) n += day->parts();
  for (const TickWindows& windows : ticks_) n += windows.seconds.size() + windows.minutes.size();
  return n;
}

}  // namespace tapewire
