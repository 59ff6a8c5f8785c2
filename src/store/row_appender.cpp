// SPDX-License-Identifier: Apache-2.0
#include "store/row_appender.h"

namespace tapewire {

Result<RowAppender> RowAppender::open(DuckConnection& connection, const char* table) {
  RowAppender out;
  out.table_ = table;
  if (duckdb_appender_create(connection.get(), nullptr, table, out.appender_.out()) ==
      DuckDBError) {
    return std::unexpected(out.failure("opening"));
  }
  const idx_t columns = duckdb_appender_column_count(out.appender_.get());
  std::vector<DuckType> types;
  std::vector<duckdb_logical_type> raw;
  for (idx_t i = 0; i < columns; ++i) {
    types.emplace_back(duckdb_appender_column_type(out.appender_.get(), i));
    raw.push_back(types.back().get());
  }
  out.chunk_ = DuckChunk(duckdb_create_data_chunk(raw.data(), columns));
  out.data_.resize(columns);
  out.validity_.resize(columns);
  out.capacity_ = duckdb_vector_size();
  out.begin_chunk();
  return out;
}

void RowAppender::begin_chunk() {
  duckdb_data_chunk_reset(chunk_.get());
  for (idx_t i = 0; i < data_.size(); ++i) {
    data_[i] = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk_.get(), i));
    validity_[i] = nullptr;
  }
  row_ = 0;
}

void RowAppender::null(idx_t column) {
  if (validity_[column] == nullptr) {
    const duckdb_vector vector = duckdb_data_chunk_get_vector(chunk_.get(), column);
    duckdb_vector_ensure_validity_writable(vector);
    validity_[column] = duckdb_vector_get_validity(vector);
  }
  duckdb_validity_set_row_invalid(validity_[column], row_);
}

void RowAppender::long_text(idx_t column, std::string_view value) {
  duckdb_unsafe_vector_assign_string_element_len(duckdb_data_chunk_get_vector(chunk_.get(), column),
                                                 row_, value.data(), value.size());
}

// Makes room for the row's list and sets its entry; gives the child vector.
duckdb_vector RowAppender::grow_list(idx_t column, idx_t more) {
  const duckdb_vector vector = duckdb_data_chunk_get_vector(chunk_.get(), column);
  const idx_t size = duckdb_list_vector_get_size(vector);
  duckdb_list_vector_reserve(vector, size + more);
  duckdb_list_vector_set_size(vector, size + more);
  static_cast<duckdb_list_entry*>(data_[column])[row_] = {size, more};
  return duckdb_list_vector_get_child(vector);
}

void RowAppender::texts(idx_t column, std::span<const std::string> values) {
  const duckdb_vector child = grow_list(column, values.size());
  idx_t at = static_cast<duckdb_list_entry*>(data_[column])[row_].offset;
  for (const std::string& value : values) {
    duckdb_unsafe_vector_assign_string_element_len(child, at++, value.data(), value.size());
  }
}

void RowAppender::numbers(idx_t column, std::span<const std::uint16_t> values) {
  const duckdb_vector child = grow_list(column, values.size());
  const idx_t at = static_cast<duckdb_list_entry*>(data_[column])[row_].offset;
  if (!values.empty()) {
    std::memcpy(static_cast<std::uint16_t*>(duckdb_vector_get_data(child)) + at, values.data(),
                values.size_bytes());
  }
}

Status RowAppender::flush_chunk() {
  duckdb_data_chunk_set_size(chunk_.get(), row_);
  if (duckdb_append_data_chunk(appender_.get(), chunk_.get()) == DuckDBError) {
    return std::unexpected(failure("appending to"));
  }
  begin_chunk();
  return {};
}

Status RowAppender::close() {
  if (row_ > 0) TRY(flush_chunk());
  if (duckdb_appender_close(appender_.get()) == DuckDBError)
    return std::unexpected(failure("appending to"));
  return {};
}

Error RowAppender::failure(const char* doing) const {
  const char* raw = appender_ ? duckdb_appender_error(appender_.get()) : nullptr;
  return duck_error(std::string(doing) + " " + table_, raw != nullptr ? raw : "");
}

}  // namespace tapewire
