// SPDX-License-Identifier: Apache-2.0
// Reads the flat JSON objects that clients send: the body of a POST, a websocket message.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace tapewire {

// `other` holds what is neither text nor a whole number: its JSON type, for messages.
struct JsonOther {
  std::string_view type;
};
struct JsonMember {
  std::string name;
  std::variant<std::string, std::int64_t, JsonOther> value;

  [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&value); }
  [[nodiscard]] const std::int64_t* integer() const { return std::get_if<std::int64_t>(&value); }
};

// invalid_argument: not JSON (with the byte), not an object, or a member given twice.
Result<std::vector<JsonMember>> parse_flat_object(std::string_view text);

// True for one well-formed JSON object and nothing else.
bool is_json_object(std::string_view text);

}  // namespace tapewire
