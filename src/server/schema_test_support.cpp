// SPDX-License-Identifier: Apache-2.0
#include "server/schema_test_support.h"

#include <algorithm>
#include <regex>
#include <set>

namespace tapewire {
namespace {

using Json = nlohmann::json;

bool has_type(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  return false;
}

bool has_one_type(const Json& value, const Json& types) {
  if (types.is_string()) return has_type(value, types);
  return std::ranges::any_of(types, [&](const Json& type) { return has_type(value, type); });
}

const std::set<std::string> kKnown{"type",        "properties", "required", "additionalProperties",
                                   "items",       "enum",       "$ref",     "anyOf",
                                   "pattern",     "format",     "minimum",  "minLength",
                                   "description", "default",    "maximum",  "maxLength",
                                   "examples"};

}  // namespace

std::vector<std::string> SchemaCheck::faults(const Json& schema, const Json& value) const {
  std::vector<std::string> out;
  check(schema, value, "$", out);
  return out;
}

void SchemaCheck::check(const Json& schema, const Json& value, const std::string& place,
                        std::vector<std::string>& out) const {
  for (const auto& [keyword, ignored] : schema.items()) {
    if (!kKnown.contains(keyword))
      out.push_back(place + ": keyword " + keyword + " is not checked");
  }
  if (schema.contains("$ref")) {
    const std::string reference = schema["$ref"];
    const Json::json_pointer pointer(reference.substr(1));
    if (!document_.contains(pointer)) return out.push_back(place + ": no " + reference);
    return check(document_[pointer], value, place, out);
  }
  if (schema.contains("anyOf") && std::ranges::none_of(schema["anyOf"], [&](const Json& one) {
        std::vector<std::string> inner;
        check(one, value, place, inner);
        return inner.empty();
      })) {
    out.push_back(place + ": none of anyOf: " + value.dump());
  }
  if (schema.contains("type") && !has_one_type(value, schema["type"])) {
    return out.push_back(place + ": expected " + schema["type"].dump() + ", found " + value.dump());
  }
  if (schema.contains("enum") && std::ranges::find(schema["enum"], value) == schema["enum"].end()) {
    out.push_back(place + ": not in enum: " + value.dump());
  }
  if (schema.contains("pattern") &&
      !std::regex_search(value.get<std::string>(),
                         std::regex(schema["pattern"].get<std::string>()))) {
    out.push_back(place + ": does not match " + schema["pattern"].dump() + ": " + value.dump());
  }
  if (schema.contains("minimum") && value.is_number() && value < schema["minimum"]) {
    out.push_back(place + ": below the minimum: " + value.dump());
  }
  if (schema.contains("minLength") && value.get<std::string>().empty())
    out.push_back(place + ": empty");
  if (value.is_object()) check_object(schema, value, place, out);
  if (value.is_array() && schema.contains("items")) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      check(schema["items"], value[i], place + "[" + std::to_string(i) + "]", out);
    }
  }
}

void SchemaCheck::check_object(const Json& schema, const Json& value, const std::string& place,
                               std::vector<std::string>& out) const {
  for (const Json& name : schema.value("required", Json::array())) {
    if (!value.contains(name))
      out.push_back(place + ": " + name.get<std::string>() + " is missing");
  }
  const Json properties = schema.value("properties", Json::object());
  for (const auto& [name, member] : value.items()) {
    if (properties.contains(name)) {
      check(properties[name], member, place + "." + name, out);
      continue;
    }
    const Json more = schema.value("additionalProperties", Json(true));
    if (more.is_object()) {
      check(more, member, place + "." + name, out);
    } else if (!more.get<bool>()) {
      out.push_back(place + ": unexpected member " + name);
    }
  }
}

}  // namespace tapewire
