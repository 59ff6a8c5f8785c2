// SPDX-License-Identifier: Apache-2.0
#include "model/codec.h"

#include "model/codec_fields.h"

namespace tapewire {
namespace {

using codec::Packer;
using codec::Unpacker;
using codec::wrapping_add;
using codec::wrapping_subtract;

std::unexpected<Error> bad_key(std::string_view kind, std::string_view key) {
  return fail(ErrorCode::corrupt,
              fmt::format("corrupt {} record: a key of {} bytes is no symbol", kind, key.size()));
}

// The second byte of a bar: width, origin, session, is_final.
constexpr unsigned kOriginShift = 3;
constexpr unsigned kSessionShift = 5;
constexpr unsigned kFinalBit = 0x80;

// The third byte of a bar: which optional fields follow.
constexpr unsigned kVwap = 0x01;
constexpr unsigned kTransactions = 0x02;
constexpr unsigned kAccumulatedVolume = 0x04;
constexpr unsigned kOfficialOpen = 0x08;
constexpr unsigned kAggregateVwap = 0x10;
constexpr unsigned kAverageSize = 0x20;
constexpr unsigned kOtc = 0x40;
constexpr unsigned kOtcTrue = 0x80;

// The fourth byte of a bar: units, and what differs from the usual.
constexpr unsigned kVwapUnitShift = 2;
constexpr unsigned kVolumeUnitBit = 0x10;
constexpr unsigned kRevisionBit = 0x20;
constexpr unsigned kSpanBit = 0x40;  // end is not start + span_of(width)
constexpr unsigned kWholeSecondsBit = 0x80;

unsigned optional_fields(const Bar& bar) {
  unsigned has = 0;
  if (bar.vwap) has |= kVwap;
  if (bar.transactions) has |= kTransactions;
  if (bar.accumulated_volume) has |= kAccumulatedVolume;
  if (bar.official_open_price) has |= kOfficialOpen;
  if (bar.aggregate_vwap) has |= kAggregateVwap;
  if (bar.average_size) has |= kAverageSize;
  if (bar.otc) has |= kOtc;
  if (bar.otc.value_or(false)) has |= kOtcTrue;
  return has;
}

void read_optional_fields(Unpacker& in, unsigned has, std::int64_t price_unit,
                          std::int64_t vwap_unit, std::int64_t volume_unit, Bar& bar) {
  if (has & kVwap) bar.vwap = Price{wrapping_add(bar.open.raw, in.scaled(vwap_unit))};
  if (has & kTransactions) bar.transactions = in.signed_varint();
  if (has & kAccumulatedVolume) bar.accumulated_volume = Quantity{in.scaled(volume_unit)};
  if (has & kOfficialOpen) {
    bar.official_open_price = Price{wrapping_add(bar.open.raw, in.scaled(price_unit))};
  }
  if (has & kAggregateVwap) {
    bar.aggregate_vwap = Price{wrapping_add(bar.open.raw, in.scaled(vwap_unit))};
  }
  if (has & kAverageSize) bar.average_size = Quantity{in.signed_varint()};
  if (has & kOtc) bar.otc = (has & kOtcTrue) != 0;
  if ((has & (kOtc | kOtcTrue)) == kOtcTrue) in.refuse("otc has a value but is absent");
}

// The second byte of a trade or quote: which optional fields follow.
constexpr unsigned kParticipantTime = 0x01;
constexpr unsigned kTrfTime = 0x02;
constexpr unsigned kConditions = 0x04;
constexpr unsigned kIndicators = 0x08;  // quotes
constexpr unsigned kCorrection = 0x08;  // trades
constexpr unsigned kTrfId = 0x10;  // trades
constexpr unsigned kTradeId = 0x20;  // trades
constexpr unsigned kQuoteHasMask = 0x0f;
constexpr unsigned kTradeHasMask = 0x3f;

// The third byte of a trade or quote: units of time, price and size.
constexpr unsigned kTickPriceShift = 2;
constexpr unsigned kTickSizeBit = 0x10;
constexpr unsigned kTickUnitsMask = 0x1f;

template <std::size_t N>
void write_tick_times(Packer<N>& out, Timestamp time, const std::optional<Timestamp>& participant,
                      const std::optional<Timestamp>& trf) {
  if (participant) out.signed_varint(wrapping_subtract(participant->ns, time.ns));
  if (trf) out.signed_varint(wrapping_subtract(trf->ns, time.ns));
}

void read_tick_times(Unpacker& in, unsigned has, Timestamp time,
                     std::optional<Timestamp>& participant, std::optional<Timestamp>& trf) {
  if (has & kParticipantTime) participant = Timestamp{wrapping_add(time.ns, in.signed_varint())};
  if (has & kTrfTime) trf = Timestamp{wrapping_add(time.ns, in.signed_varint())};
}

}  // namespace

void encode(const Bar& bar, std::string& out) {
  const std::int64_t open = bar.open.raw;
  const std::int64_t high = wrapping_subtract(bar.high.raw, open);
  const std::int64_t low = wrapping_subtract(bar.low.raw, open);
  const std::int64_t close = wrapping_subtract(bar.close.raw, open);
  const std::int64_t official =
      bar.official_open_price ? wrapping_subtract(bar.official_open_price->raw, open) : 0;
  const std::int64_t vwap = bar.vwap ? wrapping_subtract(bar.vwap->raw, open) : 0;
  const std::int64_t day_vwap =
      bar.aggregate_vwap ? wrapping_subtract(bar.aggregate_vwap->raw, open) : 0;
  const std::int64_t day_volume = bar.accumulated_volume ? bar.accumulated_volume->raw : 0;

  const unsigned unit = codec::price_unit(open, high, low, close, official);
  const unsigned vwap_unit = codec::price_unit(vwap, day_vwap);
  const unsigned volume_unit = codec::quantity_unit(bar.volume.raw, day_volume);
  const std::int64_t span = wrapping_subtract(bar.end.ns, bar.start.ns);
  const unsigned has = optional_fields(bar);
  unsigned units = unit | vwap_unit << kVwapUnitShift;
  if (volume_unit != 0) units |= kVolumeUnitBit;
  if (bar.revision != 0) units |= kRevisionBit;
  if (span != span_of(bar.width).ns) units |= kSpanBit;
  const bool whole_seconds = bar.start.ns % 1'000'000'000 == 0;
  if (whole_seconds) units |= kWholeSecondsBit;

  // 4 flag bytes, 16 bytes of source, at most 14 numbers of 10 bytes.
  Packer<4 + 16 + 14 * 10> pack;
  pack.byte(codec::kVersion);
  pack.byte(static_cast<unsigned>(bar.width) | static_cast<unsigned>(bar.origin) << kOriginShift |
            static_cast<unsigned>(bar.session) << kSessionShift | (bar.is_final ? kFinalBit : 0));
  pack.byte(has);
  pack.byte(units);
  pack.time(bar.start, whole_seconds ? codec::kTimeSeconds : codec::kTimeNanoseconds);
  if (units & kSpanBit) pack.signed_varint(span);
  if (units & kRevisionBit) pack.signed_varint(bar.revision);
  pack.signed_varint(codec::divide_price(open, unit));
  pack.signed_varint(codec::divide_price(high, unit));
  pack.signed_varint(codec::divide_price(low, unit));
  pack.signed_varint(codec::divide_price(close, unit));
  pack.signed_varint(codec::divide_quantity(bar.volume.raw, volume_unit));
  if (has & kVwap) pack.signed_varint(codec::divide_price(vwap, vwap_unit));
  if (has & kTransactions) pack.signed_varint(*bar.transactions);
  if (has & kAccumulatedVolume) pack.signed_varint(codec::divide_quantity(day_volume, volume_unit));
  if (has & kOfficialOpen) pack.signed_varint(codec::divide_price(official, unit));
  if (has & kAggregateVwap) pack.signed_varint(codec::divide_price(day_vwap, vwap_unit));
  if (has & kAverageSize) pack.signed_varint(bar.average_size->raw);
  pack.source(bar.source);
  pack.append_to(out);
}

Result<Bar> decode_bar(std::string_view key, std::string_view payload) {
  Result<Bar> result(std::in_place);
  Bar& bar = *result;
  if (key.size() > Symbol::kCapacity) return bad_key("bar", key);
  bar.symbol = Symbol(key);
  Unpacker in(payload);
  in.version();
  const unsigned kind = in.byte();
  const unsigned has = in.byte();
  const unsigned units = in.byte();
  const unsigned width = kind & 0x07;
  const unsigned origin = kind >> kOriginShift & 0x03;
  if (width >= kWidths.size() || origin > static_cast<unsigned>(Origin::vendor)) {
    in.refuse("its width or origin is unknown");
    return in.error("bar", payload.size());
  }
  bar.width = static_cast<Width>(width);
  bar.origin = static_cast<Origin>(origin);
  bar.session = static_cast<TradingSession>(kind >> kSessionShift & 0x03);
  bar.is_final = (kind & kFinalBit) != 0;
  const std::int64_t unit = in.price_unit(units & 0x03);
  const std::int64_t vwap_unit = in.price_unit(units >> kVwapUnitShift & 0x03);
  const std::int64_t volume_unit = codec::kQuantityUnits[(units & kVolumeUnitBit) ? 1 : 0];

  bar.start = in.time((units & kWholeSecondsBit) ? codec::kTimeSeconds : codec::kTimeNanoseconds);
  const std::int64_t span = (units & kSpanBit) ? in.signed_varint() : span_of(bar.width).ns;
  bar.end = {wrapping_add(bar.start.ns, span)};
  if (units & kRevisionBit) bar.revision = in.narrow();
  bar.open = {in.scaled(unit)};
  bar.high = {wrapping_add(bar.open.raw, in.scaled(unit))};
  bar.low = {wrapping_add(bar.open.raw, in.scaled(unit))};
  bar.close = {wrapping_add(bar.open.raw, in.scaled(unit))};
  bar.volume = {in.scaled(volume_unit)};
  read_optional_fields(in, has, unit, vwap_unit, volume_unit, bar);
  bar.source = in.source();
  if (!in.complete()) return in.error("bar", payload.size());
  return result;
}

void encode(const Trade& trade, std::string& out) {
  unsigned has = 0;
  if (trade.participant_time) has |= kParticipantTime;
  if (trade.trf_time) has |= kTrfTime;
  if (!trade.conditions.view().empty()) has |= kConditions;
  if (trade.correction != 0) has |= kCorrection;
  if (trade.trf_id != 0) has |= kTrfId;
  if (!trade.id.empty()) has |= kTradeId;
  const unsigned time = codec::time_code(trade.time);
  const unsigned price = codec::price_unit(trade.price.raw);
  const unsigned size = codec::quantity_unit(trade.size.raw);

  // 3 flag bytes, 16 of source, 40 of id, 43 of conditions, 10 numbers.
  Packer<3 + 16 + 40 + 43 + 10 * 10> pack;
  pack.byte(codec::kVersion);
  pack.byte(has);
  pack.byte(time | price << kTickPriceShift | (size != 0 ? kTickSizeBit : 0));
  pack.time(trade.time, time);
  pack.signed_varint(codec::divide_price(trade.price.raw, price));
  pack.signed_varint(codec::divide_quantity(trade.size.raw, size));
  pack.signed_varint(trade.sequence);
  pack.signed_varint(trade.exchange);
  pack.signed_varint(trade.tape);
  write_tick_times(pack, trade.time, trade.participant_time, trade.trf_time);
  if (has & kConditions) pack.conditions(trade.conditions);
  if (has & kCorrection) pack.signed_varint(trade.correction);
  if (has & kTrfId) pack.signed_varint(trade.trf_id);
  if (has & kTradeId) {
    pack.byte(static_cast<unsigned>(trade.id.view().size()));
    pack.raw(trade.id.view());
  }
  pack.source(trade.source);
  pack.append_to(out);
}

Result<Trade> decode_trade(std::string_view key, std::string_view payload) {
  Result<Trade> result(std::in_place);
  Trade& trade = *result;
  if (key.size() > Symbol::kCapacity) return bad_key("trade", key);
  trade.symbol = Symbol(key);
  Unpacker in(payload);
  in.version();
  const unsigned has = in.byte();
  const unsigned units = in.byte();
  if ((has & ~kTradeHasMask) != 0 || (units & ~kTickUnitsMask) != 0) in.refuse("unknown flags");
  trade.time = in.time(units & 0x03);
  trade.price = {in.scaled(in.price_unit(units >> kTickPriceShift & 0x03))};
  trade.size = {in.scaled(codec::kQuantityUnits[(units & kTickSizeBit) ? 1 : 0])};
  trade.sequence = in.signed_varint();
  trade.exchange = in.narrow();
  trade.tape = in.narrow();
  read_tick_times(in, has, trade.time, trade.participant_time, trade.trf_time);
  if (has & kConditions) trade.conditions = in.conditions();
  if (has & kCorrection) trade.correction = in.narrow();
  if (has & kTrfId) trade.trf_id = in.narrow();
  if (has & kTradeId) trade.id = in.inline_text<TradeId::kCapacity>();
  trade.source = in.source();
  if (!in.complete()) return in.error("trade", payload.size());
  return result;
}

void encode(const Quote& quote, std::string& out) {
  unsigned has = 0;
  if (quote.participant_time) has |= kParticipantTime;
  if (quote.trf_time) has |= kTrfTime;
  if (!quote.conditions.view().empty()) has |= kConditions;
  if (!quote.indicators.view().empty()) has |= kIndicators;
  const std::int64_t bid = quote.bid_price.raw;
  const std::int64_t ask = wrapping_subtract(quote.ask_price.raw, bid);
  const unsigned time = codec::time_code(quote.time);
  const unsigned price = codec::price_unit(bid, ask);
  const unsigned size = codec::quantity_unit(quote.bid_size.raw, quote.ask_size.raw);

  // 3 flag bytes, 16 of source, twice 43 of conditions, 11 numbers.
  Packer<3 + 16 + 2 * 43 + 11 * 10> pack;
  pack.byte(codec::kVersion);
  pack.byte(has);
  pack.byte(time | price << kTickPriceShift | (size != 0 ? kTickSizeBit : 0));
  pack.time(quote.time, time);
  pack.signed_varint(codec::divide_price(bid, price));
  pack.signed_varint(codec::divide_price(ask, price));
  pack.signed_varint(codec::divide_quantity(quote.bid_size.raw, size));
  pack.signed_varint(codec::divide_quantity(quote.ask_size.raw, size));
  pack.signed_varint(quote.sequence);
  pack.signed_varint(quote.bid_exchange);
  pack.signed_varint(quote.ask_exchange);
  pack.signed_varint(quote.tape);
  write_tick_times(pack, quote.time, quote.participant_time, quote.trf_time);
  if (has & kConditions) pack.conditions(quote.conditions);
  if (has & kIndicators) pack.conditions(quote.indicators);
  pack.source(quote.source);
  pack.append_to(out);
}

Result<Quote> decode_quote(std::string_view key, std::string_view payload) {
  Result<Quote> result(std::in_place);
  Quote& quote = *result;
  if (key.size() > Symbol::kCapacity) return bad_key("quote", key);
  quote.symbol = Symbol(key);
  Unpacker in(payload);
  in.version();
  const unsigned has = in.byte();
  const unsigned units = in.byte();
  if ((has & ~kQuoteHasMask) != 0 || (units & ~kTickUnitsMask) != 0) in.refuse("unknown flags");
  const std::int64_t price_unit = in.price_unit(units >> kTickPriceShift & 0x03);
  const std::int64_t size_unit = codec::kQuantityUnits[(units & kTickSizeBit) ? 1 : 0];
  quote.time = in.time(units & 0x03);
  quote.bid_price = {in.scaled(price_unit)};
  quote.ask_price = {wrapping_add(quote.bid_price.raw, in.scaled(price_unit))};
  quote.bid_size = {in.scaled(size_unit)};
  quote.ask_size = {in.scaled(size_unit)};
  quote.sequence = in.signed_varint();
  quote.bid_exchange = in.narrow();
  quote.ask_exchange = in.narrow();
  quote.tape = in.narrow();
  read_tick_times(in, has, quote.time, quote.participant_time, quote.trf_time);
  if (has & kConditions) quote.conditions = in.conditions();
  if (has & kIndicators) quote.indicators = in.conditions();
  quote.source = in.source();
  if (!in.complete()) return in.error("quote", payload.size());
  return result;
}

}  // namespace tapewire
