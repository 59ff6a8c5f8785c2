// SPDX-License-Identifier: Apache-2.0
#include "store/sql_guard.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tapewire {
namespace {

using Json = nlohmann::json;

// Table functions that read the catalog or make rows one by one.
constexpr std::array<std::string_view, 27> kTableFunctions{"range",
                                                           "generate_series",
                                                           "unnest",
                                                           "repeat_row",
                                                           "query_table",
                                                           "histogram",
                                                           "histogram_values",
                                                           "summary",
                                                           "json_each",
                                                           "json_tree",
                                                           "duckdb_columns",
                                                           "duckdb_constraints",
                                                           "duckdb_databases",
                                                           "duckdb_functions",
                                                           "duckdb_indexes",
                                                           "duckdb_keywords",
                                                           "duckdb_memory",
                                                           "duckdb_schemas",
                                                           "duckdb_settings",
                                                           "duckdb_tables",
                                                           "duckdb_types",
                                                           "duckdb_views",
                                                           "pragma_table_info",
                                                           "pragma_database_size",
                                                           "pragma_storage_info",
                                                           "pragma_version",
                                                           "pg_timezone_names"};

constexpr std::array<std::string_view, 3> kRefusedFunctions{"write_log", "nextval", "currval"};

// Functions that multiply, and which argument says by how much.
struct Growth {
  std::string_view name;
  std::size_t first, last;  // arguments that are bounds
};
constexpr std::array<Growth, 11> kGrowing{{{"range", 0, 2},
                                           {"generate_series", 0, 2},
                                           {"repeat", 1, 1},
                                           {"lpad", 1, 1},
                                           {"rpad", 1, 1},
                                           {"list_resize", 1, 1},
                                           {"array_resize", 1, 1},
                                           {"bar", 3, 3},
                                           {"printf", 0, 0},
                                           {"format", 0, 0},
                                           {"space", 0, 0}}};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string text_of(const Json& node, const char* key) {
  const auto found = node.find(key);
  return found != node.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The magnitude of a constant: its integer, or where a format text is expected the widest field of it.
std::optional<std::int64_t> constant_size(const Json& node, bool is_text) {
  const Json* at = &node;
  while (text_of(*at, "class") == "CAST" && at->contains("child")) at = &(*at)["child"];
  if (text_of(*at, "class") == "FUNCTION" && text_of(*at, "function_name") == "-" &&
      (*at)["children"].size() == 1) {
    at = &(*at)["children"][0];
  }
  if (text_of(*at, "class") != "CONSTANT" || !at->contains("value")) return std::nullopt;
  const Json& value = (*at)["value"];
  if (value.value("is_null", false)) return 0;
  const auto found = value.find("value");
  if (found == value.end()) return std::nullopt;
  if (found->is_number_integer()) {
    const auto n = found->get<std::int64_t>();
    return n < 0 ? -(n + 1) : n;
  }
  if (!found->is_string() || !is_text) return std::nullopt;
  std::int64_t longest = 0, run = 0;
  const auto& text = found->get_ref<const std::string&>();
  for (const char c : text) {
    run =
        c >= '0' && c <= '9' ? std::min<std::int64_t>(run * 10 + (c - '0'), kSqlGrowthMax + 1) : 0;
    longest = std::max(longest, run);
  }
  // A width taken from another argument could be anything.
  if (text.find('*') != std::string::npos || text.find(":{") != std::string::npos)
    return std::nullopt;
  return std::max<std::int64_t>(longest, 1);
}

class Walk {
 public:
  Status visit(const Json& node, bool table_function = false) {
    if (node.is_array()) {
      for (const Json& child : node) TRY(visit(child));
      return {};
    }
    if (!node.is_object()) return {};
    const bool is_table_function = text_of(node, "type") == "TABLE_FUNCTION";
    if (const std::string name = lower(text_of(node, "function_name")); !name.empty()) {
      TRY(table_function ? table(name) : scalar(name, node));
    }
    for (const auto& [key, child] : node.items())
      TRY(visit(child, is_table_function && key == "function"));
    return {};
  }

 private:
  static Status table(const std::string& name) {
    if (std::ranges::find(kTableFunctions, name) != kTableFunctions.end()) return {};
    return fail(ErrorCode::invalid_argument,
                "the table function " + name +
                    " is not available here: queries only read the store's tables and views");
  }

  Status scalar(const std::string& name, const Json& node) {
    if (std::ranges::find(kRefusedFunctions, name) != kRefusedFunctions.end()) {
      return fail(ErrorCode::invalid_argument,
                  "the function " + name + " is not available here: queries only read");
    }
    const auto growth = std::ranges::find(kGrowing, name, &Growth::name);
    if (growth == kGrowing.end()) return {};
    const auto arguments = node.find("children");
    const std::size_t count =
        arguments != node.end() && arguments->is_array() ? arguments->size() : 0;
    std::int64_t size = 1;
    for (std::size_t i = growth->first; i <= growth->last && i < count; ++i) {
      const bool is_text = name == "printf" || name == "format";
      const auto bound = constant_size((*arguments)[i], is_text);
      if (!bound) {
        return fail(ErrorCode::invalid_argument,
                    fmt::format("{}: argument {} must be a plain number here{}", name, i + 1,
                                name == "range" || name == "generate_series"
                                    ? "; in FROM (SELECT ... FROM range(...)) there is no limit"
                                    : ""));
      }
      size = std::max(size, *bound);
    }
    product_ = size > kSqlGrowthMax / product_ ? kSqlGrowthMax + 1 : product_ * size;
    if (product_ <= kSqlGrowthMax) return {};
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("{}: the values of this query could grow {}-fold and more; {} is the limit",
                    name, kSqlGrowthMax, kSqlGrowthMax));
  }

  std::int64_t product_ = 1;
};

// Past a comment that holds comments; all of an unfinished one.
std::string_view skip_comment(std::string_view text) {
  int depth = 0;
  do {
    const std::string_view two = text.substr(0, 2);
    depth += two == "/*" ? 1 : two == "*/" ? -1 : 0;
    text.remove_prefix(two == "/*" || two == "*/" ? 2 : 1);
  } while (depth > 0 && !text.empty());
  return text;
}

// Past spaces and comments.
std::string_view skip_blank(std::string_view text) {
  while (!text.empty()) {
    if (std::isspace(static_cast<unsigned char>(text[0])) != 0) {
      text.remove_prefix(1);
    } else if (text.starts_with("--")) {
      text.remove_prefix(std::min(text.size(), text.find_first_of("\r\n")));
    } else if (text.starts_with("/*")) {
      text = skip_comment(text);
    } else {
      break;
    }
  }
  return text;
}

bool take_word(std::string_view& text, std::string_view word) {
  text = skip_blank(text);
  if (text.size() < word.size() || lower(std::string(text.substr(0, word.size()))) != word)
    return false;
  if (text.size() > word.size()) {
    const auto next = static_cast<unsigned char>(text[word.size()]);
    if (std::isalnum(next) != 0 || next == '_' || next == '$' || next >= 0x80) return false;
  }
  text = skip_blank(text.substr(word.size()));
  return true;
}

// A statement and what stands before it: nothing, or EXPLAIN as we write it.
struct Explained {
  std::string words;
  std::string_view body;
};

Result<Explained> explained(std::string_view sql) {
  std::string_view at = sql;
  if (!take_word(at, "explain")) return Explained{"", sql};
  std::string words = "EXPLAIN";
  if (at.starts_with("(")) {
    const std::size_t end = at.find(')');
    const std::string_view options = at.substr(0, end == std::string_view::npos ? end : end + 1);
    const bool plain = std::ranges::all_of(options.substr(1), [](unsigned char c) {
      return std::isalnum(c) != 0 || std::isspace(c) != 0 || c == ',' || c == '_' || c == ')';
    });
    if (!plain)
      return fail(ErrorCode::invalid_argument, "sql: EXPLAIN takes plain words as options");
    words += options;
    at = skip_blank(at.substr(options.size()));
  }
  if (take_word(at, "analyze")) words += " ANALYZE";
  if (take_word(at, "verbose")) words += " VERBOSE";
  // Never longer than what it stands for; places in the statement stay what they were.
  words.resize(static_cast<std::size_t>(at.data() - sql.data()), ' ');
  return Explained{std::move(words), at};
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; at += part.size())
    ++count;
  return count;
}

Result<Json> parse_tree(DuckConnection& connection, std::string_view sql) {
  TRY_ASSIGN(DuckStatement statement,
             DuckStatement::prepare(connection, "SELECT json_serialize_sql($1::VARCHAR)::VARCHAR"));
  statement.bind(sql);
  TRY_ASSIGN(DuckResult rows, statement.execute());
  TRY_ASSIGN(const DuckChunk chunk, rows.next());
  if (!chunk || DuckColumn(chunk, 0).null(0))
    return fail(ErrorCode::invalid_argument, "the query cannot be read");
  Json tree = Json::parse(DuckColumn(chunk, 0).text(0), nullptr, false);
  if (!tree.is_object() || tree.value("error", true)) {
    return fail(
        ErrorCode::invalid_argument,
        "only queries run here: SELECT, WITH, VALUES, FROM, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN");
  }
  return tree;
}

}  // namespace

Error sql_error(std::string_view raw, std::string_view sql) {
  const DuckMessage message = parse_duck_message(raw);
  Error error = duck_error("sql", raw);
  if (!message.position || *message.position > sql.size()) return error;
  const std::string_view before = sql.substr(0, *message.position);
  const auto line = std::ranges::count(before, '\n') + 1;
  const std::size_t start =
      before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  // Columns count characters, not bytes.
  const auto column = std::ranges::count_if(
                          before.substr(start),
                          [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }) +
                      1;
  error.message = fmt::format("sql, line {}, column {}: {}", line, column, message.text);
  return error;
}

Result<std::string> check_user_sql(DuckConnection& connection, std::string_view sql) {
  if (sql.size() > kSqlBytesMax) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("sql: the query is longer than {} bytes", kSqlBytesMax));
  }
  if (sql.find('\0') != std::string_view::npos) {
    return fail(ErrorCode::invalid_argument, "sql: the query holds a NUL byte");
  }
  // DuckDB's lexer takes time by the square of those that stand within each other.
  if (count_of(sql, "/*") > kSqlCommentsMax) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("sql: the query has more than {} comments /* */", kSqlCommentsMax));
  }
  TRY_ASSIGN(const Explained parts, explained(sql));
  std::string text = parts.words;
  text += parts.body;
  DuckExtracted statements;
  const idx_t count = duckdb_extract_statements(connection.get(), text.c_str(), statements.out());
  if (const char* raw = statements ? duckdb_extract_statements_error(statements.get()) : nullptr;
      count == 0 && raw != nullptr) {
    return std::unexpected(sql_error(raw, sql));
  }
  if (count != 1) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("sql: expected one statement, found {}", count));
  }
  Result<Json> tree = parse_tree(connection, parts.body);
  if (!tree) {
    tree.error().message = "sql: " + tree.error().message;
    return std::unexpected(tree.error());
  }
  if (Status status = Walk().visit(*tree); !status) {
    status.error().message = "sql: " + status.error().message;
    return std::unexpected(status.error());
  }
  return text;
}

}  // namespace tapewire
