// SPDX-License-Identifier: Apache-2.0
// Checks JSON values against the part of JSON Schema that the OpenAPI document uses.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace tapewire {

class SchemaCheck {
 public:
  explicit SchemaCheck(nlohmann::json document) : document_(std::move(document)) {}
  // What is wrong, each with its place; empty: valid. A keyword it does not know is a fault too.
  [[nodiscard]] std::vector<std::string> faults(const nlohmann::json& schema,
                                                const nlohmann::json& value) const;
  [[nodiscard]] const nlohmann::json& document() const { return document_; }

 private:
  void check(const nlohmann::json& schema, const nlohmann::json& value, const std::string& place,
             std::vector<std::string>& out) const;
  void check_object(const nlohmann::json& schema, const nlohmann::json& value,
                    const std::string& place, std::vector<std::string>& out) const;
  nlohmann::json document_;
};

}  // namespace tapewire
