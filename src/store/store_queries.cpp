// SPDX-License-Identifier: Apache-2.0
#include "store/store_queries.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "store/cursor.h"
#include "store/item_rows.h"
#include "store/schema.h"
#include "store/series_rows.h"

namespace tapewire {
namespace {

// One look at a symbol's rows in [from, to), oldest or newest first, at most `limit`.
template <class Row>
Status read_span(DuckConnection& connection, std::size_t series, const std::string& symbol,
                 Timestamp from, Timestamp to, bool newest_first, std::string_view also,
                 std::size_t limit, std::vector<Row>& out) {
  const SeriesNames& names = series_names()[series];
  const std::string where =
      fmt::format("WHERE symbol = $1 AND {0} >= $2 AND {0} < $3{1}", names.time, also);
  TRY_ASSIGN(
      DuckStatement statement,
      DuckStatement::prepare(
          connection,
          fmt::format("SELECT * FROM (SELECT {0} FROM {1} {3} UNION ALL SELECT {0} FROM {2} {3}) "
                      "ORDER BY {4} {5} LIMIT {6}",
                      SeriesRows<Row>::kColumns, names.done, names.hot, where, names.time,
                      newest_first ? "DESC" : "ASC", limit)));
  statement.bind(symbol).bind_time(from).bind_time(to);
  TRY_ASSIGN(DuckResult rows, statement.execute());
  while (true) {
    TRY_ASSIGN(const DuckChunk chunk, rows.next());
    if (!chunk) return {};
    const std::vector<DuckColumn> columns = columns_of(chunk);
    for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk.get()); ++i) {
      out.push_back(SeriesRows<Row>::get(columns, 0, i, series));
    }
  }
}

// About how long a span holds `rows` rows: a trading day has 6.5 to 16 hours of the week's 168.
Duration likely_span(Duration width, std::size_t rows) {
  const Duration least = days(1);
  const auto count = static_cast<std::int64_t>(std::min<std::size_t>(rows, 1'000'000));
  const Duration span{width.ns > days(3650).ns / 4 / (count + 1) ? days(3650).ns
                                                                 : width.ns * 4 * (count + 1)};
  return std::max(least, span);
}

Duration width_for_span(std::size_t series) {
  if (series == kSignalSeries) return minutes(1);
  const Duration width = span_of(kWidths[series]);
  return width.ns == 0 ? hours(16) : width;
}

// Rows of [first, last] nearest to one end, ascending; spans grow until the limit or the other end.
template <class Row>
Result<std::vector<Row>> read_series(DuckConnection& connection, std::size_t series,
                                     const std::string& symbol, Timestamp first, Timestamp end,
                                     bool from_start, std::string_view also, std::size_t limit) {
  std::vector<Row> out;
  Duration span = likely_span(width_for_span(series), limit);
  while (first < end && out.size() < limit) {
    const bool all = end.ns / 2 - first.ns / 2 <= span.ns / 2;
    const Timestamp from = all || from_start ? first : end - span;
    const Timestamp to = all || !from_start ? end : first + span;
    TRY(read_span(connection, series, symbol, from, to, !from_start, also, limit - out.size(),
                  out));
    if (from_start)
      first = to;
    else
      end = from;
    span = span.ns > days(3650).ns ? span : span * 4;
  }
  if (!from_start) std::ranges::reverse(out);
  return out;
}

// Open or so long that knowing where the rows begin and end is worth a look.
bool is_long(const std::optional<Timestamp>& from, const std::optional<Timestamp>& to) {
  return !from || !to || to->ns / 2 - from->ns / 2 > days(7).ns / 2;
}

std::string micros(Timestamp time) { return fmt::format("make_timestamp({})", to_micros(time)); }

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
    } else {
      word += c;
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

// The span of signals of a symbol is that of its bars, and one more bar at the end.
Result<std::optional<std::pair<Timestamp, Timestamp>>> signal_span(DuckConnection& connection,
                                                                   const std::string& symbol) {
  std::optional<std::pair<Timestamp, Timestamp>> span;
  const SeriesNames& names = series_names()[kSignalSeries];
  for (const std::string& table : {names.done, names.hot}) {
    TRY_ASSIGN(
        DuckStatement statement,
        DuckStatement::prepare(connection, "SELECT epoch_us(min(time)), epoch_us(max(time)) FROM " +
                                               table + " WHERE symbol = $1"));
    statement.bind(symbol);
    TRY_ASSIGN(DuckResult rows, statement.execute());
    TRY_ASSIGN(const DuckChunk chunk, rows.next());
    if (!chunk || DuckColumn(chunk, 0).null(0)) continue;
    const Timestamp low = from_micros(DuckColumn(chunk, 0).at<std::int64_t>(0));
    const Timestamp high = from_micros(DuckColumn(chunk, 1).at<std::int64_t>(0));
    span = span ? std::pair(std::min(span->first, low), std::max(span->second, high))
                : std::pair(low, high);
  }
  return span;
}

}  // namespace

Result<std::vector<Bar>> query_bars(DuckConnection& connection, SymbolStats& stats,
                                    const BarQuery& query) {
  Timestamp first = query.from.value_or(kMinTimestamp);
  Timestamp end = query.to.value_or(kMaxTimestamp);
  if (is_long(query.from, query.to)) {
    TRY_ASSIGN(const auto span, stats.span_of(connection, query.symbol, query.width));
    if (!span) return std::vector<Bar>();
    first = std::max(first, span->first);
    end = std::min(end, span->second + microseconds(1));
  }
  return read_series<Bar>(connection, static_cast<std::size_t>(query.width), query.symbol, first,
                          end, query.from.has_value(), "", query.limit);
}

namespace {

void append_rows(const SignalSet& set, std::optional<SignalKind> only,
                 std::vector<SignalRow>& out) {
  for (std::size_t i = 0; i < kSignalKinds; ++i) {
    const auto kind = static_cast<SignalKind>(i);
    if (set.values[i] && (!only || *only == kind))
      out.push_back({set.symbol.str(), set.time, kind, *set.values[i]});
  }
}

}  // namespace

Result<SignalPage> query_signals(DuckConnection& connection, const SignalQuery& query) {
  Timestamp first = query.from.value_or(kMinTimestamp);
  Timestamp end = query.to.value_or(kMaxTimestamp);
  if (is_long(query.from, query.to)) {
    TRY_ASSIGN(const auto span, signal_span(connection, query.symbol));
    if (!span) return SignalPage();
    first = std::max(first, span->first);
    end = std::min(end, span->second + microseconds(1));
  }
  const bool from_start = query.from.has_value();
  TRY_ASSIGN(std::vector<SignalSet> sets,
             read_series<SignalSet>(
                 connection, kSignalSeries, query.symbol, first, end, from_start,
                 query.kind ? fmt::format(" AND {} IS NOT NULL", to_string(*query.kind)) : "",
                 query.limit + 1));
  // From the end that was asked for; the other end is what the limit cuts.
  if (!from_start) std::ranges::reverse(sets);
  SignalPage page;
  std::vector<std::vector<SignalRow>> kept;
  std::size_t rows = 0;
  for (const SignalSet& set : sets) {
    std::vector<SignalRow> of_set;
    append_rows(set, query.kind, of_set);
    page.truncated = rows > 0 && rows + of_set.size() > query.limit;
    if (page.truncated) break;
    rows += of_set.size();
    kept.push_back(std::move(of_set));
  }
  page.truncated = page.truncated || sets.size() > query.limit;
  if (!from_start) std::ranges::reverse(kept);
  page.signals.reserve(rows);
  for (const std::vector<SignalRow>& of_set : kept)
    page.signals.insert(page.signals.end(), of_set.begin(), of_set.end());
  return page;
}

namespace {

// The texts a news query compares with, and what it asks in SQL.
struct NewsFilter {
  std::string where = "true";
  std::vector<std::string> texts;
  Timestamp from = kMinTimestamp;
  Timestamp to = kMaxTimestamp;

  std::string parameter(std::string_view text) {
    texts.emplace_back(text);
    return "$" + std::to_string(texts.size());
  }
};

Result<NewsFilter> filter_of(const NewsQuery& query) {
  NewsFilter filter;
  filter.from = query.from.value_or(kMinTimestamp);
  filter.to = query.to.value_or(kMaxTimestamp);
  if (!query.symbol.empty())
    filter.where += " AND list_contains(symbols, " + filter.parameter(query.symbol) + ")";
  for (const std::string& word : words_of(query.text)) {
    const std::string p = filter.parameter(utf8_or_replaced(word));
    filter.where += fmt::format(
        " AND (contains(lower(title), lower({0})) OR contains(lower(summary), lower({0})))", p);
  }
  if (!query.cursor.empty()) {
    TRY_ASSIGN(const std::vector<std::string> parts, decode_cursor(query.cursor, 3));
    TRY_ASSIGN(const std::int64_t time, cursor_integer(parts[0]));
    const std::string source = filter.parameter(parts[1]);
    filter.where +=
        fmt::format(" AND (published_at < make_timestamp({0}) OR (source, id) > ({1}, {2}))", time,
                    source, filter.parameter(parts[2]));
    if (time > to_micros(kMinTimestamp) && time < to_micros(kMaxTimestamp))
      filter.to = std::min(filter.to, from_micros(time + 1));
  }
  return filter;
}

// The newest rows of [from, to).
Result<std::vector<StoredNews>> read_news_span(DuckConnection& connection, const NewsFilter& filter,
                                               Timestamp from, std::size_t limit) {
  TRY_ASSIGN(
      DuckStatement statement,
      DuckStatement::prepare(
          connection,
          fmt::format(
              "SELECT {} FROM news_items WHERE published_at >= {} AND published_at < {} AND {} "
              "ORDER BY published_at DESC, source, id LIMIT {}",
              kNewsColumns, micros(from), micros(filter.to), filter.where, limit)));
  for (const std::string& text : filter.texts) statement.bind(text);
  TRY_ASSIGN(DuckResult rows, statement.execute());
  std::vector<StoredNews> out;
  TRY(read_news(rows, out));
  return out;
}

}  // namespace

Result<NewsPage> query_news(DuckConnection& connection, const NewsQuery& query) {
  TRY_ASSIGN(NewsFilter filter, filter_of(query));
  if (is_long(query.from, query.to)) {
    TRY_ASSIGN(const auto oldest,
               connection.integer("SELECT epoch_us(min(published_at)) FROM news_items"));
    TRY_ASSIGN(const auto newest,
               connection.integer("SELECT epoch_us(max(published_at)) FROM news_items"));
    if (!oldest || !newest) return NewsPage();
    filter.from = std::max(filter.from, from_micros(*oldest));
    filter.to = std::min(filter.to, from_micros(*newest + 1));
  }
  NewsPage page;
  // Spans grow from the newest end until the page is full: most pages need the last days only.
  for (Duration span = days(2); filter.from < filter.to;) {
    const bool all = filter.to.ns / 2 - filter.from.ns / 2 <= span.ns / 2;
    TRY_ASSIGN(page.news, read_news_span(connection, filter, all ? filter.from : filter.to - span,
                                         query.limit + 1));
    if (all || page.news.size() > query.limit) break;
    span = span * 8;
  }
  if (page.news.size() > query.limit) {
    page.news.resize(query.limit);
    if (!page.news.empty()) {
      const NewsItem& last = page.news.back().item;
      page.next_cursor =
          encode_cursor({std::to_string(to_micros(last.published_at)), last.source, last.id});
    }
  }
  return page;
}

Result<DeadLetterPage> query_dead_letters(DuckConnection& connection,
                                          const DeadLetterQuery& query) {
  std::string where = "true";
  if (!query.cursor.empty()) {
    TRY_ASSIGN(const std::vector<std::string> parts, decode_cursor(query.cursor, 1));
    TRY_ASSIGN(const std::int64_t before, cursor_integer(parts[0]));
    where = fmt::format("log_offset < {}", before);
  }
  TRY_ASSIGN(DuckResult rows, connection.query(fmt::format(
                                  "SELECT {0} FROM dead_letter_items WHERE rowid IN (SELECT rowid "
                                  "FROM dead_letter_items WHERE {1} "
                                  "ORDER BY log_offset DESC LIMIT {2}) ORDER BY log_offset DESC",
                                  kDeadLetterColumns, where, query.limit + 1)));
  DeadLetterPage page;
  TRY(read_dead_letters(rows, page.letters));
  if (page.letters.size() > query.limit) {
    page.letters.resize(query.limit);
    if (!page.letters.empty())
      page.next_cursor = encode_cursor({std::to_string(page.letters.back().log_offset)});
  }
  return page;
}

}  // namespace tapewire
