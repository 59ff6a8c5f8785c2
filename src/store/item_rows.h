// SPDX-License-Identifier: Apache-2.0
// Writes and reads the rows that come one by one: news, dead letters, trades, quotes.
//
// Keys:   (source, id) of news: the same content changes nothing, other content replaces as the next
//         revision; log_offset of dead letters: a known one is skipped. Trades and quotes have none.
// Errors: of DuckDB; the transaction must then be rolled back.
#pragma once

#include <span>
#include <vector>

#include "store/duck.h"
#include "store/store_values.h"

namespace tapewire {

Status write_news(DuckConnection& connection, std::span<const StoredNews> news);
Status write_dead_letters(DuckConnection& connection, std::span<const StoredDeadLetter> letters);
Status write_trades(DuckConnection& connection, std::span<const Trade> trades);
Status write_quotes(DuckConnection& connection, std::span<const Quote> quotes);

inline constexpr std::string_view kNewsColumns =
    "id, source, search, published_at, first_published_at, precision, received_at, title, summary, "
    "url, section, "
    "symbols, extra, revision";
// Appends the rows of a result that selected kNewsColumns.
Status read_news(DuckResult& rows, std::vector<StoredNews>& to);

inline constexpr std::string_view kDeadLetterColumns =
    "log_offset, topic, received_at, stage, source, origin, reason, field, expected, payload";
Status read_dead_letters(DuckResult& rows, std::vector<StoredDeadLetter>& to);

}  // namespace tapewire
