// SPDX-License-Identifier: Apache-2.0
#include "server/model_json.h"

#include "model/calendar.h"
#include "server/json_input.h"
#include "server/json_text.h"

namespace tapewire {
namespace {

// A payload longer than this is cut in listings; `payload_bytes` tells its length.
constexpr std::size_t kPayloadShownMax = 64 * 1024;

void name(std::string& out, std::string_view field) {
  if (out.back() != '{') out += ',';
  out += '"';
  out += field;
  out += "\":";
}
void text(std::string& out, std::string_view field, std::string_view value) {
  name(out, field);
  append_json_string(out, value);
}
void text_or_null(std::string& out, std::string_view field, std::string_view value) {
  name(out, field);
  if (value.empty()) {
    out += "null";
  } else {
    append_json_string(out, value);
  }
}
void time(std::string& out, std::string_view field, Timestamp value) {
  name(out, field);
  out += '"';
  append_iso8601(out, value);
  out += '"';
}
template <class Decimal>
void number(std::string& out, std::string_view field, Decimal value) {
  name(out, field);
  append_text(out, value);
}

void append_bar_fields(std::string& out, const Bar& bar) {
  out += '{';
  time(out, "start_time", bar.start);
  time(out, "end_time", bar.end);
  text_or_null(out, "session", to_string(bar.session));
  number(out, "open", bar.open);
  number(out, "high", bar.high);
  number(out, "low", bar.low);
  number(out, "close", bar.close);
  number(out, "volume", bar.volume);
  name(out, "vwap");
  if (bar.vwap) {
    append_text(out, *bar.vwap);
  } else {
    out += "null";
  }
  name(out, "transactions");
  if (bar.transactions) {
    append_json_integer(out, *bar.transactions);
  } else {
    out += "null";
  }
  number(out, "ohlc_average", ohlc_average(bar));
  text(out, "origin", to_string(bar.origin));
  name(out, "revision");
  append_json_integer(out, bar.revision);
}

// Cuts at a character boundary.
std::string_view shortened(std::string_view payload) {
  if (payload.size() <= kPayloadShownMax) return payload;
  std::size_t size = kPayloadShownMax;
  while (size > kPayloadShownMax - 4 && (static_cast<unsigned char>(payload[size]) & 0xc0) == 0x80)
    --size;
  return payload.substr(0, size);
}

}  // namespace

void append_json(std::string& out, const Bar& bar) {
  append_bar_fields(out, bar);
  out += '}';
}

void append_live_json(std::string& out, const Bar& bar) {
  append_bar_fields(out, bar);
  out += bar.is_final ? R"(,"is_final":true})" : R"(,"is_final":false})";
}

void append_json(std::string& out, const StoredNews& news) {
  const NewsItem& item = news.item;
  out += '{';
  text(out, "id", item.id);
  text(out, "source", item.source);
  text(out, "search", item.search);
  time(out, "published_at", item.published_at);
  text(out, "published_on", to_string(calendar().date_of(item.published_at)));
  if (item.first_published_at) {
    time(out, "first_published_at", *item.first_published_at);
  } else {
    name(out, "first_published_at");
    out += "null";
  }
  text(out, "precision", to_string(item.precision));
  time(out, "received_at", news.received_at);
  text(out, "title", item.title);
  text(out, "summary", item.summary);
  text_or_null(out, "url", item.url);
  text_or_null(out, "section", item.section);
  name(out, "symbols");
  out += '[';
  for (const std::string& symbol : item.symbols) {
    if (out.back() != '[') out += ',';
    append_json_string(out, symbol);
  }
  out += ']';
  name(out, "revision");
  append_json_integer(out, item.revision);
  name(out, "extra");
  out += is_json_object(item.extra) ? std::string_view(item.extra) : std::string_view("{}");
  out += '}';
}

void append_json(std::string& out, const SignalRow& row) {
  out += '{';
  text(out, "symbol", row.symbol);
  time(out, "time", row.time);
  text(out, "kind", to_string(row.kind));
  name(out, "value");
  append_json_double(out, row.value);
  out += '}';
}

void append_json(std::string& out, const SymbolRow& row) {
  out += '{';
  text(out, "symbol", row.symbol);
  const auto time_or_null = [&](std::string_view field, const std::optional<Timestamp>& value) {
    if (value) return time(out, field, *value);
    name(out, field);
    out += "null";
  };
  time_or_null("first_time", row.first_time);
  time_or_null("last_time", row.last_time);
  name(out, "last_close");
  if (row.last_close) {
    append_text(out, *row.last_close);
  } else {
    out += "null";
  }
  name(out, "widths");
  out += '[';
  for (const Width width : row.widths) {
    if (out.back() != '[') out += ',';
    append_json_string(out, to_string(width));
  }
  out += "]}";
}

void append_json(std::string& out, const StoredDeadLetter& stored) {
  const DeadLetter& letter = stored.letter;
  const std::string_view payload = shortened(letter.payload);
  out += '{';
  name(out, "log_offset");
  append_json_unsigned(out, stored.log_offset);
  text(out, "topic", letter.topic);
  time(out, "received_at", stored.received_at);
  text(out, "stage", letter.stage);
  text(out, "source", letter.source);
  text_or_null(out, "origin", letter.origin);
  text(out, "reason", letter.reason);
  text_or_null(out, "field", letter.field);
  text_or_null(out, "expected", letter.expected);
  text(out, "payload", payload);
  name(out, "payload_base64");
  if (is_utf8(payload)) {
    out += "null";
  } else {
    append_json_string(out, base64(payload));
  }
  name(out, "payload_bytes");
  append_json_unsigned(out, letter.payload.size());
  out += '}';
}

void append_json(std::string& out, const TopicInfo& topic) {
  out += '{';
  text(out, "topic", to_string(topic.topic));
  const auto count = [&](std::string_view field, std::uint64_t value) {
    name(out, field);
    append_json_unsigned(out, value);
  };
  count("first_offset", topic.first_offset);
  count("end_offset", topic.end_offset);
  count("records", topic.records);
  count("bytes", topic.bytes);
  if (topic.newest_event_time == kMinTimestamp) {
    name(out, "newest_event_time");
    out += "null";
  } else {
    time(out, "newest_event_time", topic.newest_event_time);
  }
  out += '}';
}

void append_csv(std::string& out, const Bar& bar) {
  append_csv_field(out, bar.symbol.view());
  out += ',';
  out += to_string(bar.width);
  out += ',';
  append_iso8601(out, bar.start);
  out += ',';
  append_iso8601(out, bar.end);
  out += ',';
  out += to_string(bar.session);
  for (const Price price : {bar.open, bar.high, bar.low, bar.close}) {
    out += ',';
    append_text(out, price);
  }
  out += ',';
  append_text(out, bar.volume);
  out += ',';
  if (bar.vwap) append_text(out, *bar.vwap);
  out += ',';
  if (bar.transactions) append_json_integer(out, *bar.transactions);
  out += ',';
  append_text(out, ohlc_average(bar));
  out += ',';
  out += to_string(bar.origin);
  out += ',';
  append_json_integer(out, bar.revision);
  out += "\r\n";
}

}  // namespace tapewire
