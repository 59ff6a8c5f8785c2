// SPDX-License-Identifier: Apache-2.0
// Carries events from a source to ingest: parsed values in order, what could not be parsed, and the
// source's position after all of it.
//
// Order:   `order` gives the order of the events; each names a slot in one of the vectors.
// Reuse:   `clear` keeps the capacity, so that a batch that goes round allocates nothing for bars,
//          trades and quotes.
// Threads: one owner at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/bar.h"
#include "model/news_item.h"
#include "model/record.h"
#include "model/trade.h"

namespace tapewire {

// Written to the log's state in the same transaction as the batch's records; empty value: erased.
struct StateWrite {
  std::string key;
  std::string value;
};

// A row or message that could not become an event.
struct Rejected {
  DeadLetter letter;
  Timestamp receive_time;
};

struct EventBatch {
  enum class Kind : std::uint8_t { bar, trade, quote, news, rejected };
  struct Ref {
    Kind kind;
    std::uint32_t index;
    Timestamp receive_time;
  };

  std::vector<Ref> order;
  std::vector<Bar> bars;
  std::vector<Trade> trades;
  std::vector<Quote> quotes;
  std::vector<NewsItem> news;
  std::vector<Rejected> rejected;
  std::vector<StateWrite> positions;
  // Rows known from an earlier run of the same source and skipped, by topic.
  std::uint64_t duplicate_prices = 0;
  std::uint64_t duplicate_news = 0;
  // Decimals rounded to the scale while parsing.
  std::uint64_t rounded = 0;

  void add(const Bar& bar, Timestamp receive_time) { push(Kind::bar, bars, bar, receive_time); }
  void add(const Trade& trade, Timestamp receive_time) {
    push(Kind::trade, trades, trade, receive_time);
  }
  void add(const Quote& quote, Timestamp receive_time) {
    push(Kind::quote, quotes, quote, receive_time);
  }
  void add(NewsItem item, Timestamp receive_time) {
    order.push_back({Kind::news, static_cast<std::uint32_t>(news.size()), receive_time});
    news.push_back(std::move(item));
  }
  void add(Rejected row) {
    order.push_back(
        {Kind::rejected, static_cast<std::uint32_t>(rejected.size()), row.receive_time});
    rejected.push_back(std::move(row));
  }
  void clear() {
    order.clear();
    bars.clear();
    trades.clear();
    quotes.clear();
    news.clear();
    rejected.clear();
    positions.clear();
    duplicate_prices = duplicate_news = rounded = 0;
  }
  [[nodiscard]] bool empty() const {
    return order.empty() && positions.empty() && duplicate_prices == 0 && duplicate_news == 0;
  }

 private:
  template <class T>
  void push(Kind kind, std::vector<T>& to, const T& value, Timestamp receive_time) {
    order.push_back({kind, static_cast<std::uint32_t>(to.size()), receive_time});
    to.push_back(value);
  }
};

}  // namespace tapewire
