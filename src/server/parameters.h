// SPDX-License-Identifier: Apache-2.0
// Describes the query parameters of a route once, for reading them strictly and for the OpenAPI document.
//
// Errors: an unknown, repeated, missing or wrong parameter is a 400 problem that names it and says
//         what was expected.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "server/http_message.h"

namespace tapewire {

enum class ParameterType { symbol, text, time, integer, choice };

struct ParameterSpec {
  std::string_view name = {};
  ParameterType type = ParameterType::text;
  std::string_view description = {};
  bool required = false;
  // integer
  std::int64_t minimum = 0;
  std::int64_t maximum = 0;
  std::int64_t fallback = 0;
  // choice; the first is the default unless required
  std::span<const std::string_view> choices = {};
  // text
  std::size_t bytes_max = 256;
};

class ParameterValues {
 public:
  // Empty when absent; of a choice the default.
  [[nodiscard]] std::string_view text(std::string_view name) const;
  [[nodiscard]] std::optional<Timestamp> time(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;

  struct Value {
    std::string_view name;
    std::string text;
    std::optional<Timestamp> time;
    std::int64_t integer = 0;
  };
  void add(Value value) { values_.push_back(std::move(value)); }

 private:
  [[nodiscard]] const Value* find(std::string_view name) const;
  std::vector<Value> values_;
};

std::expected<ParameterValues, HttpResponse> read_parameters(std::span<const ParameterSpec> specs,
                                                             std::span<const QueryParameter> query);

// YYYY-MM-DD (midnight UTC) or ISO 8601 with a zone.
Result<Timestamp> parse_time_parameter(std::string_view text);

}  // namespace tapewire
