// SPDX-License-Identifier: Apache-2.0
#include "server/json_input.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tapewire {
namespace {

using Json = nlohmann::json;

// Collects the members of the outermost object; what is nested is only named by its type.
class FlatObjectReader final : public nlohmann::json_sax<Json> {
 public:
  Result<std::vector<JsonMember>> take() {
    if (!complaint_.empty()) return fail(ErrorCode::invalid_argument, complaint_);
    return std::move(members_);
  }

  bool null() override { return put(JsonOther{"null"}); }
  bool boolean(bool /*value*/) override { return put(JsonOther{"a boolean"}); }
  bool number_integer(std::int64_t value) override { return put(value); }
  bool number_unsigned(std::uint64_t value) override {
    if (value > INT64_MAX) return put(JsonOther{"a number too large"});
    return put(static_cast<std::int64_t>(value));
  }
  bool number_float(double /*value*/, const std::string& /*text*/) override {
    return put(JsonOther{"a number with a fraction"});
  }
  bool string(std::string& value) override { return put(std::move(value)); }
  bool binary(Json::binary_t& /*value*/) override { return false; }
  bool key(std::string& name) override {
    if (depth_ != 1) return true;
    if (std::ranges::find(members_, name, &JsonMember::name) != members_.end()) {
      return stop(fmt::format("member '{}' is given twice", name));
    }
    members_.push_back({std::move(name), JsonOther{"missing"}});
    return true;
  }
  bool start_object(std::size_t /*size*/) override { return open("an object"); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*size*/) override {
    if (depth_ == 0) return stop("expected a JSON object, found an array");
    return open("an array");
  }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t at, const std::string& /*token*/,
                   const Json::exception& /*why*/) override {
    return stop(fmt::format("not JSON (at byte {})", at));
  }

 private:
  template <class Value>
  bool put(Value value) {
    if (depth_ == 0) return stop("expected a JSON object");
    if (depth_ == 1) members_.back().value = std::move(value);
    return true;
  }
  bool open(std::string_view type) {
    if (depth_ == 1) members_.back().value = JsonOther{type};
    ++depth_;
    return true;
  }
  bool close() {
    --depth_;
    return true;
  }
  bool stop(std::string complaint) {
    complaint_ = std::move(complaint);
    return false;
  }

  std::vector<JsonMember> members_;
  std::string complaint_;
  int depth_ = 0;
};

}  // namespace

Result<std::vector<JsonMember>> parse_flat_object(std::string_view text) {
  // The parser would skip it; what was sent is then not what is checked elsewhere.
  if (text.starts_with("\xEF\xBB\xBF"))
    return fail(ErrorCode::invalid_argument, "not JSON: it begins with a byte order mark");
  FlatObjectReader reader;
  Json::sax_parse(text.begin(), text.end(), &reader);
  return reader.take();
}

bool is_json_object(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{' &&
         Json::accept(text.begin(), text.end());
}

}  // namespace tapewire
