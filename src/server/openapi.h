// SPDX-License-Identifier: Apache-2.0
// Writes the OpenAPI 3.1 document from the route table.
#pragma once

#include <string>
#include <string_view>

namespace tapewire {

// Built once from `routes()`.
const std::string& openapi_document();

// The "schemas" object of the document's components, one JSON object.
std::string_view openapi_schemas();

}  // namespace tapewire
