// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "store/user_sql.h"

namespace tapewire {
namespace {

// What the table function `feed` of the second instance draws from. Its calls come one at a time.
struct Feed {
  UserQuery& query;
  std::uint64_t rows_max;
  std::uint64_t rows = 0;
  bool too_many = false;
  std::optional<Error> error;
};

Feed& feed_of(void* extra) { return *static_cast<Feed*>(extra); }

void bind_feed(duckdb_bind_info info) {
  Feed& feed = feed_of(duckdb_bind_get_extra_info(info));
  duckdb_result& result = feed.query.result().raw();
  for (idx_t i = 0; i < duckdb_column_count(&result); ++i) {
    const DuckType type(duckdb_column_logical_type(&result, i));
    duckdb_bind_add_result_column(info, duckdb_column_name(&result, i), type.get());
  }
}

void init_feed(duckdb_init_info info) { duckdb_init_set_max_threads(info, 1); }

void next_of_feed(duckdb_function_info info, duckdb_data_chunk output) {
  Feed& feed = feed_of(duckdb_function_get_extra_info(info));
  Result<DuckChunk> chunk = feed.query.next();
  if (!chunk) {
    feed.error = chunk.error();
    duckdb_function_set_error(info, "the query failed");
    return;
  }
  const idx_t count = *chunk ? duckdb_data_chunk_get_size(chunk->get()) : 0;
  if (count > feed.rows_max - feed.rows) {
    feed.too_many = true;
    duckdb_function_set_error(info, "too many rows");
    return;
  }
  feed.rows += count;
  for (idx_t i = 0; count > 0 && i < duckdb_data_chunk_get_column_count(output); ++i) {
    duckdb_vector_reference_vector(duckdb_data_chunk_get_vector(output, i),
                                   duckdb_data_chunk_get_vector(chunk->get(), i));
  }
  duckdb_data_chunk_set_size(output, count);
}

using TableFunction = DuckHandle<duckdb_table_function, duckdb_destroy_table_function>;

}  // namespace

Status write_parquet(UserQuery& query, const std::filesystem::path& path, const SqlLimits& limits) {
  TRY_ASSIGN(const DuckDatabaseHandle database,
             open_duck_database(":memory:", {{"threads", "1"},
                                             {"memory_limit", "256MiB"},
                                             {"errors_as_json", "true"},
                                             {"autoinstall_known_extensions", "false"},
                                             {"autoload_known_extensions", "false"}}));
  TRY_ASSIGN(DuckConnection connection, DuckConnection::open(database));
  Feed feed{query, limits.rows, 0, false, std::nullopt};
  TableFunction function(duckdb_create_table_function());
  duckdb_table_function_set_name(function.get(), "feed");
  duckdb_table_function_set_extra_info(function.get(), &feed, nullptr);
  duckdb_table_function_set_bind(function.get(), bind_feed);
  duckdb_table_function_set_init(function.get(), init_feed);
  duckdb_table_function_set_function(function.get(), next_of_feed);
  if (duckdb_register_table_function(connection.get(), function.get()) == DuckDBError) {
    return fail(ErrorCode::internal, "sql: DuckDB refused the function that feeds Parquet");
  }
  const Status status = connection.run(
      fmt::format("COPY (SELECT * FROM feed()) TO {} (FORMAT parquet, COMPRESSION zstd)",
                  sql_quote(path.string())));
  if (feed.error) return std::unexpected(*feed.error);
  if (feed.too_many) return too_many_rows(limits);
  return status;
}

}  // namespace tapewire
