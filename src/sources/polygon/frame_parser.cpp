// SPDX-License-Identifier: Apache-2.0
#include "sources/polygon/frame_parser.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/check.h"
#include "sources/polygon/event_fields.h"
#include "sources/shown_text.h"

namespace tapewire {
namespace {

namespace ondemand = simdjson::ondemand;
using polygon::EventFields;
using polygon::Key;

constexpr SourceName kSource("polygon");
constexpr std::size_t kPayloadBytesMax = 64 << 10;

// The text of the JSON value at `begin`, strings in it respected; all of the rest where it does not
// end.
std::string_view value_text(const char* begin, const char* end) {
  int depth = 0;
  bool in_text = false;
  for (const char* at = begin; at != end; ++at) {
    if (in_text) {
      if (*at == '\\' && at + 1 != end)
        ++at;
      else if (*at == '"')
        in_text = false;
    } else if (*at == '"') {
      in_text = true;
    } else if (*at == '{' || *at == '[') {
      ++depth;
    } else if (*at == '}' || *at == ']') {
      if (--depth <= 0) return {begin, static_cast<std::size_t>(at + 1 - begin)};
    } else if (*at == ',' && depth == 0) {
      return {begin, static_cast<std::size_t>(at - begin)};
    }
  }
  return {begin, static_cast<std::size_t>(end - begin)};
}

// How much of a batch was there before a frame.
struct Mark {
  std::size_t order, bars, trades, quotes, rejected;
  std::uint64_t rounded;
  explicit Mark(const EventBatch& batch)
      : order(batch.order.size()),
        bars(batch.bars.size()),
        trades(batch.trades.size()),
        quotes(batch.quotes.size()),
        rejected(batch.rejected.size()),
        rounded(batch.rounded) {}
  void restore(EventBatch& batch) const {
    batch.order.resize(order);
    batch.bars.resize(bars);
    batch.trades.resize(trades);
    batch.quotes.resize(quotes);
    batch.rejected.resize(rejected);
    batch.rounded = rounded;
  }
};

bool read_bar(EventFields& in, Width width, Bar& bar) {
  bar.width = width;
  bar.source = kSource;
  if (!in.symbol(Key::sym, "symbol", bar.symbol) || !in.time(Key::s, "start_time", bar.start) ||
      !in.price(Key::o, "open", bar.open) || !in.price(Key::h, "high", bar.high) ||
      !in.price(Key::l, "low", bar.low) || !in.price(Key::c, "close", bar.close)) {
    return false;
  }
  bar.end = bar.start + span_of(width);
  if (in.has(Key::e) && !in.time(Key::e, "end_time", bar.end)) return false;
  const auto is_text = [&](Key key) {
    return in.has(key) && in[key].type == EventFields::Type::text;
  };
  // Indices have no volume.
  const bool index = bar.symbol.view().starts_with("I:") && !in.has(Key::v);
  if (!index && !in.quantity(is_text(Key::dv) ? Key::dv : Key::v, "volume", bar.volume))
    return false;
  const Key accumulated = is_text(Key::dav) ? Key::dav : Key::av;
  if (!in.maybe_quantity(accumulated, "accumulated_volume", bar.accumulated_volume) ||
      !in.maybe_price(Key::op, "official_open_price", bar.official_open_price) ||
      !in.maybe_price(Key::vw, "vwap", bar.vwap) ||
      !in.maybe_price(Key::a, "aggregate_vwap", bar.aggregate_vwap) ||
      !in.maybe_quantity(Key::z, "average_size", bar.average_size) ||
      !in.maybe_flag(Key::otc, "otc", bar.otc)) {
    return false;
  }
  // Before the open there is no official opening price: 0.
  if (bar.official_open_price == Price{0}) bar.official_open_price.reset();
  return true;
}

bool read_trade(EventFields& in, Trade& trade) {
  trade.source = kSource;
  const bool fractional = in.has(Key::ds) && in[Key::ds].type == EventFields::Type::text;
  if (!in.symbol(Key::sym, "symbol", trade.symbol) || !in.time(Key::t, "time", trade.time) ||
      !in.price(Key::p, "price", trade.price) ||
      !in.quantity(fractional ? Key::ds : Key::s, "size", trade.size) ||
      !in.maybe_conditions(Key::c, "conditions", trade.conditions) ||
      !in.maybe_small(Key::x, "exchange", trade.exchange) ||
      !in.maybe_small(Key::z, "tape", trade.tape) ||
      !in.maybe_integer(Key::q, "sequence", trade.sequence) ||
      !in.maybe_small(Key::trfi, "trf_id", trade.trf_id) ||
      !in.maybe_time(Key::trft, "trf_time", trade.trf_time)) {
    return false;
  }
  if (!in.has(Key::i)) return true;
  const EventFields::Field& id = in[Key::i];
  const std::optional<TradeId> text = TradeId::from(id.text);
  if (!text || (id.type != EventFields::Type::number && id.type != EventFields::Type::text)) {
    return in.bad(Key::i, "id", "not a trade's name", "at most 39 bytes");
  }
  trade.id = *text;
  return true;
}

bool read_quote(EventFields& in, Quote& quote) {
  quote.source = kSource;
  // One side may be absent.
  const auto side = [&](Key price, Key size, std::string_view price_name,
                        std::string_view size_name, Price& p, Quantity& s) {
    return (!in.has(price) || in.price(price, price_name, p)) &&
           (!in.has(size) || in.quantity(size, size_name, s));
  };
  if (!in.has(Key::bp) && !in.has(Key::ap))
    return in.bad(Key::bp, "bid_price", "", "a price of the bid, the ask or both");
  return in.symbol(Key::sym, "symbol", quote.symbol) && in.time(Key::t, "time", quote.time) &&
         side(Key::bp, Key::bs, "bid_price", "bid_size", quote.bid_price, quote.bid_size) &&
         side(Key::ap, Key::as, "ask_price", "ask_size", quote.ask_price, quote.ask_size) &&
         in.maybe_conditions(Key::c, "conditions", quote.conditions) &&
         in.maybe_conditions(Key::i, "indicators", quote.indicators) &&
         in.maybe_small(Key::bx, "bid_exchange", quote.bid_exchange) &&
         in.maybe_small(Key::ax, "ask_exchange", quote.ask_exchange) &&
         in.maybe_small(Key::z, "tape", quote.tape) &&
         in.maybe_integer(Key::q, "sequence", quote.sequence) &&
         in.maybe_time(Key::trft, "trf_time", quote.trf_time);
}

}  // namespace

struct PolygonFrameParser::State {
  std::string origin;
  ondemand::parser parser;
  std::vector<char> buffer;  // the frame and simdjson's padding
  std::size_t size = 0;
  EventFields fields;
  Summary summary;
  EventBatch* batch = nullptr;
  ValidationLimits limits;

  void reject(std::string_view stage, Fault fault, std::string_view original) {
    DeadLetter letter;
    letter.topic = to_string(Topic::stock_prices);
    letter.stage = stage;
    letter.source = kSource.view();
    letter.origin = origin;
    letter.reason = std::move(fault.reason);
    letter.field = std::move(fault.field);
    letter.expected = std::move(fault.expected);
    letter.payload = original.substr(0, kPayloadBytesMax);
    if (original.size() > kPayloadBytesMax) {
      letter.reason +=
          fmt::format(" (payload: the first {} of {} bytes)", kPayloadBytesMax, original.size());
    }
    batch->add(Rejected{std::move(letter), limits.now});
  }

  // The fields of one event; an error of simdjson is one of the frame.
  simdjson::error_code collect(ondemand::object object) {
    fields.clear();
    for (auto entry : object) {
      ondemand::field field;
      if (const auto error = std::move(entry).get(field)) return error;
      const Key key = polygon::key_of(field.key().raw());
      if (key == Key::count) continue;
      ondemand::value value = field.value();
      std::string_view token = value.raw_json_token();
      while (!token.empty() && (token.back() == ' ' || token.back() == '\t' ||
                                token.back() == '\n' || token.back() == '\r')) {
        token.remove_suffix(1);
      }
      if (token.empty()) return simdjson::TAPE_ERROR;
      EventFields::Type type = EventFields::Type::number;
      if (token.front() == '"') {
        type = EventFields::Type::text;
        if (token.size() < 2 || token.back() != '"') return simdjson::STRING_ERROR;
        if (token.find('\\') != std::string_view::npos) {
          if (const auto error = value.get_string().get(token)) return error;
        } else {
          token = token.substr(1, token.size() - 2);
        }
      } else if (token.front() == '[') {
        type = EventFields::Type::list;
        token = {token.data(), static_cast<std::size_t>(buffer.data() + size - token.data())};
      } else if (token.front() == '{') {
        type = EventFields::Type::object;
      } else if (token == "null") {
        type = EventFields::Type::null;
      }
      fields.set(key, {token, type});
    }
    return simdjson::SUCCESS;
  }

  template <class Event>
  void take(bool read, const Event& event, const char* begin) {
    const auto original = [&] { return value_text(begin, buffer.data() + size); };
    if (!read) {
      reject("parse", std::move(fields.fault), original());
    } else if (std::optional<Fault> fault = validate(event, limits)) {
      reject("validate", *std::move(fault), original());
    } else {
      batch->add(event, limits.now);
      batch->rounded += fields.rounded;
    }
  }

  void apply(const char* begin) {
    fields.rounded = 0;
    const std::string_view kind = fields.has(Key::ev) ? fields[Key::ev].text : std::string_view{};
    if (kind == "AM" || kind == "A") {
      Bar bar;
      take(read_bar(fields, kind == "AM" ? Width::m1 : Width::s1, bar), bar, begin);
    } else if (kind == "T") {
      Trade trade;
      take(read_trade(fields, trade), trade, begin);
    } else if (kind == "Q") {
      Quote quote;
      take(read_quote(fields, quote), quote, begin);
    } else if (kind == "status") {
      const auto text = [&](Key key) {
        return fields.has(key) ? std::string(fields[key].text) : std::string();
      };
      summary.statuses.push_back({text(Key::status), text(Key::message)});
    } else if (kind.empty()) {
      reject("parse", Fault{"ev", "the event has no kind (key \"ev\")", "AM, A, T, Q or status"},
             value_text(begin, buffer.data() + size));
    } else {
      ++summary.ignored;
    }
  }

  simdjson::error_code read_event(ondemand::value value) {
    const char* begin = value.raw_json_token().data();
    ondemand::object object;
    const auto error = value.get_object().get(object);
    if (error == simdjson::INCORRECT_TYPE) {
      reject("parse", Fault{"", "an element of the frame is not an event", "a JSON object"},
             value_text(begin, buffer.data() + size));
      return simdjson::SUCCESS;
    }
    if (error) return error;
    if (const auto broken = collect(object)) return broken;
    apply(begin);
    return simdjson::SUCCESS;
  }

  simdjson::error_code read_frame() {
    ondemand::document document;
    const simdjson::padded_string_view text(buffer.data(), size, buffer.size());
    if (const auto error = parser.iterate(text).get(document)) return error;
    ondemand::json_type type{};
    if (const auto error = document.type().get(type)) return error;
    if (type == ondemand::json_type::object) {
      ondemand::object object;
      if (const auto error = document.get_object().get(object)) return error;
      if (const auto error = collect(object)) return error;
      apply(buffer.data());
    } else {
      ondemand::array events;
      if (const auto error = document.get_array().get(events)) return error;
      for (auto element : events) {
        ondemand::value value;
        if (const auto error = element.get(value)) return error;
        if (const auto error = read_event(value)) return error;
      }
    }
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS
               ? simdjson::SUCCESS
               : simdjson::TRAILING_CONTENT;
  }
};

PolygonFrameParser::PolygonFrameParser(std::string origin) : state_(std::make_unique<State>()) {
  state_->origin = std::move(origin);
}
PolygonFrameParser::~PolygonFrameParser() = default;
PolygonFrameParser::PolygonFrameParser(PolygonFrameParser&&) noexcept = default;
PolygonFrameParser& PolygonFrameParser::operator=(PolygonFrameParser&&) noexcept = default;

const PolygonFrameParser::Summary& PolygonFrameParser::parse(std::string_view frame,
                                                             Timestamp receive_time,
                                                             EventBatch& batch) {
  State& s = *state_;
  s.summary.statuses.clear();
  s.summary.ignored = 0;
  s.batch = &batch;
  s.limits.now = receive_time;
  s.size = frame.size();
  if (s.buffer.size() < frame.size() + simdjson::SIMDJSON_PADDING)
    s.buffer.resize(frame.size() + simdjson::SIMDJSON_PADDING);
  std::ranges::copy(frame, s.buffer.begin());
  std::memset(s.buffer.data() + frame.size(), ' ', simdjson::SIMDJSON_PADDING);
  const Mark mark(batch);
  const simdjson::error_code error = s.read_frame();
  if (error != simdjson::SUCCESS) {
    mark.restore(batch);
    s.summary.statuses.clear();
    s.summary.ignored = 0;
    s.reject("parse",
             Fault{"", fmt::format("the frame is not JSON: {}", simdjson::error_message(error)),
                   "a JSON array of events"},
             frame);
  }
  return s.summary;
}

}  // namespace tapewire
