// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "analytics/run_state.h"

namespace tapewire {
namespace {

void save_optional(const std::optional<std::int64_t>& value, ByteWriter& out) {
  out.fixed(static_cast<std::uint8_t>(value.has_value()));
  if (value) out.signed_varint(*value);
}
std::optional<std::int64_t> load_optional(ByteReader& in) {
  if (in.fixed<std::uint8_t>() == 0) return std::nullopt;
  return in.signed_varint();
}
template <class Wrapped>
void save_wrapped(const std::optional<Wrapped>& value, ByteWriter& out) {
  save_optional(value ? std::optional(value->raw) : std::nullopt, out);
}
template <class Wrapped>
std::optional<Wrapped> load_wrapped(ByteReader& in) {
  const auto raw = load_optional(in);
  return raw ? std::optional(Wrapped{*raw}) : std::nullopt;
}

void save_vendor(const VendorSecond& v, ByteWriter& out) {
  for (const std::int64_t n : {v.open.raw, v.high.raw, v.low.raw, v.close.raw, v.volume.raw}) {
    out.signed_varint(n);
  }
  save_wrapped(v.vwap, out);
  save_optional(v.transactions, out);
  out.fixed(v.extras);
}
VendorSecond load_vendor(ByteReader& in) {
  VendorSecond v;
  for (std::int64_t* n : {&v.open.raw, &v.high.raw, &v.low.raw, &v.close.raw, &v.volume.raw}) {
    *n = in.signed_varint();
  }
  v.vwap = load_wrapped<Price>(in);
  v.transactions = load_optional(in);
  v.extras = in.fixed<std::uint64_t>();
  return v;
}

void save_second(const SecondWindow& w, ByteWriter& out) {
  out.fixed(w.end.ns);
  out.fixed(static_cast<std::uint8_t>(w.vendor != nullptr));
  if (w.vendor) {
    save_vendor(*w.vendor, out);
  } else {
    w.trades.save(out);
  }
  out.varint(w.revision);
  out.varint(w.signal_revision);
  out.fixed(w.source);
}
void load_second(SecondWindow& w, ByteReader& in) {
  if (in.fixed<std::uint8_t>() != 0) {
    w.vendor = std::make_unique<VendorSecond>(load_vendor(in));
  } else {
    w.trades.load(in);
  }
  w.revision = static_cast<std::uint16_t>(in.varint());
  w.signal_revision = static_cast<std::uint16_t>(in.varint());
  w.source = in.fixed<std::uint8_t>();
}

using WaitingIds = std::map<Timestamp, std::vector<SymbolId>>;

void save_waiting(const WaitingIds& waiting, ByteWriter& out) {
  out.varint(waiting.size());
  for (const auto& [end, ids] : waiting) {
    out.fixed(end.ns);
    out.varint(ids.size());
    for (const SymbolId id : ids) out.varint(id);
  }
}
void load_waiting(WaitingIds& waiting, std::size_t symbols, bool& sound, ByteReader& in) {
  const std::uint64_t count = in.varint();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    std::vector<SymbolId>& ids = waiting[Timestamp{in.fixed<std::int64_t>()}];
    const std::uint64_t size = in.varint();
    for (std::uint64_t k = 0; k < size && in.ok(); ++k) {
      const std::uint64_t id = in.varint();
      sound = sound && id < symbols;
      ids.push_back(static_cast<SymbolId>(id));
    }
  }
}

}  // namespace

void RunState::save(ByteWriter& out) const {
  counters.save(out);
  tracker_.save(out);
  for (const Timestamp t : {watermark_, last_forget_}) out.fixed(t.ns);
  out.varint(source_count_);
  for (std::size_t i = 0; i < source_count_; ++i) out.text(sources_[i].view());
  out.varint(symbols_.size());
  for (SymbolId id = 0; id < symbols_.size(); ++id) out.text(symbols_.key(id).view());
  out.varint(days_.size());
  for (const auto& day : days_) {
    out.signed_varint(day->date().days);
    day->save(out);
  }
  due_.save(out);
  save_ticks(out);
  save_waiting(seconds_at_, out);
  save_waiting(built_minutes_at_, out);
  seen_trades_.save(out);
  save_extras(out);
}

bool RunState::load(ByteReader& in) {
  bool sound = true;
  counters.load(in);
  tracker_.load(in);
  for (Timestamp* t : {&watermark_, &last_forget_}) t->ns = in.fixed<std::int64_t>();
  const std::uint64_t sources = in.varint();
  if (sources >= sources_.size()) return false;
  for (source_count_ = 0; source_count_ < sources && in.ok(); ++source_count_) {
    sources_[source_count_] = SourceName::from(in.text()).value_or(SourceName{});
  }
  const std::uint64_t symbols = in.varint();
  for (std::uint64_t i = 0; i < symbols && in.ok(); ++i) {
    const auto symbol = Symbol::from(in.text());
    sound = sound && symbol && symbols_.id_of(*symbol) == i;
  }
  const std::uint64_t days = in.varint();
  for (std::uint64_t i = 0; i < days && in.ok(); ++i) {
    const TradingDate date{static_cast<std::int32_t>(in.signed_varint())};
    days_.push_back(std::make_unique<DayParts>(date));
    days_.back()->load(in, symbols_.size());
  }
  due_.load(in);
  sound = load_ticks(in) && sound;
  load_waiting(seconds_at_, ticks_.size(), sound, in);
  load_waiting(built_minutes_at_, ticks_.size(), sound, in);
  seen_trades_.load(in);
  load_extras(in);
  return sound && in.ok();
}

// What has expired is left out, whether or not it was forgotten already.
void RunState::save_ticks(ByteWriter& out) const {
  out.varint(ticks_.size());
  for (const TickWindows& windows : ticks_) {
    const WindowSeries<SecondWindow>& seconds = windows.seconds;
    const std::size_t from = expired(seconds);
    out.varint(seconds.size() - from);
    for (std::size_t i = from; i < seconds.size(); ++i) save_second(seconds[i], out);
    out.varint(windows.minutes.size());
    for (std::size_t i = 0; i < windows.minutes.size(); ++i) {
      const MinuteWindow& window = windows.minutes[i];
      out.fixed(window.end.ns);
      window.trades.save(out);
      out.fixed(window.source);
    }
  }
}

bool RunState::load_ticks(ByteReader& in) {
  const std::uint64_t count = in.varint();
  if (count > symbols_.size()) return false;
  ticks_.resize(count);
  for (TickWindows& windows : ticks_) {
    const std::uint64_t seconds = in.varint();
    for (std::uint64_t i = 0; i < seconds && in.ok(); ++i) {
      load_second(windows.seconds.push_back({in.fixed<std::int64_t>()}), in);
    }
    const std::uint64_t minutes = in.varint();
    for (std::uint64_t i = 0; i < minutes && in.ok(); ++i) {
      MinuteWindow& window = windows.minutes.push_back({in.fixed<std::int64_t>()});
      window.trades.load(in);
      window.source = in.fixed<std::uint8_t>();
    }
  }
  return true;
}

void RunState::save_extras(ByteWriter& out) const {
  std::vector<std::uint64_t> keys;
  for (const auto& [key, extras] : extras_) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  out.varint(keys.size());
  for (const std::uint64_t key : keys) {
    const Extras& extras = extras_.at(key);
    out.fixed(key);
    save_wrapped(extras.accumulated_volume, out);
    save_wrapped(extras.official_open_price, out);
    save_wrapped(extras.aggregate_vwap, out);
    save_wrapped(extras.average_size, out);
    out.fixed(static_cast<std::uint8_t>(extras.otc ? (*extras.otc ? 2 : 1) : 0));
  }
}

void RunState::load_extras(ByteReader& in) {
  const std::uint64_t count = in.varint();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    Extras& extras = extras_[in.fixed<std::uint64_t>()];
    extras.accumulated_volume = load_wrapped<Quantity>(in);
    extras.official_open_price = load_wrapped<Price>(in);
    extras.aggregate_vwap = load_wrapped<Price>(in);
    extras.average_size = load_wrapped<Quantity>(in);
    const auto otc = in.fixed<std::uint8_t>();
    if (otc != 0) extras.otc = otc == 2;
  }
}

}  // namespace tapewire
