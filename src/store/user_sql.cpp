// SPDX-License-Identifier: Apache-2.0
#include "store/user_sql.h"

#include <atomic>
#include <fstream>

#include <fmt/format.h>

#include "base/units.h"
#include "store/sql_guard.h"

namespace tapewire {
std::unexpected<Error> too_many_rows(const SqlLimits& limits) {
  return fail(ErrorCode::no_space,
              fmt::format("sql: the result has more than {} rows ({}): add LIMIT, or aggregate",
                          limits.rows, limits.rows_key));
}

std::unexpected<Error> UserQuery::failure(const char* raw) {
  switch (guard_ ? guard_->stopped() : QueryWatch::Stop::none) {
    case QueryWatch::Stop::time:
      return fail(ErrorCode::timeout, "sql: stopped after " + to_text(limits_.time) +
                                          ": narrow it by symbol and time, or aggregate");
    case QueryWatch::Stop::memory:
      return fail(ErrorCode::no_space,
                  "sql: stopped, it took too much memory: select fewer rows and columns");
    case QueryWatch::Stop::writer:
      return fail(ErrorCode::no_space,
                  "sql: stopped, the store needed the memory to write: try again with fewer rows",
                  true);
    case QueryWatch::Stop::reader:
      return fail(ErrorCode::cancelled, "sql: stopped, nobody waits for the result any more");
    case QueryWatch::Stop::ending:
      return fail(ErrorCode::cancelled, "sql: stopped, the program is ending", true);
    case QueryWatch::Stop::none: break;
  }
  Error error = sql_error(raw != nullptr ? raw : "", sql_);
  if (error.code == ErrorCode::no_space) {
    error.message = "sql: it needs more memory than the store has: select fewer rows and columns";
  } else if (error.code == ErrorCode::internal) {
    error.code = ErrorCode::invalid_argument;
  }
  return std::unexpected(std::move(error));
}

Status UserQuery::begin(const DuckDatabaseHandle& database) {
  TRY_ASSIGN(connection_, DuckConnection::open(database));
  guard_.emplace(watch_, connection_, limits_.time, gone_);
  const Result<std::string> allowed = check_user_sql(connection_, sql_);
  if (!allowed) {
    if (guard_->stopped() != QueryWatch::Stop::none) return failure(nullptr);
    return std::unexpected(allowed.error());
  }
  TRY(connection_.run("BEGIN TRANSACTION READ ONLY"));
  if (duckdb_prepare(connection_.get(), allowed->c_str(), statement_.out()) == DuckDBError) {
    return failure(duckdb_prepare_error(statement_.get()));
  }
  const duckdb_statement_type type = duckdb_prepared_statement_type(statement_.get());
  if (type != DUCKDB_STATEMENT_TYPE_SELECT && type != DUCKDB_STATEMENT_TYPE_EXPLAIN) {
    return fail(ErrorCode::invalid_argument, "sql: only queries run here");
  }
  if (duckdb_nparams(statement_.get()) > 0) {
    return fail(ErrorCode::invalid_argument,
                "sql: a query may not have parameters ($1, ?): write the values");
  }
  DuckPending pending;
  if (duckdb_pending_prepared_streaming(statement_.get(), pending.out()) == DuckDBError) {
    return failure(duckdb_pending_error(pending.get()));
  }
  duckdb_result raw{};
  const bool failed = duckdb_execute_pending(pending.get(), &raw) == DuckDBError;
  result_ = DuckResult(raw);
  if (failed) return failure(duckdb_result_error(&result_.raw()));
  for (idx_t i = 0; i < duckdb_column_count(&result_.raw()); ++i) {
    const DuckType column(duckdb_column_logical_type(&result_.raw(), i));
    columns_.push_back({duckdb_column_name(&result_.raw(), i), sql_type_name(column.get()),
                        sql_type_of(column.get())});
  }
  return {};
}

Result<DuckChunk> UserQuery::next() {
  while (true) {
    DuckChunk chunk(duckdb_fetch_chunk(result_.raw()));
    const char* error = duckdb_result_error(&result_.raw());
    if (error != nullptr && *error != '\0') return failure(error);
    if (!chunk || duckdb_data_chunk_get_size(chunk.get()) > 0) return chunk;
  }
}

namespace {

// Streams all rows to `output`; `rows_max` rows at most, then `truncated`.
Status stream(UserQuery& query, SqlOutput& output, std::uint64_t rows_max, bool& truncated) {
  for (const SqlResultColumn& column : query.columns()) {
    if (!can_write(column.type)) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("sql: column {} is of type {}, which has no text form here: "
                              "select {}::VARCHAR",
                              column.name, column.type_name, column.name));
    }
  }
  output.begin(query.columns());
  std::uint64_t rows = 0;
  while (!truncated) {
    TRY_ASSIGN(const DuckChunk chunk, query.next());
    if (!chunk) break;
    idx_t count = duckdb_data_chunk_get_size(chunk.get());
    truncated = count > rows_max - rows;
    if (truncated) count = rows_max - rows;
    rows += count;
    std::vector<DuckColumn> columns;
    for (idx_t i = 0; i < query.columns().size(); ++i) columns.emplace_back(chunk, i);
    if (!output.rows(columns, count)) return fail(ErrorCode::cancelled, "sql: the reader stopped");
  }
  if (!output.end(rows)) return fail(ErrorCode::cancelled, "sql: the reader stopped");
  return {};
}

}  // namespace

Status UserSql::run(std::string_view sql, SqlFormat format, const SqlLimits& limits,
                    const SqlOutput::Sink& sink, const std::stop_token& gone) {
  UserQuery query(watch_, sql, limits, gone);
  TRY(query.begin(database_));
  if (format == SqlFormat::parquet) return run_parquet(query, limits, sink);
  bool truncated = false;
  TRY(stream(query, *make_sql_output(format, sink), limits.rows, truncated));
  return truncated ? Status(too_many_rows(limits)) : Status();
}

Result<std::string> UserSql::run_json(std::string_view sql, std::uint64_t rows_max,
                                      const SqlLimits& limits, const std::stop_token& gone) {
  const Duration start = monotonic_now();
  UserQuery query(watch_, sql, limits, gone);
  TRY(query.begin(database_));
  std::string out;
  bool truncated = false;
  TRY(stream(query, *make_sql_json_arrays(out), std::min(rows_max, limits.rows), truncated));
  out += fmt::format(",\"truncated\":{},\"elapsed_ms\":{}}}", truncated,
                     (monotonic_now() - start).ns / 1'000'000);
  return out;
}

Status UserSql::run_parquet(UserQuery& query, const SqlLimits& limits,
                            const SqlOutput::Sink& sink) {
  static std::atomic<std::uint64_t> count = 0;
  const std::filesystem::path path = temporary_ / fmt::format("sql-{}.parquet", ++count);
  std::error_code ignored;
  std::filesystem::create_directories(temporary_, ignored);
  Status status = write_parquet(query, path, limits);
  std::ifstream file;
  if (status) {
    file.open(path, std::ios::binary);
    if (!file) status = fail_errno("cannot open", path.string(), errno);
  }
  // The open file stays readable; nothing is left behind if the reader goes away.
  std::filesystem::remove(path, ignored);
  TRY(std::move(status));
  std::string piece(64 * 1024, '\0');
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0) {
    if (!sink(std::string_view(piece).substr(0, static_cast<std::size_t>(file.gcount())))) {
      return fail(ErrorCode::cancelled, "sql: the reader stopped");
    }
  }
  return {};
}

}  // namespace tapewire
