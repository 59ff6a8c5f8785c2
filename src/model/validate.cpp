// SPDX-License-Identifier: Apache-2.0
#include "model/validate.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <simdjson.h>

#include "model/calendar.h"

namespace tapewire {
namespace {

constexpr bool is_symbol_byte(char c) { return c > ' ' && c <= '~'; }

bool is_symbol(std::string_view symbol) {
  if (symbol.empty() || symbol.size() > Symbol::kCapacity) return false;
  bool good = true;
  for (const char c : symbol) good &= is_symbol_byte(c);
  return good;
}

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

// In (0, kMaxDecimal18] and in [0, kMaxDecimal18], by one comparison each.
constexpr bool is_positive(std::int64_t raw) {
  return static_cast<std::uint64_t>(raw) - 1 < static_cast<std::uint64_t>(kMaxDecimal18);
}
constexpr bool is_not_negative(std::int64_t raw) {
  return static_cast<std::uint64_t>(raw) <= static_cast<std::uint64_t>(kMaxDecimal18);
}
constexpr bool is_positive(Price p) { return is_positive(p.raw); }
constexpr bool is_not_negative(Quantity q) { return is_not_negative(q.raw); }
constexpr bool is_not_negative(Price p) { return is_not_negative(p.raw); }

bool is_time(Timestamp t, const ValidationLimits& limits) {
  return t >= limits.earliest && t < kLatestEvent;
}

bool is_future(Timestamp t, const ValidationLimits& limits) {
  std::int64_t latest = 0;
  if (__builtin_add_overflow(limits.now.ns, limits.future_tolerance.ns, &latest)) return false;
  return t.ns > latest;
}

// A regular window has its width and stands on the UTC clock.
template <std::int64_t kSpan>
constexpr bool is_window_of(const Bar& bar) {
  return bar.end.ns - bar.start.ns == kSpan && bar.start.ns % kSpan == 0;
}

// From midnight to midnight (23 or 25 hours when the clocks change, with room for vendors that differ), or the
// regular session.
bool is_day_window(const Bar& bar) {
  const Duration span = bar.end - bar.start;
  if (span >= hours(20) && span <= hours(28)) return true;
  const auto session = calendar().hours(calendar().date_of(bar.start));
  return session && bar.start == session->open && bar.end == session->close;
}

// REQUIRES: both times passed is_time.
bool is_window(const Bar& bar) {
  switch (bar.width) {
    case Width::s1: return is_window_of<seconds(1).ns>(bar);
    case Width::m1: return is_window_of<minutes(1).ns>(bar);
    case Width::m5: return is_window_of<minutes(5).ns>(bar);
    case Width::m15: return is_window_of<minutes(15).ns>(bar);
    case Width::h1: return is_window_of<hours(1).ns>(bar);
    case Width::d1: return is_day_window(bar);
  }
  return false;
}

bool are_prices(const Bar& bar) {
  return is_positive(bar.open) && is_positive(bar.high) && is_positive(bar.low) &&
         is_positive(bar.close) && bar.high >= bar.low && bar.open >= bar.low &&
         bar.open <= bar.high && bar.close >= bar.low && bar.close <= bar.high;
}

bool are_optionals(const Bar& bar) {
  return (!bar.vwap || is_positive(*bar.vwap)) && (!bar.transactions || *bar.transactions >= 0) &&
         (!bar.accumulated_volume || is_not_negative(*bar.accumulated_volume)) &&
         (!bar.official_open_price || is_positive(*bar.official_open_price)) &&
         (!bar.aggregate_vwap || is_positive(*bar.aggregate_vwap)) &&
         (!bar.average_size || is_not_negative(*bar.average_size));
}

// A piece of a text that may be anything, fit to stand in a message.
std::string shown(std::string_view text) {
  constexpr std::size_t kShownBytes = 64;
  const bool plain_utf8 = is_utf8(text);
  std::string out = "\"";
  for (const char c : text.substr(0, kShownBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !plain_utf8)) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  // A cut may have split a character.
  while (text.size() > kShownBytes && !is_utf8(out)) out.pop_back();
  return out + (text.size() > kShownBytes ? "...\"" : "\"");
}

Fault fault(std::string_view field, std::string reason, std::string expected) {
  return {std::string(field), std::move(reason), std::move(expected)};
}

std::optional<Fault> time_fault(std::string_view field, Timestamp t,
                                const ValidationLimits& limits) {
  if (t < limits.earliest) {
    return fault(
        field,
        fmt::format("{} is {}: it looks like a time in seconds, milliseconds or microseconds "
                    "that was read as a finer unit",
                    field, to_iso8601(t)),
        fmt::format("a time from {} on", to_iso8601(limits.earliest)));
  }
  if (t >= kLatestEvent) {
    return fault(field,
                 fmt::format("{} is {}: it looks like a time in a finer unit than it was read as",
                             field, to_iso8601(t)),
                 fmt::format("a time before {}", to_iso8601(kLatestEvent)));
  }
  return std::nullopt;
}

std::optional<Fault> future_fault(std::string_view field, Timestamp t,
                                  const ValidationLimits& limits) {
  if (!is_future(t, limits)) return std::nullopt;
  return fault(field,
               fmt::format("{} {} is in the future: it is now {}", field, to_iso8601(t),
                           to_iso8601(limits.now)),
               fmt::format("at most {} s after now", limits.future_tolerance.ns / 1'000'000'000));
}

template <class Decimal>
std::optional<Fault> positive_fault(std::string_view field, Decimal value) {
  if (is_positive(value.raw)) return std::nullopt;
  if (value.raw > 0) {
    return fault(field, fmt::format("{} {} is too large", field, to_text(value)),
                 fmt::format("{} <= {}", field, to_text(Decimal{kMaxDecimal18})));
  }
  return fault(
      field, fmt::format("{} {} is {}", field, to_text(value), value.raw < 0 ? "negative" : "zero"),
      fmt::format("{} > 0", field));
}

template <class Decimal>
std::optional<Fault> negative_fault(std::string_view field, Decimal value) {
  if (is_not_negative(value.raw)) return std::nullopt;
  auto found = positive_fault(field, value);
  if (value.raw < 0) found->expected = fmt::format("{} >= 0", field);
  return found;
}

std::optional<Fault> order_fault(std::string_view field, Price value, std::string_view other,
                                 Price bound, bool must_be_below) {
  if (must_be_below ? value <= bound : value >= bound) return std::nullopt;
  return fault(field,
               fmt::format("{} {} is {} {} {}", field, to_text(value),
                           must_be_below ? "above" : "below", other, to_text(bound)),
               fmt::format("{} {} {}", field, must_be_below ? "<=" : ">=", other));
}

std::optional<Fault> window_fault(const Bar& bar, const ValidationLimits& limits) {
  if (auto found = time_fault("start_time", bar.start, limits)) return found;
  if (auto found = time_fault("end_time", bar.end, limits)) return found;
  if (bar.end <= bar.start) {
    return fault("end_time",
                 fmt::format("end_time {} is not after start_time {}", to_iso8601(bar.end),
                             to_iso8601(bar.start)),
                 "end_time > start_time");
  }
  if (auto found = future_fault("end_time", bar.end, limits)) return found;
  if (is_window(bar)) return std::nullopt;
  if (bar.width == Width::d1) {
    return fault("end_time",
                 fmt::format("the window from {} to {} is no trading day", to_iso8601(bar.start),
                             to_iso8601(bar.end)),
                 "a day from midnight to midnight, or from the session's open to its close");
  }
  const Duration span = span_of(bar.width);
  if (bar.end - bar.start != span) {
    return fault("end_time",
                 fmt::format("the window from {} to {} is not {} wide", to_iso8601(bar.start),
                             to_iso8601(bar.end), to_string(bar.width)),
                 fmt::format("end_time = start_time + {}", to_string(bar.width)));
  }
  return fault("start_time",
               fmt::format("start_time {} is not at a whole {} of the UTC clock",
                           to_iso8601(bar.start), to_string(bar.width)),
               fmt::format("a multiple of {}", to_string(bar.width)));
}

std::optional<Fault> price_fault(const Bar& bar) {
  if (auto found = positive_fault("open", bar.open)) return found;
  if (auto found = positive_fault("high", bar.high)) return found;
  if (auto found = positive_fault("low", bar.low)) return found;
  if (auto found = positive_fault("close", bar.close)) return found;
  if (auto found = order_fault("high", bar.high, "low", bar.low, false)) return found;
  if (auto found = order_fault("open", bar.open, "low", bar.low, false)) return found;
  if (auto found = order_fault("open", bar.open, "high", bar.high, true)) return found;
  if (auto found = order_fault("close", bar.close, "low", bar.low, false)) return found;
  return order_fault("close", bar.close, "high", bar.high, true);
}

std::optional<Fault> optional_fault(const Bar& bar) {
  if (bar.vwap) {
    if (auto found = positive_fault("vwap", *bar.vwap)) return found;
  }
  if (bar.transactions && *bar.transactions < 0) {
    return fault("transactions", fmt::format("transactions {} is negative", *bar.transactions),
                 "transactions >= 0");
  }
  if (bar.accumulated_volume) {
    if (auto found = negative_fault("accumulated_volume", *bar.accumulated_volume)) return found;
  }
  if (bar.official_open_price) {
    if (auto found = positive_fault("official_open_price", *bar.official_open_price)) return found;
  }
  if (bar.aggregate_vwap) {
    if (auto found = positive_fault("aggregate_vwap", *bar.aggregate_vwap)) return found;
  }
  if (bar.average_size) return negative_fault("average_size", *bar.average_size);
  return std::nullopt;
}

// The same checks as the good path of `validate`, in the order a reader would make them.
[[gnu::noinline, gnu::cold]] std::optional<Fault> bar_fault(const Bar& bar,
                                                            const ValidationLimits& limits) {
  if (auto found = validate_symbol(bar.symbol.view())) return found;
  if (auto found = window_fault(bar, limits)) return found;
  if (auto found = price_fault(bar)) return found;
  if (auto found = negative_fault("volume", bar.volume)) return found;
  return optional_fault(bar);
}

std::optional<Fault> event_time_fault(Timestamp time, const ValidationLimits& limits) {
  if (auto found = time_fault("time", time, limits)) return found;
  return future_fault("time", time, limits);
}

std::optional<Fault> utf8_fault(std::string_view field, std::string_view text) {
  if (is_utf8(text)) return std::nullopt;
  return fault(field, fmt::format("{} {} is not valid UTF-8", field, shown(text)), "UTF-8");
}

std::optional<Fault> text_fault(std::string_view field, std::string_view text,
                                std::size_t bytes_max) {
  if (text.size() > bytes_max) {
    return fault(field, fmt::format("{} is {} bytes long", field, text.size()),
                 fmt::format("at most {} bytes", bytes_max));
  }
  return utf8_fault(field, text);
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

std::optional<Fault> required_fault(std::string_view field, std::string_view text) {
  if (!is_blank(text)) return std::nullopt;
  return fault(field, fmt::format("{} is empty", field), "a text");
}

std::optional<Fault> symbols_fault(const NewsItem& item, const ValidationLimits& limits) {
  std::size_t total = 0;
  for (std::size_t i = 0; i < item.symbols.size(); ++i) {
    const std::string& symbol = item.symbols[i];
    total += symbol.size();
    if (is_symbol(symbol) && total <= limits.text_bytes_max) continue;
    const std::string field = fmt::format("symbols[{}]", i);
    if (auto found = required_fault(field, symbol)) return found;
    if (auto found = text_fault(field, symbol, limits.id_bytes_max)) return found;
    if (total > limits.text_bytes_max) {
      return fault("symbols",
                   fmt::format("symbols are more than {} bytes long", limits.text_bytes_max),
                   fmt::format("at most {} bytes", limits.text_bytes_max));
    }
  }
  return std::nullopt;
}

std::optional<Fault> publication_fault(const NewsItem& item, const ValidationLimits& limits) {
  if (auto found = time_fault("published_at", item.published_at, limits)) return found;
  if (auto found = future_fault("published_at", item.published_at, limits)) return found;
  if (item.first_published_at) {
    if (auto found = time_fault("first_published_at", *item.first_published_at, limits)) {
      return found;
    }
    if (auto found = future_fault("first_published_at", *item.first_published_at, limits)) {
      return found;
    }
  }
  if (item.precision != Precision::day) return std::nullopt;
  const Timestamp midnight = calendar().midnight(calendar().date_of(item.published_at));
  if (item.published_at == midnight) return std::nullopt;
  return fault("published_at",
               fmt::format("published_at {} is known to the day only and is not its midnight",
                           to_iso8601(item.published_at)),
               fmt::format("midnight in New York, {}", to_iso8601(midnight)));
}

}  // namespace

std::optional<Fault> validate_symbol(std::string_view symbol) {
  if (is_symbol(symbol)) [[likely]]
    return std::nullopt;
  const std::string expected = "1 to 31 printable ASCII characters without spaces";
  if (symbol.empty()) return fault("symbol", "symbol is empty", expected);
  if (symbol.size() > Symbol::kCapacity) {
    return fault("symbol", fmt::format("symbol {} is {} bytes long", shown(symbol), symbol.size()),
                 expected);
  }
  const auto* const bad = std::find_if_not(symbol.begin(), symbol.end(), is_symbol_byte);
  return fault("symbol",
               fmt::format("symbol {} has the byte 0x{:02x}", shown(symbol),
                           static_cast<unsigned char>(*bad)),
               expected);
}

std::optional<Fault> validate(const Bar& bar, const ValidationLimits& limits) {
  // The times first: the window's arithmetic relies on them.
  if (is_symbol(bar.symbol.view()) && is_time(bar.start, limits) && is_time(bar.end, limits) &&
      is_window(bar) && !is_future(bar.end, limits) && are_prices(bar) &&
      is_not_negative(bar.volume) && are_optionals(bar)) [[likely]] {
    return std::nullopt;
  }
  return bar_fault(bar, limits);
}

std::optional<Fault> validate(const Trade& trade, const ValidationLimits& limits) {
  if (auto found = validate_symbol(trade.symbol.view())) return found;
  if (!is_time(trade.time, limits) || is_future(trade.time, limits)) {
    return event_time_fault(trade.time, limits);
  }
  if (auto found = positive_fault("price", trade.price)) return found;
  if (auto found = negative_fault("size", trade.size)) return found;
  return utf8_fault("id", trade.id.view());
}

std::optional<Fault> validate(const Quote& quote, const ValidationLimits& limits) {
  if (auto found = validate_symbol(quote.symbol.view())) return found;
  if (!is_time(quote.time, limits) || is_future(quote.time, limits)) {
    return event_time_fault(quote.time, limits);
  }
  if (is_not_negative(quote.bid_price) && is_not_negative(quote.ask_price) &&
      is_not_negative(quote.bid_size) && is_not_negative(quote.ask_size)) {
    return std::nullopt;
  }
  if (auto found = negative_fault("bid_price", quote.bid_price)) return found;
  if (auto found = negative_fault("ask_price", quote.ask_price)) return found;
  if (auto found = negative_fault("bid_size", quote.bid_size)) return found;
  return negative_fault("ask_size", quote.ask_size);
}

std::optional<Fault> validate(const NewsItem& item, const ValidationLimits& limits) {
  struct Text {
    std::string_view field;
    const std::string& value;
    std::size_t bytes_max;
    bool required;
  };
  const std::size_t short_max = limits.id_bytes_max;
  const std::size_t long_max = limits.text_bytes_max;
  for (const Text& text :
       {Text{"id", item.id, short_max, true}, Text{"source", item.source, short_max, true},
        Text{"search", item.search, short_max, false}, Text{"title", item.title, long_max, true},
        Text{"summary", item.summary, long_max, false}, Text{"url", item.url, short_max, false},
        Text{"section", item.section, short_max, false},
        Text{"extra", item.extra, long_max, false}}) {
    if (text.required) {
      if (auto found = required_fault(text.field, text.value)) return found;
    }
    if (auto found = text_fault(text.field, text.value, text.bytes_max)) return found;
  }
  if (!item.extra.empty() &&
      (item.extra.size() < 2 || item.extra.front() != '{' || item.extra.back() != '}')) {
    return fault("extra", fmt::format("extra {} is not a JSON object", shown(item.extra)),
                 "one JSON object, or nothing");
  }
  if (auto found = publication_fault(item, limits)) return found;
  return symbols_fault(item, limits);
}

}  // namespace tapewire
