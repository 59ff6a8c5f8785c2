// SPDX-License-Identifier: Apache-2.0
// Names what goes into the store in one transaction and what its queries give back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/bar.h"
#include "model/news_item.h"
#include "model/record.h"
#include "model/trade.h"

namespace tapewire {

struct StoredBar {
  Bar bar;
  RunId run = kLiveRun;
};

struct StoredNews {
  NewsItem item;
  Timestamp received_at;
};

struct StoredDeadLetter {
  DeadLetter letter;
  std::uint64_t log_offset = 0;
  Timestamp received_at;
};

struct StoredSignals {
  SignalSet signals;
  RunId run = kLiveRun;
};

struct StoreOffset {
  std::string topic;
  std::uint64_t offset = 0;  // the next offset to read
};

// One transaction of the store: rows and the offsets they came from.
struct StoreBatch {
  std::vector<StoredBar> bars;
  std::vector<StoredSignals> signals;
  std::vector<StoredNews> news;
  std::vector<StoredDeadLetter> dead_letters;
  std::vector<Trade> trades;
  std::vector<Quote> quotes;
  std::vector<StoreOffset> offsets;

  void clear() {
    bars.clear();
    signals.clear();
    news.clear();
    dead_letters.clear();
    trades.clear();
    quotes.clear();
    offsets.clear();
  }
};

// What the bars of seconds and minutes of one New York date give.
struct DayResults {
  std::vector<Bar> bars;           // the longer widths
  std::vector<SignalSet> signals;
};

struct BarQuery {
  std::string symbol;
  Width width = Width::m1;
  std::optional<Timestamp> from;  // start_time >= from
  std::optional<Timestamp> to;    // start_time < to
  std::size_t limit = 5000;       // without `from` the newest, else the oldest; ascending always
};

struct NewsQuery {
  std::string text;     // words, all of which the title or summary holds, any case; empty: all
  std::string symbol;   // among the item's symbols; empty: all
  std::optional<Timestamp> from, to;
  std::size_t limit = 100;
  std::string cursor;   // opaque, from the page before
};

struct NewsPage {
  std::vector<StoredNews> news;  // newest first
  std::string next_cursor;       // empty: the end
};

struct SignalRow {
  std::string symbol;
  Timestamp time;
  SignalKind kind = SignalKind::change_5m;
  double value = 0;
};

struct SignalPage {
  std::vector<SignalRow> signals;  // ascending
  bool truncated = false;          // there were more than the limit
};

struct SignalQuery {
  std::string symbol;
  std::optional<SignalKind> kind;
  std::optional<Timestamp> from, to;
  // The kinds of one time stay together: fewer rows rather than a part of them, but always one time's.
  std::size_t limit = 5000;
};

struct DeadLetterQuery {
  std::size_t limit = 100;
  std::string cursor;
};

struct DeadLetterPage {
  std::vector<StoredDeadLetter> letters;  // newest first
  std::string next_cursor;
};

struct SymbolRow {
  std::string symbol;
  std::optional<Timestamp> first_time, last_time;
  std::optional<Price> last_close;
  std::vector<Width> widths;
};

// What a user's SQL may cost.
struct SqlLimits {
  Duration time = seconds(30);
  std::uint64_t rows = 1'000'000;
  std::string_view rows_key = "[sql] rows";  // what the user can set to raise `rows`
};

enum class SqlFormat { json, csv, table, parquet };

struct SqlColumn {
  std::string name;
  std::string type;
};

}  // namespace tapewire
