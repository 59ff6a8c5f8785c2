// SPDX-License-Identifier: Apache-2.0
#include "analytics/day_parts.h"

#include <algorithm>
#include <string>

#include "model/codec.h"

namespace tapewire {

DayParts::DayParts(TradingDate date)
    : date_(date),
      begin_(calendar().midnight(date)),
      end_(calendar().midnight(TradingDate{date.days + 1})) {
  const auto hours = calendar().hours(date);
  if (!hours) return;
  const Minute marks[] = {minute_of(hours->pre_market_open), minute_of(hours->open),
                          minute_of(hours->close), minute_of(hours->after_hours_close)};
  sessions_ = {SessionSpan{TradingSession::pre_market, marks[0], marks[1]},
               SessionSpan{TradingSession::regular, marks[1], marks[2]},
               SessionSpan{TradingSession::after_hours, marks[2], marks[3]}};
}

MinutePart& DayParts::add(SymbolId id, Minute minute) {
  std::vector<Cell>& cells = slots_[minute / kSlotMinutes].cells;
  if (id >= cells.size()) cells.resize(id + 1);
  Cell& cell = cells[id];
  if (cell.block == 0) {
    if (blocks_ % kSlabBlocks == 0) {
      slabs_.push_back(std::make_unique_for_overwrite<Block[]>(kSlabBlocks));
    }
    cell.block = ++blocks_;
  }
  MinutePart& part = block(cell)[minute % kSlotMinutes];
  const auto bit = static_cast<std::uint16_t>(1U << minute % kSlotMinutes);
  if ((cell.present & bit) == 0) {
    cell.present |= bit;
    part = MinutePart{};
    ++parts_;
  }
  return part;
}

const MinutePart* DayParts::latest(SymbolId id, Minute minute, Minute floor) const {
  Minute slot = minute / kSlotMinutes;
  const Minute last = floor / kSlotMinutes;
  while (true) {
    if (const Cell* cell = cell_of(id, slot)) {
      const unsigned present = cell->present & bits(slot, floor, minute + 1);
      if (present != 0) return &block(*cell)[31U - static_cast<unsigned>(__builtin_clz(present))];
    }
    if (slot == last) return nullptr;
    --slot;
  }
}

std::optional<Minute> DayParts::first(SymbolId id, Minute minute, Minute ceiling) const {
  for (Minute slot = minute / kSlotMinutes; slot * kSlotMinutes < ceiling; ++slot) {
    const Cell* cell = cell_of(id, slot);
    if (cell == nullptr) continue;
    const unsigned present = cell->present & bits(slot, minute, ceiling);
    if (present != 0) {
      return slot * kSlotMinutes + static_cast<unsigned>(__builtin_ctz(present));
    }
  }
  return std::nullopt;
}

std::uint64_t& DayParts::extras(SymbolId id, Minute minute) {
  auto& extras = slots_[minute / kSlotMinutes].extras;
  if (id >= extras.size()) extras.resize(id + 1);
  return extras[id][minute % kSlotMinutes];
}

const Bar* DayParts::vendor_bar(Width width, SymbolId id, Minute start) const {
  const auto at = vendor_bars_.find(key(width, id, start));
  return at == vendor_bars_.end() ? nullptr : &at->second;
}

void DayParts::set_vendor_bar(Width width, SymbolId id, Minute start, const Bar& bar) {
  vendor_bars_[key(width, id, start)] = bar;
}

namespace {

template <class Map>
std::vector<std::uint64_t> sorted_keys(const Map& map) {
  std::vector<std::uint64_t> keys;
  keys.reserve(map.size());
  for (const auto& [key, value] : map) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  return keys;
}

// Neighbouring minutes are alike, so prices go as differences.
void save_part(const MinutePart& part, std::int64_t& last, ByteWriter& out) {
  out.fixed(part.flags);
  out.signed_varint(part.close - last);
  last = part.close;
  out.signed_varint(part.open - last);
  out.signed_varint(part.high - last);
  out.signed_varint(part.low - last);
  out.signed_varint(part.volume);
  if (part.has(MinutePart::kVwap)) out.signed_varint(part.vwap - last);
  if (part.has(MinutePart::kTransactions)) out.signed_varint(part.transactions);
  out.varint(part.source);
  out.varint(part.revision);
  out.varint(part.signal_revision);
}

void load_part(MinutePart& part, std::int64_t& last, ByteReader& in) {
  part.flags = in.fixed<std::uint8_t>();
  last += in.signed_varint();
  part.close = last;
  part.open = last + in.signed_varint();
  part.high = last + in.signed_varint();
  part.low = last + in.signed_varint();
  part.volume = in.signed_varint();
  if (part.has(MinutePart::kVwap)) part.vwap = last + in.signed_varint();
  if (part.has(MinutePart::kTransactions)) part.transactions = in.signed_varint();
  part.source = static_cast<std::uint8_t>(in.varint());
  part.revision = static_cast<std::uint16_t>(in.varint());
  part.signal_revision = static_cast<std::uint16_t>(in.varint());
}

}  // namespace

void DayParts::save_slot(const Slot& slot, ByteWriter& out) const {
  out.varint(static_cast<std::uint64_t>(std::count_if(
      slot.cells.begin(), slot.cells.end(), [](const Cell& c) { return c.present != 0; })));
  for (SymbolId id = 0; id < slot.cells.size(); ++id) {
    const Cell& cell = slot.cells[id];
    if (cell.present == 0) continue;
    out.varint(id);
    out.varint(cell.present);
    std::int64_t last = 0;
    for (unsigned m = 0; m < kSlotMinutes; ++m) {
      if ((cell.present >> m & 1) == 0) continue;
      const MinutePart& part = block(cell)[m];
      save_part(part, last, out);
      if (part.has(MinutePart::kExtras)) out.fixed(slot.extras[id][m]);
    }
  }
}

void DayParts::load_slot(Minute index, ByteReader& in, std::size_t symbols) {
  const std::uint64_t count = in.varint();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    const std::uint64_t id = in.varint();
    const std::uint64_t present = in.varint();
    if (id >= symbols) {
      in = ByteReader({});
      static_cast<void>(in.fixed<char>());  // marks the reader as failed
      return;
    }
    std::int64_t last = 0;
    for (Minute m = 0; m < kSlotMinutes; ++m) {
      if ((present >> m & 1) == 0) continue;
      const Minute minute = index * kSlotMinutes + m;
      MinutePart& part = add(static_cast<SymbolId>(id), minute);
      load_part(part, last, in);
      if (part.has(MinutePart::kExtras)) {
        extras(static_cast<SymbolId>(id), minute) = in.fixed<std::uint64_t>();
      }
    }
  }
}

void DayParts::save(ByteWriter& out) const {
  for (const Slot& slot : slots_) save_slot(slot, out);
  out.varint(vendor_bars_.size());
  std::string payload;
  for (const std::uint64_t key : sorted_keys(vendor_bars_)) {
    payload.clear();
    const Bar& bar = vendor_bars_.at(key);
    encode(bar, payload);
    out.fixed(key);
    out.text(bar.symbol.view());
    out.text(payload);
  }
  out.varint(revisions_.size());
  for (const std::uint64_t key : sorted_keys(revisions_)) {
    out.fixed(key);
    out.signed_varint(revisions_.at(key));
  }
  out.varint(boundaries_.size());
  for (const std::uint64_t key : sorted_keys(boundaries_)) {
    const BoundarySignals& boundary = boundaries_.at(key);
    out.fixed(key);
    out.signed_varint(boundary.revision);
    for (const auto& value : boundary.values) {
      out.fixed(static_cast<std::uint8_t>(value.has_value()));
      if (value) out.fixed(*value);
    }
  }
}

void DayParts::load(ByteReader& in, std::size_t symbols) {
  for (Minute index = 0; index < kSlots && in.ok(); ++index) load_slot(index, in, symbols);
  const std::uint64_t bars = in.varint();
  for (std::uint64_t i = 0; i < bars && in.ok(); ++i) {
    const auto key = in.fixed<std::uint64_t>();
    const std::string_view symbol = in.text();
    if (auto bar = decode_bar(symbol, in.text())) vendor_bars_[key] = *bar;
  }
  const std::uint64_t revisions = in.varint();
  for (std::uint64_t i = 0; i < revisions && in.ok(); ++i) {
    const auto key = in.fixed<std::uint64_t>();
    revisions_[key] = static_cast<std::int32_t>(in.signed_varint());
  }
  const std::uint64_t boundaries = in.varint();
  for (std::uint64_t i = 0; i < boundaries && in.ok(); ++i) {
    BoundarySignals& boundary = boundaries_[in.fixed<std::uint64_t>()];
    boundary.revision = static_cast<std::int32_t>(in.signed_varint());
    for (auto& value : boundary.values) {
      if (in.fixed<std::uint8_t>() != 0) value = in.fixed<double>();
    }
  }
}

}  // namespace tapewire
