// SPDX-License-Identifier: Apache-2.0
#include "analytics/run_state.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

namespace tapewire {
namespace {

constexpr std::size_t kSecondsBetweenPruning = 64;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a ^ 0x9e3779b97f4a7c15ULL) * (b ^ 0xd6e8feb86659fd93ULL);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// "120.3 s"
std::string in_seconds(Duration d) {
  std::string out;
  append_decimal(out, d.ns, 9);
  return out + " s";
}

// The further fields of a vendor bar in 64 bits; 0: it has none.
std::uint64_t extras_fingerprint(const Bar& bar) {
  std::uint64_t h = 0;
  const auto take = [&h](std::uint64_t field, std::int64_t value) {
    h = mix(h + field, static_cast<std::uint64_t>(value)) | 1;
  };
  if (bar.accumulated_volume) take(1, bar.accumulated_volume->raw);
  if (bar.official_open_price) take(2, bar.official_open_price->raw);
  if (bar.aggregate_vwap) take(3, bar.aggregate_vwap->raw);
  if (bar.average_size) take(4, bar.average_size->raw);
  if (bar.otc) take(5, *bar.otc ? 1 : 0);
  return h;
}

// Identity of a trade: symbol, time, sequence, id, exchange.
Fingerprint identity_of(const Trade& trade) {
  Fingerprint out{0x243f6a8885a308d3ULL, 0x13198a2e03707344ULL};
  const auto take = [&out](std::uint64_t word) {
    out.low = mix(out.low, word);
    out.high = mix(out.high + 0xa4093822299f31d0ULL, word ^ 0x082efa98ec4e6c89ULL);
  };
  const auto take_text = [&take](std::string_view text) {
    for (std::size_t at = 0; at < text.size(); at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data() + at, std::min<std::size_t>(8, text.size() - at));
      take(word);
    }
  };
  take_text(trade.symbol.view());
  take_text(trade.id.view());
  take(static_cast<std::uint64_t>(trade.time.ns));
  take(static_cast<std::uint64_t>(trade.sequence));
  take(static_cast<std::uint64_t>(trade.exchange) << 32 | trade.symbol.view().size() << 8 |
       trade.id.view().size());
  return out;
}

}  // namespace

RunState::RunState(const PipelineOptions& options, std::span<const SignalDefinition> signals)
    : options_(options),
      signals_(signals),
      tracker_({options.max_out_of_orderness, options.idle_after}),
      seen_trades_(seconds(1)) {
  for (const SignalDefinition& signal : signals_) {
    Duration& longest = signal.on == Width::s1 ? longest_second_back_ : longest_minute_back_;
    longest = std::max(longest, signal.back);
  }
}

Outcome RunState::refuse(std::string reason, std::string field, std::string expected) {
  refusal_ = {std::move(reason), std::move(field), std::move(expected)};
  return Outcome::refused;
}

Outcome RunState::too_late(Timestamp event_end, Timestamp accepted_until, std::string_view field) {
  refusal_ = {fmt::format("came when the watermark was at {}, {} later than its end {}",
                          to_iso8601(watermark_), in_seconds(watermark_ - event_end),
                          to_iso8601(event_end)),
              std::string(field),
              fmt::format("before the watermark reaches {}", to_iso8601(accepted_until))};
  return Outcome::too_late;
}

bool RunState::in_future(Timestamp event_end, Timestamp receive_time, std::string_view field) {
  if (event_end <= receive_time + options_.future_tolerance) return false;
  refuse(fmt::format("{} is {} after it was received at {}", to_iso8601(event_end),
                     in_seconds(event_end - receive_time), to_iso8601(receive_time)),
         std::string(field),
         fmt::format("at most {} after the receive time", in_seconds(options_.future_tolerance)));
  return true;
}

DayParts* RunState::find_day(Timestamp t) {
  for (auto day = days_.rbegin(); day != days_.rend(); ++day) {
    if ((*day)->holds(t)) return day->get();
  }
  return nullptr;
}

DayParts& RunState::day_at(Timestamp t) {
  if (DayParts* day = find_day(t)) return *day;
  const TradingDate date = calendar().date_of(t);
  const auto place =
      std::find_if(days_.begin(), days_.end(), [&](const auto& day) { return day->date() > date; });
  return **days_.insert(place, std::make_unique<DayParts>(date));
}

TickWindows& RunState::ticks(SymbolId id) {
  if (id >= ticks_.size()) ticks_.resize(std::max<std::size_t>(id + 1, symbols_.size()));
  return ticks_[id];
}

std::uint8_t RunState::source_index(SourceName source) {
  for (std::size_t i = 0; i < source_count_; ++i) {
    if (sources_[i] == source) return static_cast<std::uint8_t>(i);
  }
  // The last place, which stays empty, stands for all names that came too late for one.
  if (source_count_ + 1 == sources_.size()) return static_cast<std::uint8_t>(source_count_);
  sources_[source_count_] = source;
  return static_cast<std::uint8_t>(source_count_++);
}

std::uint64_t RunState::extras_key(SymbolId id, Width width, Timestamp end) {
  const auto second = static_cast<std::uint64_t>(end.ns / seconds(1).ns);
  return std::uint64_t{id} << 34 | (second << 1 & 0x3ffffffff) | (width == Width::m1 ? 1 : 0);
}

Timestamp RunState::accepted_until(const Bar& bar, Timestamp day_end) const {
  return options_.vendor_allowed_lateness ? bar.end + *options_.vendor_allowed_lateness : day_end;
}

void RunState::accept(Timestamp event_end, Timestamp receive_time, PipelineOutput& out) {
  if (tracker_.observe(event_end, receive_time)) advance(tracker_.current(), out);
}

void RunState::heartbeat(Timestamp now, PipelineOutput& out) {
  if (tracker_.heartbeat(now)) advance(tracker_.current(), out);
}

void RunState::flush(PipelineOutput& out) { advance(kMaxTimestamp, out); }

Outcome RunState::apply(const Bar& bar, Timestamp receive_time, PipelineOutput& out) {
  if (in_future(bar.end, receive_time, "end_time")) return Outcome::refused;
  if (bar.width == Width::m1) return apply_minute(bar, receive_time, out);
  if (bar.width == Width::s1) return apply_second(bar, receive_time, out);
  return apply_longer(bar, receive_time, out);
}

Outcome RunState::apply_minute(const Bar& bar, Timestamp receive_time, PipelineOutput& out) {
  if (floor_to(bar.start, minutes(1)) != bar.start || bar.end != bar.start + minutes(1)) {
    return refuse("a minute bar that is not one minute of the clock", "start_time",
                  "[hh:mm:00, one minute later)");
  }
  DayParts* day = find_day(bar.start);
  const Timestamp day_end =
      day != nullptr ? day->end() : calendar().midnight({calendar().date_of(bar.start).days + 1});
  const Timestamp until = accepted_until(bar, day_end);
  if (watermark_ >= until) return too_late(bar.end, until, "end_time");
  if (day == nullptr) day = &day_at(bar.start);

  const SymbolId id = symbols_.id_of(bar.symbol);
  const Minute minute = day->minute_of(bar.start);
  const MinutePart* part = day->find(id, minute);
  if (part != nullptr && part->has(MinutePart::kVendor) && same_bar(bar, id, *day, minute, *part)) {
    return Outcome::duplicate;
  }
  if (bar.end > watermark_) {
    store(bar, id, *day, minute);
  } else {
    past_.bars.clear();
    past_.signals.clear();
    remember_minute(past_, id, *day, minute);
    store(bar, id, *day, minute);
    revise(past_, id, *day, &bar, out);
  }
  expect_windows(*day, minute);
  accept(bar.end, receive_time, out);
  return Outcome::applied;
}

bool RunState::same_bar(const Bar& bar, SymbolId id, DayParts& day, Minute minute,
                        const MinutePart& part) {
  const bool has_vwap = part.has(MinutePart::kVwap);
  const bool has_transactions = part.has(MinutePart::kTransactions);
  const std::uint64_t extras = part.has(MinutePart::kExtras) ? day.extras(id, minute) : 0;
  return bar.open.raw == part.open && bar.high.raw == part.high && bar.low.raw == part.low &&
         bar.close.raw == part.close && bar.volume.raw == part.volume &&
         bar.vwap.has_value() == has_vwap && (!has_vwap || bar.vwap->raw == part.vwap) &&
         bar.transactions.has_value() == has_transactions &&
         (!has_transactions || *bar.transactions == part.transactions) &&
         extras_fingerprint(bar) == extras;
}

void RunState::store(const Bar& bar, SymbolId id, DayParts& day, Minute minute) {
  MinutePart& part = day.add(id, minute);
  const bool had_extras = part.has(MinutePart::kExtras);
  part.open = bar.open.raw;
  part.high = bar.high.raw;
  part.low = bar.low.raw;
  part.close = bar.close.raw;
  part.volume = bar.volume.raw;
  part.vwap = bar.vwap ? bar.vwap->raw : 0;
  part.transactions = bar.transactions.value_or(0);
  part.source = source_index(bar.source);
  unsigned flags = MinutePart::kVendor;
  if (bar.vwap) flags |= MinutePart::kVwap;
  if (bar.transactions) flags |= MinutePart::kTransactions;
  const std::uint64_t extras = extras_fingerprint(bar);
  if (extras != 0) {
    flags |= MinutePart::kExtras;
    day.extras(id, minute) = extras;
  }
  part.flags = static_cast<std::uint8_t>(flags);
  if (extras == 0 && !had_extras) return;
  const std::uint64_t key = extras_key(id, Width::m1, bar.end);
  if (extras == 0 || bar.end <= watermark_) {
    extras_.erase(key);
  } else {
    extras_[key] = {bar.accumulated_volume, bar.official_open_price, bar.aggregate_vwap,
                    bar.average_size, bar.otc};
  }
}

void RunState::expect_windows(DayParts& day, Minute minute) {
  const Timestamp end = day.time_of(minute + 1);
  if (end == last_expected_) return;
  last_expected_ = end;
  const auto expect = [&](Width width, Timestamp window_end) {
    if (window_end > watermark_) due_.add(window_end, static_cast<unsigned>(width));
  };
  for (const Width width : {Width::m1, Width::m5, Width::m15, Width::h1}) {
    const Minute span = span_minutes(width);
    expect(width, day.time_of((minute / span + 1) * span));
  }
  const SessionSpan* regular = day.regular();
  if (regular != nullptr && minute >= regular->begin && minute < regular->end) {
    expect(Width::d1, day.time_of(regular->end));
  }
}

SecondWindow& RunState::second_window(SymbolId id, Timestamp end) {
  WindowSeries<SecondWindow>& series = ticks(id).seconds;
  if (SecondWindow* newest = series.newest(end)) return *newest;
  // Looking at old windows fetches cold memory, so not at every one.
  if (series.size() % kSecondsBetweenPruning == kSecondsBetweenPruning - 1) {
    series.drop_oldest(expired(series));
  }
  const auto [window, added] = series.find_or_add(end);
  if (added && end > watermark_) {
    if (end != last_seconds_end_) {
      last_seconds_ = &seconds_at_[end];
      last_seconds_end_ = end;
      due_.add(end, static_cast<unsigned>(Width::s1));
    }
    last_seconds_->push_back(id);
  }
  return *window;
}

Outcome RunState::apply_second(const Bar& bar, Timestamp receive_time, PipelineOutput& out) {
  if (floor_to(bar.start, seconds(1)) != bar.start || bar.end != bar.start + seconds(1)) {
    return refuse("a second bar that is not one second of the clock", "start_time",
                  "[hh:mm:ss, one second later)");
  }
  const Timestamp until = bar.end + options_.trade_allowed_lateness;
  if (watermark_ >= until) return too_late(bar.end, until, "end_time");
  DayParts& day = day_at(bar.start);
  const SymbolId id = symbols_.id_of(bar.symbol);
  const VendorSecond values{bar.open,   bar.high, bar.low,          bar.close,
                            bar.volume, bar.vwap, bar.transactions, extras_fingerprint(bar)};
  const SecondWindow* known = ticks(id).seconds.find(bar.end);
  if (known != nullptr && known->vendor && *known->vendor == values) return Outcome::duplicate;

  const bool late = bar.end <= watermark_;
  if (late) {
    past_.bars.clear();
    past_.signals.clear();
    remember_second(past_, id, day, bar.end);
  }
  SecondWindow& window = second_window(id, bar.end);
  window.vendor = std::make_unique<VendorSecond>(values);
  window.source = source_index(bar.source);
  if (late) {
    revise(past_, id, day, &bar, out);
  } else if (const auto key = extras_key(id, Width::s1, bar.end); values.extras != 0) {
    extras_[key] = {bar.accumulated_volume, bar.official_open_price, bar.aggregate_vwap,
                    bar.average_size, bar.otc};
  } else {
    extras_.erase(key);
  }
  accept(bar.end, receive_time, out);
  return Outcome::applied;
}

Outcome RunState::apply_longer(const Bar& given, Timestamp receive_time, PipelineOutput& out) {
  Bar bar = given;
  if (bar.width == Width::d1) {
    const auto hours = calendar().hours(calendar().date_of(bar.start));
    if (!hours) return refuse("a day bar of no trading day", "start_time", "a trading day");
    bar.start = hours->open;
    bar.end = hours->close;
  } else if (const Duration span = span_of(bar.width);
             floor_to(bar.start, span) != bar.start || bar.end != bar.start + span) {
    return refuse(fmt::format("a {} bar that is no window of the UTC clock", to_string(bar.width)),
                  "start_time", "a multiple of the width, and one width long");
  }
  const Timestamp day_end = calendar().midnight({calendar().date_of(bar.start).days + 1});
  const Timestamp until = accepted_until(bar, day_end);
  if (watermark_ >= until) return too_late(bar.end, until, "end_time");
  DayParts& day = day_at(bar.start);
  const SymbolId id = symbols_.id_of(bar.symbol);
  const Minute from = day.minute_of(bar.start);
  bar.origin = Origin::vendor;
  bar.session = day.session_at(from).session;
  bar.is_final = true;
  const Bar* known = day.vendor_bar(bar.width, id, from);
  if (known != nullptr && same_values(*known, bar)) return Outcome::duplicate;

  if (bar.end > watermark_) {
    day.set_vendor_bar(bar.width, id, from, bar);
    due_.add(bar.end, static_cast<unsigned>(bar.width));
  } else {
    past_.bars.clear();
    past_.signals.clear();
    remember_bar(past_, id, bar.width, bar.end);
    day.set_vendor_bar(bar.width, id, from, bar);
    revise(past_, id, day, &bar, out);
  }
  accept(bar.end, receive_time, out);
  return Outcome::applied;
}

Outcome RunState::apply(const Trade& trade, Timestamp receive_time, PipelineOutput& out) {
  if (in_future(trade.time, receive_time, "time")) return Outcome::refused;
  const Timestamp second_end = floor_to(trade.time, seconds(1)) + seconds(1);
  const Timestamp until = second_end + options_.trade_allowed_lateness;
  if (watermark_ >= until) return too_late(trade.time, until, "time");
  const SymbolId id = symbols_.id_of(trade.symbol);
  const TickWindows& windows = ticks(id);
  windows.seconds.prefetch_newest();  // while the identity is looked up
  windows.minutes.prefetch_newest();
  if (!seen_trades_.insert(trade.time, identity_of(trade))) return Outcome::duplicate;

  DayParts& day = day_at(trade.time);
  const Minute minute = day.minute_of(trade.time);
  const UpdateRules rules =
      update_rules(trade.conditions, trade.correction, day.session_at(minute).session);
  if (rules != kMovesNothing) {
    if (second_end > watermark_) {
      add_trade(trade, rules, id, day, minute, second_end);
    } else {
      past_.bars.clear();
      past_.signals.clear();
      remember_second(past_, id, day, second_end);
      remember_minute(past_, id, day, minute);
      add_trade(trade, rules, id, day, minute, second_end);
      revise(past_, id, day, nullptr, out);
    }
  }
  accept(trade.time, receive_time, out);
  return Outcome::applied;
}

void RunState::add_trade(const Trade& trade, UpdateRules rules, SymbolId id, DayParts& day,
                         Minute minute, Timestamp second_end) {
  SecondWindow& second = second_window(id, second_end);
  if (!second.vendor) {
    second.trades.add(trade, rules);
    second.source = source_index(trade.source);
  }
  const MinutePart* part = day.find(id, minute);
  if (part != nullptr && part->has(MinutePart::kVendor)) return;
  const Timestamp minute_end = day.time_of(minute + 1);
  auto& series = ticks_[id].minutes;
  MinuteWindow* window = series.newest(minute_end);
  bool added = false;
  if (window == nullptr) std::tie(window, added) = series.find_or_add(minute_end);
  window->trades.add(trade, rules);
  window->source = source_index(trade.source);
  if (minute_end <= watermark_) {
    store_built(*window, id, day, minute);
  } else if (added) {
    built_minutes_at_[minute_end].push_back(id);
  }
  expect_windows(day, minute);
}

void RunState::store_built(const MinuteWindow& window, SymbolId id, DayParts& day, Minute minute) {
  const TradeSums& trades = window.trades;
  if (!trades.has_bar()) return;
  MinutePart& part = day.add(id, minute);
  const auto vwap = trades.vwap();
  part.open = trades.open().raw;
  part.high = trades.high().raw;
  part.low = trades.low().raw;
  part.close = trades.close().raw;
  part.volume = trades.volume().raw;
  part.vwap = vwap ? vwap->raw : 0;
  part.transactions = trades.transactions();
  part.flags =
      static_cast<std::uint8_t>(MinutePart::kTransactions | (vwap ? MinutePart::kVwap : 0));
  part.source = window.source;
}

}  // namespace tapewire
