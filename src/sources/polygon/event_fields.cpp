// SPDX-License-Identifier: Apache-2.0
#include "sources/polygon/event_fields.h"

#include <charconv>
#include <string>

#include <fmt/format.h>

#include "sources/shown_text.h"

namespace tapewire::polygon {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Key::count)> kKeys{
    "a",  "ap", "as",     "av",  "ax", "bp",   "bs",      "bx", "c",  "dav", "ds",
    "dv", "e",  "ev",     "h",   "i",  "l",    "message", "o",  "op", "otc", "p",
    "q",  "s",  "status", "sym", "t",  "trfi", "trft",    "v",  "vw", "x",   "z"};

// Up to eight bytes of a key as one number.
constexpr std::uint64_t packed(std::string_view key) {
  std::uint64_t out = 0;
  for (const char c : key) out = out << 8 | static_cast<unsigned char>(c);
  return out;
}

constexpr std::array<std::uint64_t, kKeys.size()> kPacked = [] {
  std::array<std::uint64_t, kKeys.size()> out{};
  for (std::size_t i = 0; i < kKeys.size(); ++i) out[i] = packed(kKeys[i]);
  return out;
}();

// Keys of one byte, the most frequent, by that byte.
constexpr std::array<Key, 128> kShort = [] {
  std::array<Key, 128> out{};
  for (Key& key : out) key = Key::count;
  for (std::size_t i = 0; i < kKeys.size(); ++i) {
    if (kKeys[i].size() == 1) out[static_cast<std::size_t>(kKeys[i][0])] = static_cast<Key>(i);
  }
  return out;
}();

// Keys of two lower-case letters, by both.
constexpr std::array<Key, 26 * 26> kPairs = [] {
  std::array<Key, 26 * 26> out{};
  for (Key& key : out) key = Key::count;
  for (std::size_t i = 0; i < kKeys.size(); ++i) {
    if (kKeys[i].size() != 2) continue;
    out[static_cast<std::size_t>((kKeys[i][0] - 'a') * 26 + kKeys[i][1] - 'a')] =
        static_cast<Key>(i);
  }
  return out;
}();

constexpr bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

}  // namespace

Key key_of(const char* text) {
  if (text[0] != '"' && text[1] == '"') {
    const auto byte = static_cast<unsigned char>(text[0]);
    return byte < kShort.size() ? kShort[byte] : Key::count;
  }
  if (is_letter(text[0]) && is_letter(text[1]) && text[2] == '"') {
    return kPairs[static_cast<std::size_t>((text[0] - 'a') * 26 + text[1] - 'a')];
  }
  std::uint64_t value = 0;
  for (std::size_t i = 0; text[i] != '"'; ++i) {
    if (i == 8) return Key::count;
    value = value << 8 | static_cast<unsigned char>(text[i]);
  }
  for (std::size_t i = 0; i < kPacked.size(); ++i) {
    if (kPacked[i] == value) return static_cast<Key>(i);
  }
  return Key::count;
}

std::string_view text_of(Key key) { return kKeys[static_cast<std::size_t>(key)]; }

bool EventFields::bad(Key key, std::string_view name, std::string_view what,
                      std::string_view expected) {
  fault.field = name;
  fault.expected = expected;
  fault.reason = has(key) ? fmt::format("{} (key \"{}\") {} is {}", name, text_of(key),
                                        shown((*this)[key].text), what)
                          : fmt::format("{} (key \"{}\") is missing", name, text_of(key));
  return false;
}

bool EventFields::decimal(Key key, std::string_view name, int scale, std::int64_t& out) {
  const std::string_view expected = scale == kPriceScale
                                        ? "a decimal number of at most 999999999.999999999"
                                        : "a decimal number of at most 999999999999.999999";
  if (!has(key)) return bad(key, name, "", expected);
  const Field& field = (*this)[key];
  if (field.type != Type::number && field.type != Type::text)
    return bad(key, name, "not a number", expected);
  const auto parsed = parse_decimal(field.text, scale);
  if (!parsed) {
    return bad(key, name, parsed.error() == DecimalFault::too_large ? "too large" : "not a number",
               expected);
  }
  rounded += parsed->rounded ? 1 : 0;
  out = parsed->value;
  return true;
}

bool EventFields::symbol(Key key, std::string_view name, Symbol& out) {
  constexpr std::string_view kExpected = "1 to 31 bytes of printable ASCII";
  if (!has(key)) return bad(key, name, "", kExpected);
  const Field& field = (*this)[key];
  const std::optional<Symbol> symbol = Symbol::from(field.text);
  if (field.type != Type::text || !symbol) return bad(key, name, "not a symbol", kExpected);
  out = *symbol;
  return true;
}

bool EventFields::price(Key key, std::string_view name, Price& out) {
  return decimal(key, name, kPriceScale, out.raw);
}
bool EventFields::quantity(Key key, std::string_view name, Quantity& out) {
  return decimal(key, name, kQuantityScale, out.raw);
}

bool EventFields::integer_of(std::string_view text, std::int64_t& out) const {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc{} && end == text.data() + text.size()) return true;
  // 1.61e12 and 1610144640000.0 are whole numbers too.
  const auto parsed = parse_decimal(text, 0);
  if (!parsed || parsed->rounded) return false;
  out = parsed->value;
  return true;
}

bool EventFields::time(Key key, std::string_view name, Timestamp& out) {
  constexpr std::string_view kExpected = "a time since 1970 in milliseconds, a whole number";
  if (!has(key)) return bad(key, name, "", kExpected);
  const Field& field = (*this)[key];
  std::int64_t number = 0;
  if ((field.type != Type::number && field.type != Type::text) || !integer_of(field.text, number)) {
    return bad(key, name, "not a time", kExpected);
  }
  out = timestamp_by_magnitude(number);
  // Window ends are computed from it.
  if (out > kMaxTimestamp - days(2) || out < kMinTimestamp + days(2))
    return bad(key, name, "out of range", kExpected);
  return true;
}

bool EventFields::maybe_price(Key key, std::string_view name, std::optional<Price>& out) {
  if (!has(key)) return true;
  Price value;
  if (!price(key, name, value)) return false;
  out = value;
  return true;
}

bool EventFields::maybe_quantity(Key key, std::string_view name, std::optional<Quantity>& out) {
  if (!has(key)) return true;
  Quantity value;
  if (!quantity(key, name, value)) return false;
  out = value;
  return true;
}

bool EventFields::maybe_time(Key key, std::string_view name, std::optional<Timestamp>& out) {
  if (!has(key) || (*this)[key].text == "0") return true;
  Timestamp value;
  if (!time(key, name, value)) return false;
  out = value;
  return true;
}

bool EventFields::maybe_integer(Key key, std::string_view name, std::int64_t& out) {
  if (!has(key)) return true;
  const Field& field = (*this)[key];
  const bool scalar = field.type == Type::number || field.type == Type::text;
  return (scalar && integer_of(field.text, out)) ||
         bad(key, name, "not a whole number", "a whole number");
}

bool EventFields::maybe_small(Key key, std::string_view name, std::int32_t& out) {
  std::int64_t value = out;
  if (!maybe_integer(key, name, value)) return false;
  if (value < INT32_MIN || value > INT32_MAX)
    return bad(key, name, "too large", "a whole number of 32 bits");
  out = static_cast<std::int32_t>(value);
  return true;
}

bool EventFields::maybe_flag(Key key, std::string_view name, std::optional<bool>& out) {
  if (!has(key)) return true;
  const std::string_view text = (*this)[key].text;
  const bool yes = text == "true" || text == "1";
  if (!yes && text != "false" && text != "0")
    return bad(key, name, "neither true nor false", "true or false");
  out = yes;
  return true;
}

bool EventFields::maybe_conditions(Key key, std::string_view name, ConditionList& out) {
  if (!has(key)) return true;
  constexpr std::string_view kExpected = "a list of at most 14 whole numbers from 0 to 65535";
  const Field& field = (*this)[key];
  std::string_view rest = field.text;
  if (field.type == Type::list) {
    const std::size_t close = rest.find(']');
    if (close == std::string_view::npos) return bad(key, name, "not closed", kExpected);
    rest = rest.substr(1, close - 1);
  }
  const auto is_blank = [](char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '"';
  };
  while (!rest.empty() && is_blank(rest.back())) rest.remove_suffix(1);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    std::string_view item = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    while (!item.empty() && is_blank(item.front())) item.remove_prefix(1);
    while (!item.empty() && is_blank(item.back())) item.remove_suffix(1);
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(item.data(), item.data() + item.size(), number);
    if (error != std::errc{} || end != item.data() + item.size())
      return bad(key, name, "not a list of codes", kExpected);
    if (!out.add(number)) return bad(key, name, "too long a list", kExpected);
  }
  return true;
}

}  // namespace tapewire::polygon
