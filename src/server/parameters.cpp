// SPDX-License-Identifier: Apache-2.0
#include "server/parameters.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/validate.h"
#include "server/json_text.h"

namespace tapewire {
namespace {

using Value = ParameterValues::Value;
// What is wrong with a value, in words.
using Complaint = std::optional<std::string>;

Complaint read_integer(const ParameterSpec& spec, std::string_view text, Value& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.integer);
  if (error == std::errc() && end == text.data() + text.size() && out.integer >= spec.minimum &&
      out.integer <= spec.maximum) {
    return std::nullopt;
  }
  return fmt::format("expected a whole number from {} to {}", spec.minimum, spec.maximum);
}

Complaint read_time(std::string_view text, Value& out) {
  const auto parsed = parse_time_parameter(text);
  if (!parsed) return parsed.error().message;
  out.time = *parsed;
  return std::nullopt;
}

Complaint read_text(const ParameterSpec& spec, std::string_view text) {
  if (text.size() <= spec.bytes_max) return std::nullopt;
  return fmt::format("expected at most {} bytes", spec.bytes_max);
}

Complaint read_symbol(std::string_view text) {
  const auto fault = validate_symbol(text);
  if (!fault) return std::nullopt;
  return fmt::format("{}; expected {}", fault->reason, fault->expected);
}

Complaint read_choice(const ParameterSpec& spec, std::string_view text) {
  if (std::ranges::find(spec.choices, text) != spec.choices.end()) return std::nullopt;
  std::vector<std::string_view> named(spec.choices.begin(), spec.choices.end());
  std::erase(named, std::string_view());  // "none chosen"
  return fmt::format("expected one of {}", fmt::join(named, ", "));
}

Complaint read_value(const ParameterSpec& spec, std::string_view text, Value& out) {
  switch (spec.type) {
    case ParameterType::symbol: return read_symbol(text);
    case ParameterType::text: return read_text(spec, text);
    case ParameterType::time: return read_time(text, out);
    case ParameterType::integer: return read_integer(spec, text, out);
    case ParameterType::choice: return read_choice(spec, text);
  }
  return std::nullopt;
}

Value fallback(const ParameterSpec& spec) {
  Value out{.name = spec.name, .text = {}, .time = {}, .integer = spec.fallback};
  if (spec.type == ParameterType::choice && !spec.choices.empty()) out.text = spec.choices.front();
  return out;
}

// A date by its form, of a year that nanoseconds in 64 bits do not reach.
bool beyond_all_times(std::string_view text) {
  int year = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + std::min<std::size_t>(text.size(), 4), year);
  return error == std::errc() && text.size() >= 10 && end == text.data() + 4 && text[4] == '-' &&
         text[7] == '-' && (year < 1678 || year > 2261);
}

std::string shown(std::string_view text) {
  return text.size() <= 80 ? std::string(text)
                           : fmt::format("{}... ({} bytes)", text.substr(0, 60), text.size());
}

}  // namespace

Result<Timestamp> parse_time_parameter(std::string_view text) {
  auto parsed = text.size() == 10 ? parse_date(text) : parse_iso8601(text);
  if (parsed) return parsed;
  if (beyond_all_times(text)) {
    return fail(ErrorCode::invalid_argument,
                "out of range; expected a time of the years 1678 to 2261");
  }
  return fail(
      ErrorCode::invalid_argument,
      fmt::format("{}; expected a time such as 2019-02-13T14:30:00Z or a date such as 2019-02-13",
                  parsed.error().message));
}

const Value* ParameterValues::find(std::string_view name) const {
  const auto at = std::ranges::find(values_, name, &Value::name);
  return at == values_.end() ? nullptr : &*at;
}
std::string_view ParameterValues::text(std::string_view name) const {
  const Value* value = find(name);
  return value == nullptr ? std::string_view() : std::string_view(value->text);
}
std::optional<Timestamp> ParameterValues::time(std::string_view name) const {
  const Value* value = find(name);
  return value == nullptr ? std::nullopt : value->time;
}
std::int64_t ParameterValues::integer(std::string_view name) const {
  const Value* value = find(name);
  return value == nullptr ? 0 : value->integer;
}

std::expected<ParameterValues, HttpResponse> read_parameters(
    std::span<const ParameterSpec> specs, std::span<const QueryParameter> query) {
  for (const QueryParameter& given : query) {
    if (std::ranges::find(specs, given.name, &ParameterSpec::name) == specs.end()) {
      std::vector<std::string_view> names;
      for (const ParameterSpec& spec : specs) names.push_back(spec.name);
      return std::unexpected(problem(
          400,
          names.empty()
              ? fmt::format("unknown parameter '{}'; this address takes none", shown(given.name))
              : fmt::format("unknown parameter '{}'; known are {}", shown(given.name),
                            fmt::join(names, ", ")),
          given.name));
    }
  }
  ParameterValues values;
  for (const ParameterSpec& spec : specs) {
    const auto is_it = [&](const QueryParameter& p) { return p.name == spec.name; };
    const auto given = std::ranges::find_if(query, is_it);
    if (given == query.end()) {
      if (spec.required) {
        return std::unexpected(
            problem(400, fmt::format("parameter '{}' is missing", spec.name), spec.name));
      }
      values.add(fallback(spec));
      continue;
    }
    if (std::ranges::count_if(query, is_it) > 1) {
      return std::unexpected(
          problem(400, fmt::format("parameter '{}' is given twice", spec.name), spec.name));
    }
    // An empty optional parameter is an absent one, as forms send it.
    if (given->value.empty() && !spec.required) {
      values.add(fallback(spec));
      continue;
    }
    Value value{.name = spec.name, .text = given->value, .time = {}, .integer = 0};
    if (const Complaint complaint = read_value(spec, given->value, value)) {
      return std::unexpected(problem(
          400,
          fmt::format("parameter '{}' is '{}': {}", spec.name, shown(given->value), *complaint),
          spec.name));
    }
    values.add(std::move(value));
  }
  return values;
}

}  // namespace tapewire
