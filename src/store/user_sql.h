// SPDX-License-Identifier: Apache-2.0
// Runs a user's query under limits and streams its rows; the whole result is never held.
//
// Safety:  see sql_guard.h; each query has its own connection and a read-only transaction, both gone
//          after it.
// Errors:  invalid_argument with line and column; timeout; no_space for memory and for rows; cancelled
//          when the sink wants no more, `gone` is asked to stop or the program ends.
// Threads: any number at once.
#pragma once

#include <filesystem>
#include <stop_token>

#include "store/query_watch.h"
#include "store/sql_output.h"

namespace tapewire {

class UserQuery;

class UserSql {
 public:
  // REQUIRES: `database` and `watch` outlive this. `temporary` is a directory for Parquet on its way.
  UserSql(const DuckDatabaseHandle& database, QueryWatch& watch, std::filesystem::path temporary)
      : database_(database), watch_(watch), temporary_(std::move(temporary)) {}

  Status run(std::string_view sql, SqlFormat format, const SqlLimits& limits,
             const SqlOutput::Sink& sink, const std::stop_token& gone);
  Result<std::string> run_json(std::string_view sql, std::uint64_t rows_max,
                               const SqlLimits& limits, const std::stop_token& gone);

 private:
  Status run_parquet(UserQuery& query, const SqlLimits& limits, const SqlOutput::Sink& sink);

  const DuckDatabaseHandle& database_;
  QueryWatch& watch_;
  std::filesystem::path temporary_;
};

// One query on its way: begin, then chunks until none is left.
class UserQuery {
 public:
  UserQuery(QueryWatch& watch, std::string_view sql, const SqlLimits& limits, std::stop_token gone)
      : watch_(watch), sql_(sql), limits_(limits), gone_(std::move(gone)) {}
  Status begin(const DuckDatabaseHandle& database);
  // The next chunk; empty at the end.
  Result<DuckChunk> next();
  [[nodiscard]] const std::vector<SqlResultColumn>& columns() const { return columns_; }
  DuckResult& result() { return result_; }

 private:
  std::unexpected<Error> failure(const char* raw);

  QueryWatch& watch_;
  std::string sql_;
  SqlLimits limits_;
  std::stop_token gone_;
  DuckConnection connection_;
  std::optional<QueryWatch::Guard> guard_;
  DuckPrepared statement_;
  DuckResult result_;
  std::vector<SqlResultColumn> columns_;
};

// Writes all rows of `query` into the Parquet file `path` through a second, empty DuckDB instance: the
// user's statement never runs where files can be reached. At most `limits.rows` rows.
Status write_parquet(UserQuery& query, const std::filesystem::path& path, const SqlLimits& limits);

std::unexpected<Error> too_many_rows(const SqlLimits& limits);

}  // namespace tapewire
