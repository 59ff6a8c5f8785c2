// SPDX-License-Identifier: Apache-2.0
#include "app/record_text.h"

#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/codec.h"
#include "server/model_json.h"

namespace tapewire {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json list(const ConditionList& conditions) {
  Json out = Json::array();
  for (const std::uint16_t c : conditions.view()) out.push_back(c);
  return out;
}

// Decimals keep their exact text: they are written as raw numbers by hand.
void number(std::string& out, std::string_view name, const std::string& text) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":{}", name, text);
}

std::string rest_of(const Json& json) {
  const std::string text = dump(json);
  return text.size() > 2 ? "," + text.substr(1) : "}";
}

std::string trade_json(const Trade& trade) {
  std::string out = "{\"symbol\":" + dump(Json(trade.symbol.str())) + ",\"time\":\"" +
                    to_iso8601(trade.time) + "\"";
  number(out, "price", to_text(trade.price));
  number(out, "size", to_text(trade.size));
  Json rest{
      {"sequence", trade.sequence}, {"id", trade.id.str()}, {"conditions", list(trade.conditions)},
      {"exchange", trade.exchange}, {"tape", trade.tape},   {"correction", trade.correction},
      {"trf_id", trade.trf_id}};
  if (trade.participant_time) rest["participant_time"] = to_iso8601(*trade.participant_time);
  if (trade.trf_time) rest["trf_time"] = to_iso8601(*trade.trf_time);
  rest["source"] = trade.source.str();
  return out + rest_of(rest);
}

std::string quote_json(const Quote& quote) {
  std::string out = "{\"symbol\":" + dump(Json(quote.symbol.str())) + ",\"time\":\"" +
                    to_iso8601(quote.time) + "\"";
  number(out, "bid_price", to_text(quote.bid_price));
  number(out, "bid_size", to_text(quote.bid_size));
  number(out, "ask_price", to_text(quote.ask_price));
  number(out, "ask_size", to_text(quote.ask_size));
  Json rest{{"sequence", quote.sequence},           {"conditions", list(quote.conditions)},
            {"indicators", list(quote.indicators)}, {"bid_exchange", quote.bid_exchange},
            {"ask_exchange", quote.ask_exchange},   {"tape", quote.tape}};
  if (quote.participant_time) rest["participant_time"] = to_iso8601(*quote.participant_time);
  rest["source"] = quote.source.str();
  return out + rest_of(rest);
}

std::string bar_json(const Bar& bar) {
  std::string out;
  append_live_json(out, bar);
  std::string more;
  if (bar.accumulated_volume) number(more, "accumulated_volume", to_text(*bar.accumulated_volume));
  if (bar.official_open_price)
    number(more, "official_open_price", to_text(*bar.official_open_price));
  if (bar.aggregate_vwap) number(more, "aggregate_vwap", to_text(*bar.aggregate_vwap));
  if (bar.average_size) number(more, "average_size", to_text(*bar.average_size));
  if (bar.otc) number(more, "otc", *bar.otc ? "true" : "false");
  number(more, "source", dump(Json(bar.source.str())));
  out.insert(out.size() - 1, more);
  out.insert(1, fmt::format("\"symbol\":{},\"width\":\"{}\",", dump(Json(bar.symbol.str())),
                            to_string(bar.width)));
  return out;
}

std::string signals_json(const SignalSet& signals) {
  Json out{{"symbol", signals.symbol.str()}, {"time", to_iso8601(signals.time)}};
  for (std::size_t i = 0; i < kSignalKinds; ++i) {
    if (signals.values[i])
      out[std::string(to_string(static_cast<SignalKind>(i)))] = *signals.values[i];
  }
  out["revision"] = signals.revision;
  return dump(out);
}

Result<std::string> value_json(const RecordView& record) {
  switch (record.kind) {
    case RecordKind::bar: {
      TRY_ASSIGN(const Bar bar, decode_bar(record.key, record.payload));
      return bar_json(bar);
    }
    case RecordKind::trade: {
      TRY_ASSIGN(const Trade trade, decode_trade(record.key, record.payload));
      return trade_json(trade);
    }
    case RecordKind::quote: {
      TRY_ASSIGN(const Quote quote, decode_quote(record.key, record.payload));
      return quote_json(quote);
    }
    case RecordKind::news: {
      TRY_ASSIGN(NewsItem item, decode_news(record.key, record.payload));
      std::string out;
      append_json(out, StoredNews{std::move(item), record.receive_time});
      return out;
    }
    case RecordKind::dead_letter: {
      TRY_ASSIGN(DeadLetter letter, decode_dead_letter(record.key, record.payload));
      std::string out;
      append_json(out, StoredDeadLetter{std::move(letter), record.offset, record.receive_time});
      return out;
    }
    case RecordKind::signal: {
      TRY_ASSIGN(const SignalSet signals, decode_signals(record.key, record.payload));
      return signals_json(signals);
    }
    case RecordKind::heartbeat:
    case RecordKind::run_begin:
    case RecordKind::run_end:
    case RecordKind::run_abandon: {
      TRY_ASSIGN(const Heartbeat beat, decode_heartbeat(record.payload));
      return dump(Json{{"now", to_iso8601(beat.now)}, {"market", beat.market}});
    }
  }
  return fail(ErrorCode::corrupt, "unknown kind of record");
}

}  // namespace

Result<std::string> record_json(const RecordView& record) {
  TRY_ASSIGN(const std::string value, value_json(record));
  const Json head{{"topic", to_string(record.topic)},
                  {"offset", record.offset},
                  {"run", record.run},
                  {"kind", to_string(record.kind)},
                  {"event_time", to_iso8601(record.event_time)},
                  {"receive_time", to_iso8601(record.receive_time)},
                  {"append_time", to_iso8601(record.append_time)},
                  {"key", std::string(record.key)}};
  std::string out = dump(head);
  out.pop_back();
  return out + ",\"value\":" + value + "}";
}

Result<std::string> record_line(const RecordView& record) {
  TRY_ASSIGN(const std::string value, value_json(record));
  return fmt::format("{:>10}  {}  {:<11} {:<10} {}", record.offset, to_iso8601(record.event_time),
                     to_string(record.kind), record.key, value);
}

std::optional<Offset> record_offset(const DeadLetter& letter) {
  const std::size_t space = letter.origin.rfind(' ');
  if (letter.stage != "pipeline" || space == std::string::npos) return std::nullopt;
  Offset offset = 0;
  const char* end = letter.origin.data() + letter.origin.size();
  const auto [at, error] = std::from_chars(letter.origin.data() + space + 1, end, offset);
  if (error != std::errc{} || at != end) return std::nullopt;
  return offset;
}

Status make_readable(EventLog& log, DeadLetter& letter) {
  const auto offset = record_offset(letter);
  const auto topic = parse_topic(letter.topic);
  if (!offset || !topic) return {};
  std::vector<TopicPosition> at{{*topic, *offset}};
  TRY(log.read(at, {1, SIZE_MAX}, [&](const RecordView& record) {
    if (record.offset != *offset) return false;
    auto text = record_json(record);
    if (text) letter.payload = *std::move(text);
    return false;
  }));
  return {};
}

}  // namespace tapewire
