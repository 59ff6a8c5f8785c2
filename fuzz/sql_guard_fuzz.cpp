// SPDX-License-Identifier: Apache-2.0
// Feeds text to the guard of users' SQL, on a database as the store opens it. What the guard lets pass
// must prepare or fail with words, must only read, and must end with the statement that was checked.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "store/duck.h"
#include "store/schema.h"
#include "store/sql_guard.h"

namespace tapewire {
namespace {

struct Database {
  DuckDatabaseHandle handle;
  DuckConnection connection;
  Database() {
    auto opened = open_duck_database("", {{"errors_as_json", "true"},
                                          {"threads", "1"},
                                          {"enable_external_access", "false"},
                                          {"autoload_known_extensions", "false"},
                                          {"autoinstall_known_extensions", "false"}});
    CHECK(opened.has_value());
    handle = std::move(*opened);
    auto connected = DuckConnection::open(handle);
    CHECK(connected.has_value());
    connection = std::move(*connected);
    CHECK(create_schema(connection).has_value());
    CHECK(connection.run("SET GLOBAL lock_configuration = true").has_value());
  }
};

void check_allowed(DuckConnection& connection, std::string_view sql, const std::string& allowed) {
  // The same text, but for what stands before an explained statement.
  CHECK(allowed.size() == sql.size());
  if (allowed != sql) CHECK(allowed.starts_with("EXPLAIN"));
  DuckPrepared statement;
  if (duckdb_prepare(connection.get(), allowed.c_str(), statement.out()) == DuckDBError) {
    const char* raw = duckdb_prepare_error(statement.get());
    CHECK(raw != nullptr && !sql_error(raw, sql).message.empty());
    return;
  }
  const duckdb_statement_type type = duckdb_prepared_statement_type(statement.get());
  CHECK(type == DUCKDB_STATEMENT_TYPE_SELECT || type == DUCKDB_STATEMENT_TYPE_EXPLAIN);
}

}  // namespace
}  // namespace tapewire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tapewire;
  static Database database;
  const std::string_view sql(reinterpret_cast<const char*>(data), size);
  const auto allowed = check_user_sql(database.connection, sql);
  if (allowed) {
    check_allowed(database.connection, sql, *allowed);
  } else {
    CHECK(!allowed.error().message.empty());
  }
  return 0;
}
