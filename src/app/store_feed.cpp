// SPDX-License-Identifier: Apache-2.0
#include "app/store_feed.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/record_text.h"
#include "model/codec.h"

namespace tapewire {

std::optional<std::string> offset_fault(const StoreOffset& offset, const TopicInfo& topic) {
  if (offset.offset > topic.end_offset) {
    return fmt::format(
        "the store has taken {} up to offset {}, but the log ends at {}: they do not belong "
        "together",
        offset.topic, offset.offset, topic.end_offset);
  }
  // Prices are taken only while trades or quotes are kept; what came meanwhile was not wanted.
  if (offset.offset < topic.first_offset && topic.topic != Topic::stock_prices) {
    return fmt::format(
        "the store has taken {} up to offset {}, but the log begins at {}: what lies between is in "
        "neither",
        offset.topic, offset.offset, topic.first_offset);
  }
  return std::nullopt;
}

StoreFeed::StoreFeed(EventLog& log, Store& store, StoreFeedOptions options)
    : log_(log), store_(store), options_(options) {
  for (const Topic topic :
       {Topic::bars, Topic::signals, Topic::news_articles, Topic::dead_letters}) {
    positions_.push_back({topic, 0});
  }
  if (options_.keep_trades || options_.keep_quotes) positions_.push_back({Topic::stock_prices, 0});
}

Status StoreFeed::recover() {
  TRY_ASSIGN(const auto offsets, store_.offsets());
  TRY_ASSIGN(const auto topics, log_.topics());
  for (const StoreOffset& entry : offsets) {
    for (const TopicInfo& topic : topics) {
      if (to_string(topic.topic) != entry.topic) continue;
      if (const auto fault = offset_fault(entry, topic)) {
        return fail(ErrorCode::corrupt,
                    *fault + "; move the store away and it is made again from what the log holds");
      }
    }
    for (TopicPosition& position : positions_) {
      if (to_string(position.topic) != entry.topic) continue;
      position.offset = entry.offset;
      committed_[static_cast<std::size_t>(position.topic)] = entry.offset;
    }
  }
  return {};
}

Result<std::size_t> StoreFeed::gather() {
  if (full()) return std::size_t{0};
  Status taken;
  const ReadLimit limit{options_.rows_max - rows_, std::size_t{16} << 20};
  TRY_ASSIGN(const std::size_t count, log_.read(positions_, limit, [&](const RecordView& record) {
    taken = take(record);
    return taken.has_value();
  }));
  TRY(taken);
  // Behind the read: one transaction at a time.
  for (; readable_ < batch_.dead_letters.size(); ++readable_) {
    TRY(make_readable(log_, batch_.dead_letters[readable_].letter));
  }
  moved_ = moved_ || count > 0;
  return count;
}

Status StoreFeed::take(const RecordView& record) {
  switch (record.kind) {
    case RecordKind::bar: {
      if (record.topic != Topic::bars) return {};
      TRY_ASSIGN(Bar bar, decode_bar(record.key, record.payload));
      newest_bar_ns_ = std::max(newest_bar_ns_.load(), bar.end.ns);
      batch_.bars.push_back({bar, record.run});
      break;
    }
    case RecordKind::signal: {
      TRY_ASSIGN(SignalSet signals, decode_signals(record.key, record.payload));
      batch_.signals.push_back({signals, record.run});
      break;
    }
    case RecordKind::news: {
      TRY_ASSIGN(NewsItem item, decode_news(record.key, record.payload));
      batch_.news.push_back({std::move(item), record.receive_time});
      break;
    }
    case RecordKind::dead_letter: {
      TRY_ASSIGN(DeadLetter letter, decode_dead_letter(record.key, record.payload));
      batch_.dead_letters.push_back({std::move(letter), record.offset, record.receive_time});
      break;
    }
    case RecordKind::trade: {
      if (!options_.keep_trades) return {};
      TRY_ASSIGN(Trade trade, decode_trade(record.key, record.payload));
      batch_.trades.push_back(trade);
      break;
    }
    case RecordKind::quote: {
      if (!options_.keep_quotes) return {};
      TRY_ASSIGN(Quote quote, decode_quote(record.key, record.payload));
      batch_.quotes.push_back(quote);
      break;
    }
    default: return {};
  }
  ++rows_;
  return {};
}

Status StoreFeed::commit() {
  if (!pending()) return {};
  batch_.offsets.clear();
  for (const TopicPosition& position : positions_) {
    batch_.offsets.push_back({std::string(to_string(position.topic)), position.offset});
  }
  TRY(store_.apply(batch_));
  batch_.clear();
  readable_ = 0;
  rows_ = 0;
  moved_ = false;
  for (const TopicPosition& position : positions_) {
    committed_[static_cast<std::size_t>(position.topic)] = position.offset;
  }
  return {};
}

Offset StoreFeed::committed(Topic topic) const {
  return committed_[static_cast<std::size_t>(topic)];
}

}  // namespace tapewire
