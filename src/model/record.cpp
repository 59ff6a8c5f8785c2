// SPDX-License-Identifier: Apache-2.0
#include "model/record.h"

namespace tapewire {

std::string_view to_string(Topic topic) {
  switch (topic) {
    case Topic::stock_prices: return "stock-prices";
    case Topic::news_articles: return "news-articles";
    case Topic::dead_letters: return "dead-letters";
    case Topic::heartbeat: return "heartbeat";
    case Topic::bars: return "bars";
    case Topic::signals: return "signals";
    case Topic::reactions: return "reactions";
    case Topic::stock_prices_backfill: return "stock-prices-backfill";
  }
  return "";
}

std::optional<Topic> parse_topic(std::string_view text) {
  for (const Topic topic : kTopics) {
    if (to_string(topic) == text) return topic;
  }
  return std::nullopt;
}

std::string_view to_string(RecordKind kind) {
  switch (kind) {
    case RecordKind::bar: return "bar";
    case RecordKind::trade: return "trade";
    case RecordKind::quote: return "quote";
    case RecordKind::news: return "news";
    case RecordKind::dead_letter: return "dead_letter";
    case RecordKind::heartbeat: return "heartbeat";
    case RecordKind::run_begin: return "run_begin";
    case RecordKind::run_end: return "run_end";
    case RecordKind::run_abandon: return "run_abandon";
    case RecordKind::signal: return "signal";
  }
  return "";
}

bool is_record_kind(std::uint8_t value) {
  return value >= static_cast<std::uint8_t>(RecordKind::bar) &&
         value <= static_cast<std::uint8_t>(RecordKind::signal);
}

std::string_view to_string(SignalKind kind) {
  switch (kind) {
    case SignalKind::change_5m: return "change_5m";
    case SignalKind::change_10m: return "change_10m";
    case SignalKind::change_15m: return "change_15m";
    case SignalKind::delta_10s: return "delta_10s";
    case SignalKind::change_10s: return "change_10s";
  }
  return "";
}

std::optional<SignalKind> parse_signal_kind(std::string_view text) {
  for (std::size_t i = 0; i < kSignalKinds; ++i) {
    const auto kind = static_cast<SignalKind>(i);
    if (to_string(kind) == text) return kind;
  }
  return std::nullopt;
}

}  // namespace tapewire
