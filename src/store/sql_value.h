// SPDX-License-Identifier: Apache-2.0
// Writes one value of a DuckDB vector as text: exact decimals, ISO 8601 times in UTC, nested values as JSON.
//
// Errors: `can_write` tells which types have no text here (to be cast to VARCHAR in the query).
#pragma once

#include <string>
#include <vector>

#include "store/duck.h"

namespace tapewire {

// What a column's values are, read once per result.
struct SqlType {
  duckdb_type id = DUCKDB_TYPE_INVALID;
  duckdb_type inner = DUCKDB_TYPE_INVALID;  // storage of decimals and enums
  int scale = 0;
  std::vector<std::string> words;  // enum values, struct field names
  std::vector<SqlType> children;  // list, array, map (a struct of key and value), struct
  std::uint64_t array_size = 0;
};
SqlType sql_type_of(duckdb_logical_type type);
// "DECIMAL(18,9)", "VARCHAR", "STRUCT" ...
std::string sql_type_name(duckdb_logical_type type);
bool can_write(const SqlType& type);

// Plain text of a value that is not NULL; nested values as JSON.
void write_plain(std::string& out, const SqlType& type, const DuckColumn& column, idx_t row);
// A JSON value; NULL, NaN and the infinities are null.
void write_json(std::string& out, const SqlType& type, const DuckColumn& column, idx_t row);
void write_json_text(std::string& out, std::string_view text);

}  // namespace tapewire
