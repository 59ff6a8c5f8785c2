// SPDX-License-Identifier: Apache-2.0
#include "store/duck.h"

#include <charconv>

#include <nlohmann/json.hpp>

namespace tapewire {
namespace {

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool says_disk_full(std::string_view text) {
  return holds(text, "No space left") || holds(text, "max_temp_directory_size") ||
         holds(text, "Disk quota exceeded");
}

bool says_damage(std::string_view text) {
  return holds(text, "hecksum") || holds(text, "orrupt") ||
         holds(text, "not a valid DuckDB database") || holds(text, "ailed to deserialize");
}

ErrorCode code_of(const DuckMessage& message) {
  const std::string_view type = message.type;
  const std::string_view text = message.text;
  if (type == "Out of Memory") return ErrorCode::no_space;
  if (type == "INTERRUPT") return ErrorCode::cancelled;
  if (holds(text, "Could not set lock") || holds(text, "onflicting lock")) return ErrorCode::in_use;
  if (type == "IO" || type == "FATAL" || type == "INTERNAL" || type == "Serialization" ||
      type.empty()) {
    if (says_disk_full(text)) return ErrorCode::no_space;
    if (says_damage(text)) return ErrorCode::corrupt;
    if (type == "IO" || holds(text, "rite") || holds(text, "sync") || holds(text, "Input/output")) {
      return ErrorCode::io;
    }
    return type.empty() ? ErrorCode::internal : ErrorCode::corrupt;
  }
  if (type == "TransactionContext" || type == "Constraint") return ErrorCode::internal;
  return ErrorCode::invalid_argument;
}

}  // namespace

DuckMessage parse_duck_message(std::string_view raw) {
  DuckMessage out;
  const std::size_t brace = raw.find("{\"exception_type\"");
  if (brace != std::string_view::npos) {
    const auto json = nlohmann::json::parse(raw.substr(brace), nullptr, false);
    if (json.is_object()) {
      out.type = json.value("exception_type", "");
      out.text = json.value("exception_message", "");
      const std::string position = json.value("position", "");
      std::size_t n = 0;
      if (!position.empty() &&
          std::from_chars(position.data(), position.data() + position.size(), n).ec ==
              std::errc{}) {
        out.position = n;
      }
      return out;
    }
  }
  const std::size_t colon = raw.find(" Error: ");
  if (colon != std::string_view::npos && colon < 32) {
    out.type = raw.substr(0, colon);
    out.text = raw.substr(colon + 8);
  } else {
    out.text = raw;
  }
  return out;
}

Error duck_error(std::string_view doing, std::string_view raw) {
  const DuckMessage message = parse_duck_message(raw);
  Error error{code_of(message), std::string(doing), false};
  error.message += ": ";
  error.message += message.text.empty() ? "DuckDB gave no reason" : message.text;
  error.retryable = error.code == ErrorCode::no_space || error.code == ErrorCode::in_use;
  return error;
}

DuckResult& DuckResult::operator=(DuckResult&& other) noexcept {
  if (this != &other) {
    reset();
    result_ = other.result_;
    owned_ = std::exchange(other.owned_, false);
  }
  return *this;
}

void DuckResult::reset() {
  if (owned_) duckdb_destroy_result(&result_);
  owned_ = false;
}

Result<DuckChunk> DuckResult::next() {
  DuckChunk chunk(duckdb_fetch_chunk(result_));
  if (!chunk) {
    const char* error = duckdb_result_error(&result_);
    if (error != nullptr && *error != '\0')
      return std::unexpected(duck_error("reading rows", error));
  } else if (duckdb_data_chunk_get_size(chunk.get()) == 0) {
    chunk.reset();
  }
  return chunk;
}

Result<DuckConnection> DuckConnection::open(const DuckDatabaseHandle& database) {
  DuckConnection out;
  if (duckdb_connect(database.get(), out.handle_.out()) == DuckDBError) {
    return fail(ErrorCode::internal, "DuckDB refused a connection");
  }
  return out;
}

Status DuckConnection::run(const std::string& sql) {
  TRY(query(sql));
  return {};
}

Result<DuckResult> DuckConnection::query(const std::string& sql) {
  duckdb_result raw{};
  const bool failed = duckdb_query(get(), sql.c_str(), &raw) == DuckDBError;
  DuckResult result(raw);
  if (failed) {
    const char* error = duckdb_result_error(&result.raw());
    return std::unexpected(duck_error("store", error != nullptr ? error : ""));
  }
  return result;
}

Result<DuckResult> DuckConnection::stream(const std::string& sql) {
  DuckPrepared statement;
  DuckPending pending;
  if (duckdb_prepare(get(), sql.c_str(), statement.out()) == DuckDBError) {
    const char* error = duckdb_prepare_error(statement.get());
    return std::unexpected(duck_error("store", error != nullptr ? error : ""));
  }
  if (duckdb_pending_prepared_streaming(statement.get(), pending.out()) == DuckDBError) {
    const char* error = duckdb_pending_error(pending.get());
    return std::unexpected(duck_error("store", error != nullptr ? error : ""));
  }
  duckdb_result raw{};
  const bool failed = duckdb_execute_pending(pending.get(), &raw) == DuckDBError;
  DuckResult result(raw);
  if (failed) {
    const char* error = duckdb_result_error(&result.raw());
    return std::unexpected(duck_error("store", error != nullptr ? error : ""));
  }
  return result;
}

Result<std::optional<std::int64_t>> DuckConnection::integer(const std::string& sql) {
  TRY_ASSIGN(DuckResult result, query(sql));
  TRY_ASSIGN(const DuckChunk chunk, result.next());
  if (!chunk) return std::optional<std::int64_t>();
  const DuckColumn column(chunk, 0);
  if (column.null(0)) return std::optional<std::int64_t>();
  return std::optional<std::int64_t>(column.at<std::int64_t>(0));
}

Result<DuckStatement> DuckStatement::prepare(DuckConnection& connection, const std::string& sql) {
  DuckStatement out;
  if (duckdb_prepare(connection.get(), sql.c_str(), out.handle_.out()) == DuckDBError) {
    const char* error = duckdb_prepare_error(out.handle_.get());
    return std::unexpected(duck_error("store", error != nullptr ? error : ""));
  }
  return out;
}

DuckStatement& DuckStatement::bind(std::string_view text) {
  duckdb_bind_varchar_length(handle_.get(), next_++, text.data(), text.size());
  return *this;
}

DuckStatement& DuckStatement::bind(std::int64_t value) {
  duckdb_bind_int64(handle_.get(), next_++, value);
  return *this;
}

DuckStatement& DuckStatement::bind_time(Timestamp time) {
  duckdb_bind_timestamp(handle_.get(), next_++, duckdb_timestamp{to_micros(time)});
  return *this;
}

Result<DuckResult> DuckStatement::execute() {
  next_ = 1;
  duckdb_result raw{};
  const bool failed = duckdb_execute_prepared(handle_.get(), &raw) == DuckDBError;
  DuckResult result(raw);
  if (failed) {
    const char* error = duckdb_result_error(&result.raw());
    return std::unexpected(duck_error("store", error != nullptr ? error : ""));
  }
  return result;
}

DuckTransaction::~DuckTransaction() {
  if (open_) static_cast<void>(connection_.run("ROLLBACK"));
}

Status DuckTransaction::begin() {
  TRY(connection_.run("BEGIN TRANSACTION"));
  open_ = true;
  return {};
}

Status DuckTransaction::commit() {
  open_ = false;
  const Status status = connection_.run("COMMIT");
  // A failed commit may leave the transaction open; without one the rollback is a harmless error.
  if (!status) static_cast<void>(connection_.run("ROLLBACK"));
  return status;
}

Result<DuckDatabaseHandle> open_duck_database(const std::string& path,
                                              const DuckSettings& settings) {
  DuckConfig config;
  if (duckdb_create_config(config.out()) == DuckDBError) {
    return fail(ErrorCode::internal, "DuckDB gave no configuration");
  }
  for (const auto& [name, value] : settings) {
    if (duckdb_set_config(config.get(), name.c_str(), value.c_str()) == DuckDBError) {
      return fail(ErrorCode::internal, "DuckDB does not take the setting " + name + " = " + value);
    }
  }
  DuckDatabaseHandle database;
  char* error = nullptr;
  if (duckdb_open_ext(path.c_str(), database.out(), config.get(), &error) == DuckDBError) {
    const std::string text = error != nullptr ? error : "";
    duckdb_free(error);
    return std::unexpected(duck_error("cannot open " + path, text));
  }
  return database;
}

std::string sql_quote(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

std::string utf8_or_replaced(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xc2 && lead < 0xe0 ? 2
                               : (lead & 0xf0) == 0xe0       ? 3
                               : lead >= 0xf0 && lead < 0xf5 ? 4
                                                             : 0;
    bool good = length != 0 && i + length <= text.size();
    for (std::size_t k = 1; good && k < length; ++k) {
      good = (static_cast<unsigned char>(text[i + k]) & 0xc0) == 0x80;
    }
    if (good && length >= 3) {
      const auto next = static_cast<unsigned char>(text[i + 1]);
      good = !(lead == 0xe0 && next < 0xa0) && !(lead == 0xed && next >= 0xa0) &&
             !(lead == 0xf0 && next < 0x90) && !(lead == 0xf4 && next >= 0x90);
    }
    if (good) {
      out.append(text, i, length);
      i += length;
    } else {
      out += "\xef\xbf\xbd";
      ++i;
    }
  }
  return out;
}

}  // namespace tapewire
