// SPDX-License-Identifier: Apache-2.0
// The routes whose answers are tables: JSON, CSV or Parquet.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "server/json_input.h"
#include "server/json_text.h"
#include "server/model_json.h"
#include "server/route_handlers.h"

namespace tapewire::handlers {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kCsv = "text/csv; charset=utf-8; header=present";
constexpr std::uint64_t kJsonRows = 1000;  // of a JSON object that does not say how many
constexpr std::string_view kParquet = "application/vnd.apache.parquet";

// The forms of a SQL result besides the JSON object.
struct SqlForm {
  std::string_view name;
  SqlFormat format;
  std::string_view content_type;
};
constexpr std::array kSqlForms{
    SqlForm{"csv", SqlFormat::csv, kCsv},
    SqlForm{"parquet", SqlFormat::parquet, kParquet},
    SqlForm{"ndjson", SqlFormat::json, "application/x-ndjson"},
    SqlForm{"table", SqlFormat::table, "text/plain; charset=utf-8"},
};

HttpResponse table(std::string body, std::string_view type, Freshness freshness) {
  HttpResponse response;
  response.content_type = type;
  response.body = std::move(body);
  response.freshness = freshness;
  return response;
}

// Runs SQL into one body of bounded size.
HttpResponse sql_table(const RouteRequest& request, const Backend& backend, std::string_view query,
                       const SqlForm& form, std::uint64_t rows_max, Freshness freshness) {
  std::string body;
  bool too_large = false;
  SqlLimits limits = backend.sql_limits;
  if (rows_max < limits.rows) {
    limits.rows = rows_max;
    limits.rows_key = "max_rows";
  }
  const auto keep = [&](std::string_view piece) {
    too_large = body.size() + piece.size() > backend.response_bytes_max;
    if (!too_large) body += piece;
    return !too_large;
  };
  const auto done = backend.store.sql(query, form.format, limits, keep, request.gone);
  if (too_large) {
    return problem(422,
                   fmt::format("the result is larger than {} bytes; ask for fewer rows or columns",
                               backend.response_bytes_max));
  }
  if (!done) return problem_of(done.error());
  return table(std::move(body), form.content_type, freshness);
}

// Whole microseconds, rounded up, as the store's TIMESTAMP has no finer ones.
std::int64_t microseconds_up(Timestamp t) { return t.ns / 1000 + (t.ns % 1000 > 0 ? 1 : 0); }

// The symbol is printable ASCII (validated); quotes are doubled.
std::string bars_sql(const BarQuery& query) {
  std::string symbol;
  for (const char c : query.symbol) {
    if (c == '\'') symbol += c;
    symbol += c;
  }
  std::string where = fmt::format("symbol = '{}'", symbol);
  if (query.from)
    where += fmt::format(" and start_time >= make_timestamp({})", microseconds_up(*query.from));
  if (query.to)
    where += fmt::format(" and start_time < make_timestamp({})", microseconds_up(*query.to));
  return fmt::format(
      "select * from (select * from bars_{} where {} order by start_time {} limit {}) order by "
      "start_time",
      to_string(query.width), where, query.from ? "asc" : "desc", query.limit);
}

HttpResponse bars_json(const BarQuery& query, const std::vector<Bar>& bars, bool truncated) {
  std::string body = R"({"symbol":)";
  body.reserve(128 + bars.size() * 320);
  append_json_string(body, query.symbol);
  body += R"(,"width":)";
  append_json_string(body, to_string(query.width));
  body += R"(,"bars":)";
  append_json_array(body, bars);
  body += truncated ? R"(,"truncated":true})" : R"(,"truncated":false})";
  return table(std::move(body), kJson, Freshness::revalidate);
}

HttpResponse bars_csv(const std::vector<Bar>& bars) {
  std::string body(kBarCsvHeader);
  body.reserve(body.size() + bars.size() * 160);
  for (const Bar& bar : bars) append_csv(body, bar);
  return table(std::move(body), kCsv, Freshness::revalidate);
}

// Media types have no case; their parameters say nothing here.
bool is_json(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  while (type.ends_with(' ') || type.ends_with('\t')) type.pop_back();
  std::ranges::transform(type, type.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return type == kJson;
}

struct SqlRequest {
  std::string query;
  const SqlForm* form = nullptr;  // none: the JSON object
  std::optional<std::uint64_t> rows_max;
};

// The problem, or nothing and `out` is filled.
std::optional<HttpResponse> read_sql_member(const JsonMember& member, std::uint64_t rows_limit,
                                            SqlRequest& out) {
  if (member.name == "query") {
    const std::string* text = member.text();
    if (text == nullptr || text->empty())
      return problem(400, "'query' must be a non-empty text", "query");
    out.query = *text;
    return std::nullopt;
  }
  if (member.name == "max_rows") {
    const std::int64_t* rows = member.integer();
    if (rows == nullptr || *rows < 1 || static_cast<std::uint64_t>(*rows) > rows_limit) {
      return problem(400, fmt::format("'max_rows' must be a whole number from 1 to {}", rows_limit),
                     "max_rows");
    }
    out.rows_max = static_cast<std::uint64_t>(*rows);
    return std::nullopt;
  }
  if (member.name == "format") {
    const std::string* text = member.text();
    const auto form =
        text == nullptr ? kSqlForms.end() : std::ranges::find(kSqlForms, *text, &SqlForm::name);
    if (form == kSqlForms.end() && (text == nullptr || *text != "json")) {
      return problem(400, "'format' must be one of json, csv, parquet, ndjson, table", "format");
    }
    out.form = form == kSqlForms.end() ? nullptr : &*form;
    return std::nullopt;
  }
  return problem(400, "unknown member; known are query, max_rows, format", member.name);
}

}  // namespace

HttpResponse bars(const RouteRequest& request, const Backend& backend) {
  const ParameterValues& given = request.parameters;
  BarQuery query;
  query.symbol = given.text("symbol");
  query.width = *parse_width(given.text("width"));
  query.from = given.time("from");
  query.to = given.time("to");
  const auto limit = static_cast<std::size_t>(given.integer("limit"));
  query.limit = limit;
  if (given.text("format") == "parquet") {
    return sql_table(request, backend, bars_sql(query), kSqlForms[1], limit, Freshness::revalidate);
  }
  query.limit = limit + 1;  // one more tells whether there were more
  auto bars = backend.store.bars(query);
  if (!bars) return problem_of(bars.error());
  const bool truncated = bars->size() > limit;
  if (truncated) {
    if (query.from) {
      bars->pop_back();
    } else {
      bars->erase(bars->begin());
    }
  }
  return given.text("format") == "csv" ? bars_csv(*bars) : bars_json(query, *bars, truncated);
}

HttpResponse sql(const RouteRequest& request, const Backend& backend) {
  if (!is_json(request.http.content_type)) return problem(415, "the body must be application/json");
  const auto members = parse_flat_object(request.http.body);
  if (!members)
    return problem(400, fmt::format("the body is not as expected: {}", members.error().message));
  SqlRequest wanted;
  for (const JsonMember& member : *members) {
    if (auto refused = read_sql_member(member, backend.sql_limits.rows, wanted))
      return std::move(*refused);
  }
  if (wanted.query.empty()) return problem(400, "'query' is missing", "query");
  if (wanted.form != nullptr) {
    // A file that is cut is wrong, so it has the whole result or none: only the configuration limits it.
    return sql_table(request, backend, wanted.query, *wanted.form,
                     wanted.rows_max.value_or(backend.sql_limits.rows), Freshness::no_store);
  }
  auto result = backend.store.sql_json(wanted.query, wanted.rows_max.value_or(kJsonRows),
                                       backend.sql_limits, request.gone);
  if (!result) return problem_of(result.error());
  if (result->size() > backend.response_bytes_max) {
    return problem(422,
                   fmt::format("the result is larger than {} bytes; ask for fewer rows or columns",
                               backend.response_bytes_max));
  }
  return table(std::move(*result), kJson, Freshness::no_store);
}

}  // namespace tapewire::handlers
