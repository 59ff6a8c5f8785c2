// SPDX-License-Identifier: Apache-2.0
// Decides whether a user's SQL may run: one statement that only reads, and nothing in it that has side
// effects or makes unbounded values out of nothing.
//
// The instance itself refuses files, extensions and settings; a read-only transaction refuses writes.
// This adds what neither sees: table functions with side effects, and functions whose result grows
// with an argument (DuckDB's memory limit does not count single values).
// Errors: invalid_argument with line and column, or with the name that is refused.
#pragma once

#include <string>
#include <string_view>

#include "store/duck.h"

namespace tapewire {

inline constexpr std::size_t kSqlBytesMax = 1 << 20;
inline constexpr std::size_t kSqlCommentsMax = 500;
// How far the functions that grow (repeat, range as a list ...) may multiply, all in one query together.
inline constexpr std::int64_t kSqlGrowthMax = 100'000;

// Returns what may run, as long as `sql`: the words of an EXPLAIN are written anew, so that nothing
// before the statement that was checked can mean anything else. `connection` is only used to parse.
Result<std::string> check_user_sql(DuckConnection& connection, std::string_view sql);

// "line 3, column 8: Referenced column ..." for a message of DuckDB about `sql`.
Error sql_error(std::string_view raw, std::string_view sql);

}  // namespace tapewire
