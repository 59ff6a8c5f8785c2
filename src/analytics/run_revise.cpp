// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "analytics/run_state.h"

namespace tapewire {
namespace {

// The counters in the compact parts stop at their end.
std::int32_t count_up(std::uint16_t& revision) {
  if (revision < UINT16_MAX) ++revision;
  return revision;
}

}  // namespace

void RunState::remember_bar(Past& past, SymbolId id, Width width, Timestamp end) {
  past.bars.push_back({width, end, bar_now(id, width, end)});
}

void RunState::remember_signals(Past& past, SymbolId id, DayParts& day, Timestamp time) {
  for (const PastSignals& known : past.signals) {
    if (known.time == time) return;
  }
  past.signals.push_back({time, signals_now(id, day, time)});
}

void RunState::remember_longer(Past& past, SymbolId id, const DayParts& day, Minute minute) {
  for (const Width width : {Width::m5, Width::m15, Width::h1}) {
    const Minute span = span_minutes(width);
    const Timestamp end = day.time_of((minute / span + 1) * span);
    if (end <= watermark_) remember_bar(past, id, width, end);
  }
  const SessionSpan* regular = day.regular();
  if (regular == nullptr || minute < regular->begin || minute >= regular->end) return;
  const Timestamp close = day.time_of(regular->end);
  if (close <= watermark_) remember_bar(past, id, Width::d1, close);
}

// A minute's close is the reference of bars from its successor on, as far as the longest signal goes.
void RunState::remember_minute(Past& past, SymbolId id, DayParts& day, Minute minute) {
  const Timestamp end = day.time_of(minute + 1);
  if (end > watermark_) return;
  remember_bar(past, id, Width::m1, end);
  remember_longer(past, id, day, minute);
  remember_signals(past, id, day, end);
  const SessionSpan session = day.session_at(minute);
  if (session.session == TradingSession::none) return;
  const auto next = day.first(id, minute + 1, session.end);
  if (!next) return;
  const auto reach = static_cast<Minute>(longest_minute_back_.ns / minutes(1).ns);
  const Minute last = std::min(*next + reach, session.end);
  for (Minute m = *next; m < last && day.time_of(m + 1) <= watermark_; ++m) {
    if (day.find(id, m) != nullptr) remember_signals(past, id, day, day.time_of(m + 1));
  }
}

void RunState::remember_second(Past& past, SymbolId id, DayParts& day, Timestamp end) {
  remember_bar(past, id, Width::s1, end);
  remember_signals(past, id, day, end);
  if (id >= ticks_.size()) return;
  const WindowSeries<SecondWindow>& series = ticks_[id].seconds;
  Timestamp reach = kMaxTimestamp;
  for (std::size_t i = 0; i < series.size(); ++i) {
    const SecondWindow& window = series[i];
    if (window.end <= end || !window.has_bar()) continue;
    if (window.end > watermark_ || window.end >= reach || window.end > day.end()) return;
    if (reach == kMaxTimestamp) reach = window.end + longest_second_back_;
    remember_signals(past, id, day, window.end);
  }
}

std::optional<Bar> RunState::bar_now(SymbolId id, Width width, Timestamp end) {
  std::optional<Bar> bar(std::in_place);
  const DayParts& day = day_at(end - seconds(1));
  if (width == Width::s1) {
    const SecondWindow* window = id < ticks_.size() ? ticks_[id].seconds.find(end) : nullptr;
    if (window == nullptr || !window->has_bar()) return std::nullopt;
    fill_second(*bar, id, day, *window);
    return bar;
  }
  const Minute last = day.minute_of(end - seconds(1));
  if (width == Width::m1) {
    const MinutePart* part = day.find(id, last);
    if (part == nullptr) return std::nullopt;
    fill_minute(*bar, id, day, last, *part);
    return bar;
  }
  const Minute from =
      width == Width::d1 ? day.session_at(last).begin : last + 1 - span_minutes(width);
  if (!fill_longer(*bar, width, id, day, from, last + 1)) return std::nullopt;
  return bar;
}

RunState::SignalValues RunState::signals_now(SymbolId id, DayParts& day, Timestamp time) {
  SignalValues values;
  const Minute minute = day.minute_of(time - nanoseconds(1));
  const bool on_minute = floor_to(time, minutes(1)) == time;
  if (on_minute) {
    const MinutePart* part = day.find(id, minute);
    if (part != nullptr) {
      minute_signals(id, day, minute, *part, day.session_at(minute), values);
    }
  }
  // Older second bars may miss their references; what they gave on a minute is kept.
  if (time + options_.trade_allowed_lateness > watermark_) {
    second_signals(id, day, time, values);
  } else if (const BoundarySignals* known = on_minute ? day.boundary(id, minute) : nullptr) {
    for (std::size_t i = 0; i < kSignalKinds; ++i) {
      if (known->values[i]) values[i] = known->values[i];
    }
  }
  return values;
}

void RunState::count_bar_revision(Bar& bar, SymbolId id, DayParts& day) {
  const Minute from = day.minute_of(bar.start);
  switch (bar.width) {
    case Width::s1: bar.revision = count_up(ticks_[id].seconds.find(bar.end)->revision); return;
    case Width::m1: bar.revision = count_up(day.find(id, from)->revision); return;
    default: bar.revision = ++day.revision(bar.width, id, from); return;
  }
}

std::int32_t RunState::count_signal_revision(SymbolId id, DayParts& day, Timestamp time) {
  const Minute minute = day.minute_of(time - nanoseconds(1));
  if (floor_to(time, minutes(1)) != time)
    return count_up(ticks_[id].seconds.find(time)->signal_revision);
  if (BoundarySignals* boundary = day.boundary(id, minute)) return ++boundary->revision;
  return count_up(day.find(id, minute)->signal_revision);
}

// Keeps what second bars give to the signals of a minute's end, for when the second bars are gone.
void RunState::keep_boundary(SymbolId id, DayParts& day, Timestamp time,
                             const SignalValues& values) {
  if (floor_to(time, minutes(1)) != time || id >= ticks_.size()) return;
  const SecondWindow* window = ticks_[id].seconds.find(time);
  if (window == nullptr || !window->has_bar()) return;
  const Minute minute = day.minute_of(time - nanoseconds(1));
  const MinutePart* part = day.find(id, minute);
  const bool known = day.boundary(id, minute) != nullptr;
  BoundarySignals& boundary = day.add_boundary(id, minute);
  if (!known && part != nullptr) boundary.revision = part->signal_revision;
  for (const SignalDefinition& signal : signals_) {
    if (signal.on != Width::s1) continue;
    const auto kind = static_cast<std::size_t>(signal.kind);
    boundary.values[kind] = values[kind];
  }
}

void RunState::revise(Past& past, SymbolId id, DayParts& day, const Bar* late,
                      PipelineOutput& out) {
  for (const PastBar& known : past.bars) {
    std::optional<Bar> bar = bar_now(id, known.width, known.end);
    if (!bar) continue;
    const bool came = late != nullptr && late->width == known.width;
    if (known.before && !came && same_values(*known.before, *bar)) continue;
    if (came) {
      bar->accumulated_volume = late->accumulated_volume;
      bar->official_open_price = late->official_open_price;
      bar->aggregate_vwap = late->aggregate_vwap;
      bar->average_size = late->average_size;
      bar->otc = late->otc;
    }
    if (known.before) count_bar_revision(*bar, id, day);
    out.bars.push_back(*bar);
  }
  std::sort(past.signals.begin(), past.signals.end(),
            [](const PastSignals& a, const PastSignals& b) { return a.time < b.time; });
  for (const PastSignals& known : past.signals) {
    const SignalValues values = signals_now(id, day, known.time);
    if (values == known.before) continue;
    keep_boundary(id, day, known.time, values);
    const bool first = known.before == SignalValues{};
    out.signals.push_back({symbols_.key(id), known.time, values,
                           first ? 0 : count_signal_revision(id, day, known.time)});
  }
}

}  // namespace tapewire
