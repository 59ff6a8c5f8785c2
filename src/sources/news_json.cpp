// SPDX-License-Identifier: Apache-2.0
#include "sources/news_json.h"

#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/digest.h"
#include "base/time.h"
#include "model/calendar.h"
#include "sources/shown_text.h"

namespace tapewire {
namespace {

namespace dom = simdjson::dom;
using Parsed = std::expected<NewsItem, Fault>;

constexpr std::string_view kTimeExpected =
    "ISO 8601 with a zone (2019-02-13T14:30:00Z), or a date alone (2019-02-13)";

enum class Shape { headline, guardian, polygon, finnhub };

// What an article says, before it is judged.
struct Draft {
  NewsItem item;
  std::string raw_title;
  std::string time_text;
  std::string precision;
  std::optional<dom::element> time;
  std::string extra;
  Fault fault;

  bool bad(std::string_view field, std::string reason, std::string_view expected) {
    fault = {std::string(field), std::move(reason), std::string(expected)};
    return false;
  }
};

std::string shown_json(dom::element value) { return shown(std::string(simdjson::minify(value))); }

// Texts and whole numbers are texts; null is an empty one.
bool take_text(Draft& draft, std::string_view field, dom::element value, std::string& out) {
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) {
    out = text;
    return true;
  }
  if (value.is_null()) return true;
  if (value.is_int64() || value.is_uint64()) {
    out = simdjson::minify(value);
    return true;
  }
  return draft.bad(field, fmt::format("{} {} is not a text", field, shown_json(value)), "a text");
}

bool take_symbols(Draft& draft, std::string_view field, dom::element value) {
  if (value.is_null()) return true;
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) {
    // Finnhub joins them by commas.
    while (!text.empty()) {
      const std::size_t comma = text.find(',');
      std::string_view symbol = text.substr(0, comma);
      text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
      while (symbol.starts_with(' ')) symbol.remove_prefix(1);
      while (symbol.ends_with(' ')) symbol.remove_suffix(1);
      if (!symbol.empty()) draft.item.symbols.emplace_back(symbol);
    }
    return true;
  }
  dom::array array;
  if (value.get(array) != simdjson::SUCCESS) {
    return draft.bad(field, fmt::format("{} {} is not a list", field, shown_json(value)),
                     "a list of tickers");
  }
  for (const dom::element one : array) {
    if (one.get(text) != simdjson::SUCCESS) {
      return draft.bad(field, fmt::format("{} holds {}", field, shown_json(one)),
                       "a list of tickers");
    }
    draft.item.symbols.emplace_back(text);
  }
  return true;
}

void append_json_text(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\b') {
      out += "\\b";
    } else if (c == '\f') {
      out += "\\f";
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

void keep(Draft& draft, std::string_view key, std::string_view json) {
  draft.extra += draft.extra.empty() ? '{' : ',';
  append_json_text(draft.extra, key);
  draft.extra += ':';
  draft.extra += json;
}

void keep(Draft& draft, std::string_view key, dom::element value) {
  keep(draft, key, std::string_view(std::string(simdjson::minify(value))));
}

std::string one_line(std::string_view text) {
  std::string out;
  bool gap = false;
  for (const char c : text) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      gap = !out.empty();
      continue;
    }
    if (gap) out += ' ';
    gap = false;
    out += c;
  }
  return out;
}

bool take_number_time(Draft& draft, std::string_view field, std::int64_t number) {
  draft.item.published_at = timestamp_by_magnitude(number);
  draft.time_text = std::to_string(number);
  if (draft.item.published_at != kMaxTimestamp && draft.item.published_at != kMinTimestamp)
    return true;
  return draft.bad(field, fmt::format("{} {} is out of range", field, number), "a time until 2262");
}

bool take_time_text(Draft& draft, std::string_view field, std::string_view text) {
  draft.time_text = text;
  NewsItem& item = draft.item;
  if (const std::optional<TradingDate> date = parse_trading_date(text)) {
    item.precision = Precision::day;
    item.published_at = calendar().midnight(*date);
    return true;
  }
  const Result<Timestamp> time = parse_iso8601(text);
  if (!time)
    return draft.bad(field, fmt::format("{}: {}", field, time.error().message), kTimeExpected);
  item.published_at = *time;
  return true;
}

bool settle_time(Draft& draft, std::string_view field) {
  if (!draft.time || draft.time->is_null()) {
    return draft.bad(field, fmt::format("{} is missing", field), kTimeExpected);
  }
  NewsItem& item = draft.item;
  if (!draft.precision.empty()) {
    const std::optional<Precision> precision = parse_precision(draft.precision);
    if (!precision) {
      return draft.bad("precision", fmt::format("precision {} is unknown", shown(draft.precision)),
                       "second, minute or day");
    }
    item.precision = *precision;
  }
  std::int64_t number = 0;
  std::string_view text;
  if (draft.time->get(number) == simdjson::SUCCESS) {
    if (!take_number_time(draft, field, number)) return false;
  } else if (draft.time->get(text) == simdjson::SUCCESS) {
    if (!take_time_text(draft, field, text)) return false;
  } else {
    return draft.bad(field, fmt::format("{} {} is not a time", field, shown_json(*draft.time)),
                     kTimeExpected);
  }
  if (item.precision == Precision::day) {
    item.published_at = calendar().midnight(calendar().date_of(item.published_at));
  }
  return true;
}

bool settle_title(Draft& draft, std::string_view field) {
  draft.item.title = one_line(draft.raw_title);
  if (draft.item.title.empty()) {
    return draft.bad(field, fmt::format("the article has no title ({} is missing or empty)", field),
                     "a title");
  }
  if (draft.item.title != draft.raw_title) {
    std::string json;
    append_json_text(json, draft.raw_title);
    keep(draft, "headline_original", std::string_view(json));
  }
  return true;
}

void settle_id(Draft& draft) {
  NewsItem& item = draft.item;
  if (!item.id.empty()) return;
  std::string named = item.source;
  named += '\0';
  named += draft.time_text;
  named += '\0';
  named += item.title;
  item.id = sha256_hex(named).substr(0, 32);
}

struct Names {
  std::string_view source;  // of articles that do not say
  std::string_view time;
  std::string_view title;
};

Names names_of(Shape shape) {
  switch (shape) {
    case Shape::headline: return {"files", "published_at", "headline"};
    case Shape::guardian: return {"guardian", "webPublicationDate", "webTitle"};
    case Shape::polygon: return {"polygon", "published_utc", "title"};
    case Shape::finnhub: return {"finnhub", "datetime", "headline"};
  }
  return {};
}

std::optional<Shape> shape_of(dom::object object) {
  bool published_at = false, guardian = false, polygon = false, finnhub = false, bare = false;
  for (const auto& [key, value] : object) {
    published_at = published_at || key == "published_at";
    guardian = guardian || key == "webPublicationDate" || key == "webTitle";
    polygon = polygon || key == "published_utc" || key == "article_url";
    finnhub = finnhub || key == "datetime";
    bare = bare || key == "headline" || key == "title";
  }
  if (published_at) return Shape::headline;
  if (guardian) return Shape::guardian;
  if (polygon) return Shape::polygon;
  if (finnhub) return Shape::finnhub;
  if (bare) return Shape::headline;
  return std::nullopt;
}

// Each takes a field that has a place; nullopt: it has none.
std::optional<bool> take_headline_field(Draft& draft, std::string_view key, dom::element value) {
  NewsItem& item = draft.item;
  if (key == "id") return take_text(draft, key, value, item.id);
  if (key == "source") return take_text(draft, key, value, item.source);
  if (key == "search") return take_text(draft, key, value, item.search);
  if (key == "precision") return take_text(draft, key, value, draft.precision);
  if (key == "headline" || key == "title") return take_text(draft, key, value, draft.raw_title);
  if (key == "summary") return take_text(draft, key, value, item.summary);
  if (key == "url") return take_text(draft, key, value, item.url);
  if (key == "section") return take_text(draft, key, value, item.section);
  if (key == "symbols" || key == "tickers") return take_symbols(draft, key, value);
  if (key == "first_published_at" && value.is_string()) {
    const Result<Timestamp> time = parse_iso8601(std::string_view(value));
    if (!time)
      return draft.bad(key, fmt::format("{}: {}", key, time.error().message), kTimeExpected);
    item.first_published_at = *time;
    return true;
  }
  if (key == "extra" && value.is_object()) {
    for (const auto& [name, one] : dom::object(value)) keep(draft, name, one);
    return true;
  }
  return std::nullopt;
}

std::optional<bool> take_guardian_field(Draft& draft, std::string_view key, dom::element value) {
  NewsItem& item = draft.item;
  if (key == "id") return take_text(draft, key, value, item.id);
  if (key == "webTitle") return take_text(draft, key, value, draft.raw_title);
  if (key == "webUrl") return take_text(draft, key, value, item.url);
  if (key == "sectionName") return take_text(draft, key, value, item.section);
  if (key == "search") return take_text(draft, key, value, item.search);
  if (key == "fields" && value.is_object()) {
    std::string_view text;
    if (value["trailText"].get(text) == simdjson::SUCCESS) item.summary = text;
    if (value["firstPublicationDate"].get(text) == simdjson::SUCCESS) {
      if (const Result<Timestamp> time = parse_iso8601(text)) item.first_published_at = *time;
    }
  }
  return std::nullopt;
}

std::optional<bool> take_polygon_field(Draft& draft, std::string_view key, dom::element value) {
  NewsItem& item = draft.item;
  if (key == "id") return take_text(draft, key, value, item.id);
  if (key == "title") return take_text(draft, key, value, draft.raw_title);
  if (key == "article_url") return take_text(draft, key, value, item.url);
  if (key == "description") return take_text(draft, key, value, item.summary);
  if (key == "tickers") return take_symbols(draft, key, value);
  if (key == "search") return take_text(draft, key, value, item.search);
  return std::nullopt;
}

std::optional<bool> take_finnhub_field(Draft& draft, std::string_view key, dom::element value) {
  NewsItem& item = draft.item;
  if (key == "id") return take_text(draft, key, value, item.id);
  if (key == "headline") return take_text(draft, key, value, draft.raw_title);
  if (key == "url") return take_text(draft, key, value, item.url);
  if (key == "summary") return take_text(draft, key, value, item.summary);
  if (key == "category") return take_text(draft, key, value, item.section);
  if (key == "related") return take_symbols(draft, key, value);
  return std::nullopt;
}

Parsed read_article(dom::object object) {
  const std::optional<Shape> shape = shape_of(object);
  if (!shape) {
    return std::unexpected(
        Fault{"", "this is not an article: it has neither a title nor a publication time",
              "source, published_at, precision, headline, summary; or an article of the Guardian, "
              "Polygon or Finnhub"});
  }
  const Names names = names_of(*shape);
  Draft draft;
  for (const auto& [key, value] : object) {
    if (key == names.time) {
      draft.time = value;
      continue;
    }
    std::optional<bool> taken;
    switch (*shape) {
      case Shape::headline: taken = take_headline_field(draft, key, value); break;
      case Shape::guardian: taken = take_guardian_field(draft, key, value); break;
      case Shape::polygon: taken = take_polygon_field(draft, key, value); break;
      case Shape::finnhub: taken = take_finnhub_field(draft, key, value); break;
    }
    if (!taken) {
      keep(draft, key, value);
    } else if (!*taken) {
      return std::unexpected(std::move(draft.fault));
    }
  }
  if (draft.item.source.empty()) draft.item.source = names.source;
  if (!settle_time(draft, names.time) || !settle_title(draft, names.title)) {
    return std::unexpected(std::move(draft.fault));
  }
  settle_id(draft);
  if (!draft.extra.empty()) draft.item.extra = std::move(draft.extra) + "}";
  return std::move(draft.item);
}

// The articles of an answer, or nothing when it is none.
std::optional<dom::array> results_of(dom::object object) {
  dom::array array;
  if (object["results"].get(array) == simdjson::SUCCESS) return array;
  if (object["response"]["results"].get(array) == simdjson::SUCCESS) return array;
  return std::nullopt;
}

}  // namespace

struct NewsParser::State {
  dom::parser parser;
};

NewsParser::NewsParser() : state_(std::make_unique<State>()) {}
NewsParser::~NewsParser() = default;
NewsParser::NewsParser(NewsParser&&) noexcept = default;
NewsParser& NewsParser::operator=(NewsParser&&) noexcept = default;

void NewsParser::parse(std::string_view json, const Take& take) {
  if (json.data() == nullptr) json = "";  // an empty view need not point anywhere
  dom::element document;
  if (const auto error = state_->parser.parse(json.data(), json.size()).get(document)) {
    const bool utf8 = error == simdjson::UTF8_ERROR;
    take(std::unexpected(
             Fault{"",
                   utf8 ? "the text is not valid UTF-8"
                        : fmt::format("this is not JSON: {}", simdjson::error_message(error)),
                   utf8 ? "UTF-8" : "one JSON object"}),
         json);
    return;
  }
  const auto each = [&](dom::array array) {
    for (const dom::element one : array) {
      const std::string original = simdjson::minify(one);
      dom::object object;
      if (one.get(object) == simdjson::SUCCESS) {
        take(read_article(object), original);
      } else {
        take(
            std::unexpected(Fault{"", "an element of the list is not an article", "a JSON object"}),
            original);
      }
    }
  };
  dom::array array;
  dom::object object;
  if (document.get(array) == simdjson::SUCCESS) {
    each(array);
  } else if (document.get(object) == simdjson::SUCCESS) {
    if (const std::optional<dom::array> results = results_of(object)) {
      each(*results);
    } else {
      take(read_article(object), json);
    }
  } else {
    take(std::unexpected(Fault{"", "this is JSON, but not an article", "a JSON object"}), json);
  }
}

}  // namespace tapewire
