// SPDX-License-Identifier: Apache-2.0
#include "sources/files/parquet_reader.h"

#include <utility>

#include <duckdb.h>
#include <fmt/format.h>

namespace tapewire {
namespace {

// read_parquet takes patterns; a bracket makes each special character stand for itself.
std::string literal_pattern(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (c == '*' || c == '?' || c == '[') {
      out += '[';
      out += c;
      out += ']';
    } else {
      out += c;
    }
  }
  return out;
}

std::string quoted_name(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

bool is_time(duckdb_type type) {
  return type == DUCKDB_TYPE_TIMESTAMP || type == DUCKDB_TYPE_TIMESTAMP_S ||
         type == DUCKDB_TYPE_TIMESTAMP_MS || type == DUCKDB_TYPE_TIMESTAMP_NS ||
         type == DUCKDB_TYPE_TIMESTAMP_TZ;
}

}  // namespace

struct ParquetReader::State {
  std::string path;
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  duckdb_prepared_statement statement = nullptr;
  duckdb_result result{};
  duckdb_data_chunk chunk = nullptr;
  bool has_result = false;
  std::vector<std::string> columns;
  std::vector<duckdb_type> types;
  idx_t row = 0;
  idx_t rows = 0;

  ~State() { close(); }

  void close() {
    close_result();
    if (connection != nullptr) duckdb_disconnect(&connection);
    if (database != nullptr) duckdb_close(&database);
  }
  void close_result() {
    if (chunk != nullptr) duckdb_destroy_data_chunk(&chunk);
    if (has_result) duckdb_destroy_result(&result);
    if (statement != nullptr) duckdb_destroy_prepare(&statement);
    has_result = false;
  }

  std::unexpected<Error> refused(const char* why) const {
    return fail(ErrorCode::invalid_data, fmt::format("cannot read {} as Parquet: {}", path,
                                                     why != nullptr ? why : "no detail"));
  }

  Status connect() {
    duckdb_config config = nullptr;
    if (duckdb_create_config(&config) == DuckDBError) return refused("no configuration");
    duckdb_set_config(config, "threads", "1");
    duckdb_set_config(config, "memory_limit", "512MB");
    duckdb_set_config(config, "autoinstall_known_extensions", "false");
    duckdb_set_config(config, "autoload_known_extensions", "false");
    char* error = nullptr;
    const duckdb_state opened = duckdb_open_ext(nullptr, &database, config, &error);
    duckdb_destroy_config(&config);
    if (opened == DuckDBError) {
      auto failure = refused(error);
      duckdb_free(error);
      return failure;
    }
    if (duckdb_connect(database, &connection) == DuckDBError) return refused("cannot connect");
    return {};
  }

  Status query(const std::string& sql) {
    close_result();
    if (duckdb_prepare(connection, sql.c_str(), &statement) == DuckDBError) {
      return refused(duckdb_prepare_error(statement));
    }
    const std::string pattern = literal_pattern(path);
    if (duckdb_bind_varchar_length(statement, 1, pattern.data(), pattern.size()) == DuckDBError) {
      return refused("cannot bind the path");
    }
    has_result = true;
    duckdb_pending_result pending = nullptr;
    if (duckdb_pending_prepared_streaming(statement, &pending) == DuckDBError) {
      auto failure = refused(duckdb_pending_error(pending));
      duckdb_destroy_pending(&pending);
      return failure;
    }
    const duckdb_state done = duckdb_execute_pending(pending, &result);
    duckdb_destroy_pending(&pending);
    if (done == DuckDBError) return refused(duckdb_result_error(&result));
    return {};
  }
};

ParquetReader::ParquetReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ParquetReader::~ParquetReader() = default;
ParquetReader::ParquetReader(ParquetReader&&) noexcept = default;
ParquetReader& ParquetReader::operator=(ParquetReader&&) noexcept = default;

Result<ParquetReader> ParquetReader::open(const std::string& path) {
  auto state = std::make_unique<State>();
  state->path = path;
  TRY(state->connect());
  TRY(state->query("SELECT * FROM read_parquet(?) LIMIT 0"));
  const idx_t count = duckdb_column_count(&state->result);
  for (idx_t i = 0; i < count; ++i) {
    state->columns.emplace_back(duckdb_column_name(&state->result, i));
    state->types.push_back(duckdb_column_type(&state->result, i));
  }
  return ParquetReader(std::move(state));
}

const std::vector<std::string>& ParquetReader::columns() const { return state_->columns; }

Status ParquetReader::select(std::span<const std::string> names) {
  std::string list;
  for (const std::string& name : names) {
    duckdb_type type = DUCKDB_TYPE_VARCHAR;
    for (std::size_t i = 0; i < state_->columns.size(); ++i) {
      if (state_->columns[i] == name) type = state_->types[i];
    }
    if (!list.empty()) list += ", ";
    list +=
        fmt::format("CAST({}({}) AS VARCHAR)", is_time(type) ? "epoch_ns" : "", quoted_name(name));
  }
  TRY(state_->query("SELECT " + list + " FROM read_parquet(?)"));
  state_->row = state_->rows = 0;
  return {};
}

Result<bool> ParquetReader::next(std::vector<std::string_view>& fields) {
  State& s = *state_;
  while (s.row == s.rows) {
    if (s.chunk != nullptr) duckdb_destroy_data_chunk(&s.chunk);
    s.chunk = duckdb_fetch_chunk(s.result);
    if (s.chunk == nullptr) {
      const char* error = duckdb_result_error(&s.result);
      if (error != nullptr && *error != '\0') return s.refused(error);
      return false;
    }
    s.row = 0;
    s.rows = duckdb_data_chunk_get_size(s.chunk);
  }
  fields.clear();
  const idx_t count = duckdb_data_chunk_get_column_count(s.chunk);
  for (idx_t i = 0; i < count; ++i) {
    duckdb_vector column = duckdb_data_chunk_get_vector(s.chunk, i);
    std::uint64_t* validity = duckdb_vector_get_validity(column);
    if (validity != nullptr && !duckdb_validity_row_is_valid(validity, s.row)) {
      fields.emplace_back();
      continue;
    }
    auto* text = static_cast<duckdb_string_t*>(duckdb_vector_get_data(column)) + s.row;
    fields.emplace_back(duckdb_string_t_data(text), duckdb_string_t_length(*text));
  }
  ++s.row;
  return true;
}

}  // namespace tapewire
