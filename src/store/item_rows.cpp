// SPDX-License-Identifier: Apache-2.0
#include "store/item_rows.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "store/row_appender.h"
#include "store/series_rows.h"

namespace tapewire {
namespace {

// VARCHAR takes only UTF-8; most text is and is not copied.
void put_text(RowAppender& to, idx_t column, std::string_view text) {
  duckdb_error_data fault = duckdb_valid_utf8_check(text.data(), text.size());
  if (fault == nullptr) {
    to.text(column, text);
    return;
  }
  const bool bad = duckdb_error_data_has_error(fault);
  duckdb_destroy_error_data(&fault);
  bad ? to.text(column, utf8_or_replaced(text)) : to.text(column, text);
}

void put_text_or_null(RowAppender& to, idx_t column, std::string_view text) {
  text.empty() ? to.null(column) : put_text(to, column, text);
}

void put_nanos(RowAppender& to, idx_t column, const std::optional<Timestamp>& time) {
  time ? to.put(column, time->ns) : to.null(column);
}

std::string text_or_empty(const DuckColumn& column, idx_t row) {
  return column.null(row) ? std::string() : std::string(column.text(row));
}

void put_news(RowAppender& to, const StoredNews& news) {
  const NewsItem& item = news.item;
  put_text(to, 0, item.id);
  put_text(to, 1, item.source);
  put_text(to, 2, item.search);
  to.put(3, to_micros(item.published_at));
  item.first_published_at ? to.put(4, to_micros(*item.first_published_at)) : to.null(4);
  put_text(to, 5, to_string(item.precision));
  to.put(6, to_micros(news.received_at));
  put_text(to, 7, item.title);
  put_text(to, 8, item.summary);
  put_text_or_null(to, 9, item.url);
  put_text_or_null(to, 10, item.section);
  std::vector<std::string> symbols;
  for (const std::string& symbol : item.symbols) symbols.push_back(utf8_or_replaced(symbol));
  to.texts(11, symbols);
  put_text_or_null(to, 12, item.extra);
  to.put(13, item.revision);
}

// As it will be read back, so that "the same content" is decided on what is stored.
NewsItem as_stored(NewsItem item) {
  for (std::string* text : {&item.id, &item.source, &item.search, &item.title, &item.summary,
                            &item.url, &item.section, &item.extra}) {
    *text = utf8_or_replaced(*text);
  }
  for (std::string& symbol : item.symbols) symbol = utf8_or_replaced(symbol);
  item.published_at = from_micros(to_micros(item.published_at));
  if (item.first_published_at)
    item.first_published_at = from_micros(to_micros(*item.first_published_at));
  return item;
}

struct NewsSlot {
  std::optional<StoredNews> now;
  bool stored = false;
  bool changed = false;
};
using NewsSlots = std::map<std::pair<std::string, std::string>, NewsSlot>;

Status stage_news_keys(DuckConnection& connection, const NewsSlots& slots, bool changed_only) {
  TRY(connection.run("CREATE OR REPLACE TEMP TABLE stage_news (source VARCHAR, id VARCHAR)"));
  TRY_ASSIGN(RowAppender to, RowAppender::open(connection, "stage_news"));
  for (const auto& [key, slot] : slots) {
    if (changed_only && !(slot.changed && slot.stored)) continue;
    to.text(0, key.first);
    to.text(1, key.second);
    TRY(to.end_row());
  }
  return to.close();
}

}  // namespace

Status write_news(DuckConnection& connection, std::span<const StoredNews> news) {
  if (news.empty()) return {};
  NewsSlots slots;
  std::vector<StoredNews> incoming;
  for (const StoredNews& item : news) {
    incoming.push_back({as_stored(item.item), item.received_at});
    slots.try_emplace({incoming.back().item.source, incoming.back().item.id});
  }
  TRY(stage_news_keys(connection, slots, false));
  TRY_ASSIGN(
      DuckResult rows,
      connection.query(fmt::format(
          "SELECT {} FROM news_items SEMI JOIN temp.stage_news USING (source, id)", kNewsColumns)));
  std::vector<StoredNews> stored;
  TRY(read_news(rows, stored));
  for (StoredNews& item : stored) {
    NewsSlot& slot = slots[{item.item.source, item.item.id}];
    slot.now = std::move(item);
    slot.stored = true;
  }
  for (StoredNews& item : incoming) {
    NewsSlot& slot = slots[{item.item.source, item.item.id}];
    if (slot.now) {
      if (same_content(slot.now->item, item.item)) continue;
      item.item.revision = std::max(item.item.revision, slot.now->item.revision + 1);
    }
    slot.now = std::move(item);
    slot.changed = true;
  }
  if (std::ranges::any_of(
          slots, [](const auto& entry) { return entry.second.changed && entry.second.stored; })) {
    TRY(stage_news_keys(connection, slots, true));
    TRY(
        connection.run("DELETE FROM news_items t USING temp.stage_news k WHERE t.source = k.source "
                       "AND t.id = k.id"));
  }
  TRY_ASSIGN(RowAppender to, RowAppender::open(connection, "news_items"));
  // In the order they came, which is nearly the order of time: old rows are then read from few blocks.
  for (const StoredNews& item : news) {
    NewsSlot& slot = slots[{utf8_or_replaced(item.item.source), utf8_or_replaced(item.item.id)}];
    if (!slot.changed) continue;
    slot.changed = false;
    put_news(to, *slot.now);
    TRY(to.end_row());
  }
  return to.close();
}

Status write_dead_letters(DuckConnection& connection, std::span<const StoredDeadLetter> letters) {
  if (letters.empty()) return {};
  std::set<std::uint64_t> known;
  const auto [low, high] = std::ranges::minmax(letters, {}, &StoredDeadLetter::log_offset);
  TRY_ASSIGN(DuckResult rows,
             connection.query(fmt::format(
                 "SELECT log_offset FROM dead_letter_items WHERE log_offset BETWEEN {} AND {}",
                 low.log_offset, high.log_offset)));
  while (true) {
    TRY_ASSIGN(const DuckChunk chunk, rows.next());
    if (!chunk) break;
    const DuckColumn offsets(chunk, 0);
    for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk.get()); ++i)
      known.insert(offsets.at<std::uint64_t>(i));
  }
  TRY_ASSIGN(RowAppender to, RowAppender::open(connection, "dead_letter_items"));
  for (const StoredDeadLetter& stored : letters) {
    if (!known.insert(stored.log_offset).second) continue;
    const DeadLetter& letter = stored.letter;
    to.put(0, stored.log_offset);
    put_text(to, 1, letter.topic);
    to.put(2, to_micros(stored.received_at));
    put_text(to, 3, letter.stage);
    put_text(to, 4, letter.source);
    put_text(to, 5, letter.origin);
    put_text(to, 6, letter.reason);
    put_text(to, 7, letter.field);
    put_text(to, 8, letter.expected);
    to.text(9, letter.payload);
    TRY(to.end_row());
  }
  return to.close();
}

Status write_trades(DuckConnection& connection, std::span<const Trade> trades) {
  if (trades.empty()) return {};
  TRY_ASSIGN(RowAppender to, RowAppender::open(connection, "trade_items"));
  for (const Trade& trade : trades) {
    to.text(0, trade.symbol.view());
    to.put(1, trade.time.ns);
    to.put(2, trade.price.raw);
    to.put(3, trade.size.raw);
    to.put(4, trade.sequence);
    put_text(to, 5, trade.id.view());
    to.numbers(6, trade.conditions.view());
    to.put(7, trade.exchange);
    to.put(8, trade.tape);
    to.put(9, trade.correction);
    to.put(10, trade.trf_id);
    put_nanos(to, 11, trade.participant_time);
    put_nanos(to, 12, trade.trf_time);
    to.text(13, trade.source.view());
    TRY(to.end_row());
  }
  return to.close();
}

Status write_quotes(DuckConnection& connection, std::span<const Quote> quotes) {
  if (quotes.empty()) return {};
  TRY_ASSIGN(RowAppender to, RowAppender::open(connection, "quote_items"));
  for (const Quote& quote : quotes) {
    to.text(0, quote.symbol.view());
    to.put(1, quote.time.ns);
    to.put(2, quote.bid_price.raw);
    to.put(3, quote.bid_size.raw);
    to.put(4, quote.ask_price.raw);
    to.put(5, quote.ask_size.raw);
    to.put(6, quote.sequence);
    to.numbers(7, quote.conditions.view());
    to.numbers(8, quote.indicators.view());
    to.put(9, quote.bid_exchange);
    to.put(10, quote.ask_exchange);
    to.put(11, quote.tape);
    put_nanos(to, 12, quote.participant_time);
    put_nanos(to, 13, quote.trf_time);
    to.text(14, quote.source.view());
    TRY(to.end_row());
  }
  return to.close();
}

Status read_news(DuckResult& rows, std::vector<StoredNews>& to) {
  while (true) {
    TRY_ASSIGN(const DuckChunk chunk, rows.next());
    if (!chunk) return {};
    const std::vector<DuckColumn> c = columns_of(chunk);
    const DuckColumn symbols(duckdb_list_vector_get_child(c[11].vector()));
    for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk.get()); ++i) {
      StoredNews& news = to.emplace_back();
      NewsItem& item = news.item;
      item.id = c[0].text(i);
      item.source = c[1].text(i);
      item.search = c[2].text(i);
      item.published_at = from_micros(c[3].at<std::int64_t>(i));
      if (!c[4].null(i)) item.first_published_at = from_micros(c[4].at<std::int64_t>(i));
      item.precision = parse_precision(c[5].text(i)).value_or(Precision::second);
      news.received_at = from_micros(c[6].at<std::int64_t>(i));
      item.title = c[7].text(i);
      item.summary = c[8].text(i);
      item.url = text_or_empty(c[9], i);
      item.section = text_or_empty(c[10], i);
      const auto list = c[11].at<duckdb_list_entry>(i);
      for (idx_t k = list.offset; k < list.offset + list.length; ++k)
        item.symbols.emplace_back(symbols.text(k));
      item.extra = text_or_empty(c[12], i);
      item.revision = c[13].at<std::int32_t>(i);
    }
  }
}

Status read_dead_letters(DuckResult& rows, std::vector<StoredDeadLetter>& to) {
  while (true) {
    TRY_ASSIGN(const DuckChunk chunk, rows.next());
    if (!chunk) return {};
    const std::vector<DuckColumn> c = columns_of(chunk);
    for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk.get()); ++i) {
      StoredDeadLetter& stored = to.emplace_back();
      stored.log_offset = c[0].at<std::uint64_t>(i);
      stored.received_at = from_micros(c[2].at<std::int64_t>(i));
      DeadLetter& letter = stored.letter;
      letter.topic = c[1].text(i);
      letter.stage = c[3].text(i);
      letter.source = c[4].text(i);
      letter.origin = c[5].text(i);
      letter.reason = c[6].text(i);
      letter.field = c[7].text(i);
      letter.expected = c[8].text(i);
      letter.payload = c[9].text(i);
    }
  }
}

}  // namespace tapewire
