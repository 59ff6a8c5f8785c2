// SPDX-License-Identifier: Apache-2.0
// Turns the events of one run into bars and signals: admission, windows, emission, revision.
//
// Emission: a window is given out when the watermark passes its end; a later change of its values gives it
//           again at once with revision + 1, unchanged values give nothing. What `apply` appends to the
//           output depends on the events before it alone.
// Order:    by (end, width, symbol); signals by (time, symbol).
// State:    the minute bars of a date until its end (bars may be corrected until then), second bars and
//           trades until their allowed lateness is over.
// Threads:  one owner.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "analytics/day_parts.h"
#include "analytics/pipeline_options.h"
#include "analytics/pipeline_output.h"
#include "analytics/signals/signal.h"
#include "analytics/tick_windows.h"
#include "stream/due_instants.h"
#include "stream/expiring_set.h"
#include "stream/key_table.h"
#include "stream/watermark.h"

namespace tapewire {

enum class Outcome : std::uint8_t { applied, duplicate, too_late, refused };

// Why an event was too late or refused.
struct Refusal {
  std::string reason;
  std::string field;
  std::string expected;
};

class RunState {
 public:
  RunState(const PipelineOptions& options, std::span<const SignalDefinition> signals);

  // After too_late and refused, `refusal` says why.
  Outcome apply(const Bar& bar, Timestamp receive_time, PipelineOutput& out);
  Outcome apply(const Trade& trade, Timestamp receive_time, PipelineOutput& out);
  void heartbeat(Timestamp now, PipelineOutput& out);
  // Gives out all that is open, as if the watermark passed everything.
  void flush(PipelineOutput& out);

  [[nodiscard]] const Refusal& refusal() const { return refusal_; }
  [[nodiscard]] Timestamp watermark() const { return watermark_; }
  [[nodiscard]] std::size_t symbols() const { return symbols_.size(); }
  // About how many windows and parts a snapshot would hold.
  [[nodiscard]] std::uint64_t size_hint() const;

  PipelineCounters counters;

  void save(ByteWriter& out) const;
  // False: the bytes are no state.
  bool load(ByteReader& in);

 private:
  using SignalValues = std::array<std::optional<double>, kSignalKinds>;
  // A window of one symbol that ended before a late event for it came.
  struct PastBar {
    Width width;
    Timestamp end;
    std::optional<Bar> before;
  };
  struct PastSignals {
    Timestamp time;
    SignalValues before;
  };
  // Everything about one symbol that a late event may change, as it was before.
  struct Past {
    std::vector<PastBar> bars;
    std::vector<PastSignals> signals;
  };
  // Fields of a vendor bar that only the bar itself carries, from its arrival to its emission.
  struct Extras {
    std::optional<Quantity> accumulated_volume;
    std::optional<Price> official_open_price;
    std::optional<Price> aggregate_vwap;
    std::optional<Quantity> average_size;
    std::optional<bool> otc;
  };

  // Admission (run_state.cpp).
  Outcome refuse(std::string reason, std::string field, std::string expected);
  Outcome too_late(Timestamp event_end, Timestamp accepted_until, std::string_view field);
  bool in_future(Timestamp event_end, Timestamp receive_time, std::string_view field);
  Outcome apply_minute(const Bar& bar, Timestamp receive_time, PipelineOutput& out);
  Outcome apply_second(const Bar& bar, Timestamp receive_time, PipelineOutput& out);
  Outcome apply_longer(const Bar& bar, Timestamp receive_time, PipelineOutput& out);
  void accept(Timestamp event_end, Timestamp receive_time, PipelineOutput& out);
  [[nodiscard]] Timestamp accepted_until(const Bar& bar, Timestamp day_end) const;
  DayParts& day_at(Timestamp t);
  DayParts* find_day(Timestamp t);
  TickWindows& ticks(SymbolId id);
  std::uint8_t source_index(SourceName source);
  void store(const Bar& bar, SymbolId id, DayParts& day, Minute minute);
  void store_built(const MinuteWindow& window, SymbolId id, DayParts& day, Minute minute);
  bool same_bar(const Bar& bar, SymbolId id, DayParts& day, Minute minute, const MinutePart& part);
  void expect_windows(DayParts& day, Minute minute);
  SecondWindow& second_window(SymbolId id, Timestamp end);
  void add_trade(const Trade& trade, UpdateRules rules, SymbolId id, DayParts& day, Minute minute,
                 Timestamp second_end);

  // Emission (run_emit.cpp).
  void advance(Timestamp watermark, PipelineOutput& out);
  void emit(const DueInstants::Due& due, PipelineOutput& out);
  void emit_seconds(Timestamp end, PipelineOutput& out);
  void emit_minutes(Timestamp end, PipelineOutput& out);
  void emit_longer(Width width, Timestamp end, PipelineOutput& out);
  void emit_day(Timestamp end, PipelineOutput& out);
  void emit_window(Width width, const DayParts& day, Minute from, Minute to, PipelineOutput& out);
  void emit_merged_signals(Timestamp end, PipelineOutput& out);
  void prefetch_minute(SymbolId id, const DayParts& day, Minute minute) const;
  void build_minutes(Timestamp end, DayParts& day, Minute minute);
  void fill_minute(Bar& bar, SymbolId id, const DayParts& day, Minute minute,
                   const MinutePart& part) const;
  void fill_second(Bar& bar, SymbolId id, const DayParts& day, const SecondWindow& window) const;
  bool fill_longer(Bar& bar, Width width, SymbolId id, const DayParts& day, Minute from,
                   Minute to) const;
  void take_extras(Bar& bar, SymbolId id);
  bool minute_signals(SymbolId id, const DayParts& day, Minute minute, const MinutePart& part,
                      const SessionSpan& session, SignalValues& values) const;
  bool second_signals(SymbolId id, const DayParts& day, Timestamp end, SignalValues& values) const;
  void forget_old();

  // Revision (run_revise.cpp).
  void remember_bar(Past& past, SymbolId id, Width width, Timestamp end);
  void remember_longer(Past& past, SymbolId id, const DayParts& day, Minute minute);
  void remember_minute(Past& past, SymbolId id, DayParts& day, Minute minute);
  void remember_second(Past& past, SymbolId id, DayParts& day, Timestamp end);
  void remember_signals(Past& past, SymbolId id, DayParts& day, Timestamp time);
  // Gives out what differs from `past`. `late` is the vendor's bar that came, if it was one.
  void revise(Past& past, SymbolId id, DayParts& day, const Bar* late, PipelineOutput& out);
  std::optional<Bar> bar_now(SymbolId id, Width width, Timestamp end);
  SignalValues signals_now(SymbolId id, DayParts& day, Timestamp time);
  void count_bar_revision(Bar& bar, SymbolId id, DayParts& day);
  std::int32_t count_signal_revision(SymbolId id, DayParts& day, Timestamp time);
  void keep_boundary(SymbolId id, DayParts& day, Timestamp time, const SignalValues& values);

  // Snapshot (run_snapshot.cpp).
  void save_ticks(ByteWriter& out) const;
  bool load_ticks(ByteReader& in);
  void save_extras(ByteWriter& out) const;
  void load_extras(ByteReader& in);

  // Second bars that end at or before this are neither revised nor, but for the latest, referred to.
  [[nodiscard]] Timestamp seconds_expired() const {
    if (watermark_ == kMinTimestamp) return kMinTimestamp;
    return watermark_ - options_.trade_allowed_lateness - longest_second_back_;
  }
  [[nodiscard]] std::size_t expired(const WindowSeries<SecondWindow>& seconds) const {
    return seconds.expired(seconds_expired(), [](const SecondWindow& w) { return w.has_bar(); });
  }
  static std::uint64_t extras_key(SymbolId id, Width width, Timestamp end);
  static Minute span_minutes(Width width) {
    return static_cast<Minute>(span_of(width).ns / minutes(1).ns);
  }

  PipelineOptions options_;
  std::span<const SignalDefinition> signals_;
  Duration longest_second_back_;  // of the signals on second bars
  Duration longest_minute_back_;  // of the signals on minute bars

  WatermarkTracker tracker_;
  Timestamp watermark_ = kMinTimestamp;
  KeyTable<Symbol> symbols_;
  std::array<SourceName, 256> sources_;
  std::size_t source_count_ = 0;
  std::vector<std::unique_ptr<DayParts>> days_;  // ascending
  DueInstants due_;
  Timestamp last_expected_ = kMinTimestamp;  // minute whose windows are all in due_

  std::vector<TickWindows> ticks_;  // by symbol
  std::map<Timestamp, std::vector<SymbolId>> seconds_at_;  // by end, until emitted
  std::map<Timestamp, std::vector<SymbolId>> built_minutes_at_;  // by end, until emitted
  std::vector<SymbolId>* last_seconds_ = nullptr;
  Timestamp last_seconds_end_ = kMinTimestamp;
  ExpiringSet seen_trades_;
  Timestamp last_forget_ = kMinTimestamp;
  boost::unordered_flat_map<std::uint64_t, Extras> extras_;

  // Of the instant that is being emitted; kept for their room.
  struct SecondResult {
    SymbolId id;
    SignalValues values;
  };
  std::vector<SecondResult> second_results_;
  std::vector<SymbolId> minute_ids_;
  Past past_;
  Refusal refusal_;
};

}  // namespace tapewire
