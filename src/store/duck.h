// SPDX-License-Identifier: Apache-2.0
// Wraps the DuckDB C API: handles that close themselves, results as typed columns, failures as Error.
//
// Threads: a connection and all that came from it belong to one thread at a time; `interrupt` may be
//          called from any.
// Errors:  classified by `duck_error`; the instance reports them as JSON (errors_as_json).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "duckdb.h"

namespace tapewire {

// What DuckDB said, taken apart.
struct DuckMessage {
  std::string type;  // "Parser", "Out of Memory", "IO" ...
  std::string text;
  std::optional<std::size_t> position;  // byte offset in the statement
};
DuckMessage parse_duck_message(std::string_view raw);
// "DOING: TEXT" with the code that fits the type.
Error duck_error(std::string_view doing, std::string_view raw);

// An owned C handle; Destroy takes a pointer to it and accepts null.
template <class Handle, auto Destroy>
class DuckHandle {
 public:
  DuckHandle() = default;
  explicit DuckHandle(Handle handle) : handle_(handle) {}
  DuckHandle(DuckHandle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  DuckHandle& operator=(DuckHandle&& other) noexcept {
    if (this != &other) {
      reset();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~DuckHandle() { reset(); }
  void reset() {
    if (handle_ != nullptr) Destroy(&handle_);
    handle_ = nullptr;
  }
  [[nodiscard]] Handle get() const { return handle_; }
  Handle* out() {
    reset();
    return &handle_;
  }
  explicit operator bool() const { return handle_ != nullptr; }

 private:
  Handle handle_ = nullptr;
};

using DuckChunk = DuckHandle<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using DuckType = DuckHandle<duckdb_logical_type, duckdb_destroy_logical_type>;
using DuckConnectionHandle = DuckHandle<duckdb_connection, duckdb_disconnect>;
using DuckDatabaseHandle = DuckHandle<duckdb_database, duckdb_close>;
using DuckPrepared = DuckHandle<duckdb_prepared_statement, duckdb_destroy_prepare>;
using DuckPending = DuckHandle<duckdb_pending_result, duckdb_destroy_pending>;
using DuckExtracted = DuckHandle<duckdb_extracted_statements, duckdb_destroy_extracted>;
using DuckConfig = DuckHandle<duckdb_config, duckdb_destroy_config>;

// One column of a chunk. The chunk must outlive it.
class DuckColumn {
 public:
  DuckColumn() = default;
  explicit DuckColumn(duckdb_vector vector)
      : vector_(vector),
        data_(duckdb_vector_get_data(vector)),
        validity_(duckdb_vector_get_validity(vector)) {}
  DuckColumn(const DuckChunk& chunk, idx_t column)
      : DuckColumn(duckdb_data_chunk_get_vector(chunk.get(), column)) {}
  [[nodiscard]] bool null(idx_t row) const {
    return validity_ != nullptr && (validity_[row / 64] >> (row % 64) & 1U) == 0;
  }
  template <class T>
  [[nodiscard]] const T& at(idx_t row) const {
    return static_cast<const T*>(data_)[row];
  }
  // VARCHAR and BLOB.
  [[nodiscard]] std::string_view text(idx_t row) const {
    auto* value = static_cast<duckdb_string_t*>(data_) + row;
    return {duckdb_string_t_data(value), duckdb_string_t_length(*value)};
  }
  [[nodiscard]] duckdb_vector vector() const { return vector_; }

 private:
  duckdb_vector vector_ = nullptr;
  void* data_ = nullptr;
  uint64_t* validity_ = nullptr;
};

class DuckResult {
 public:
  DuckResult() = default;
  explicit DuckResult(const duckdb_result& result) : result_(result), owned_(true) {}
  DuckResult(DuckResult&& other) noexcept
      : result_(other.result_), owned_(std::exchange(other.owned_, false)) {}
  DuckResult& operator=(DuckResult&& other) noexcept;
  ~DuckResult() { reset(); }
  // The next rows, or an empty chunk at the end.
  Result<DuckChunk> next();
  duckdb_result& raw() { return result_; }

 private:
  void reset();
  duckdb_result result_{};
  bool owned_ = false;
};

class DuckConnection {
 public:
  static Result<DuckConnection> open(const DuckDatabaseHandle& database);
  [[nodiscard]] duckdb_connection get() const { return handle_.get(); }
  // Runs one or several statements and drops their results.
  Status run(const std::string& sql);
  Result<DuckResult> query(const std::string& sql);
  // The same for a result too large to hold: its rows are made as they are read.
  Result<DuckResult> stream(const std::string& sql);
  // A single value of a single row; nullopt when there is no row or it is NULL.
  Result<std::optional<std::int64_t>> integer(const std::string& sql);

 private:
  DuckConnectionHandle handle_;
};

class DuckStatement {
 public:
  static Result<DuckStatement> prepare(DuckConnection& connection, const std::string& sql);
  DuckStatement& bind(std::string_view text);
  DuckStatement& bind(std::int64_t value);
  DuckStatement& bind_time(Timestamp time);  // as TIMESTAMP
  Result<DuckResult> execute();

 private:
  DuckPrepared handle_;
  idx_t next_ = 1;
};

// Rolls back unless committed.
class DuckTransaction {
 public:
  explicit DuckTransaction(DuckConnection& connection) : connection_(connection) {}
  DuckTransaction(const DuckTransaction&) = delete;
  DuckTransaction& operator=(const DuckTransaction&) = delete;
  ~DuckTransaction();
  Status begin();
  Status commit();

 private:
  DuckConnection& connection_;
  bool open_ = false;
};

using DuckSettings = std::vector<std::pair<std::string, std::string>>;
Result<DuckDatabaseHandle> open_duck_database(const std::string& path,
                                              const DuckSettings& settings);

// TIMESTAMP is microseconds; finer digits are cut off towards the past.
constexpr std::int64_t to_micros(Timestamp t) { return t.ns / 1000 - (t.ns % 1000 < 0 ? 1 : 0); }
constexpr Timestamp from_micros(std::int64_t micros) { return {micros * 1000}; }

// 'text' with quotes doubled.
std::string sql_quote(std::string_view text);
// Bytes that are not UTF-8 become U+FFFD, as VARCHAR holds UTF-8 only.
std::string utf8_or_replaced(std::string_view text);

}  // namespace tapewire
