// SPDX-License-Identifier: Apache-2.0
#include "server/live_snapshot.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>

#include <fmt/format.h>

#include "model/codec.h"
#include "server/json_text.h"
#include "server/model_json.h"

namespace tapewire {
namespace {

constexpr std::size_t kNewsSnapshotBytes = 512 * 1024;

Result<Offset> stored_offset(Store& store, Topic topic) {
  TRY_ASSIGN(const auto offsets, store.offsets());
  for (const StoreOffset& entry : offsets) {
    if (entry.topic == to_string(topic)) return entry.offset;
  }
  return Offset{0};
}

// Gives `visit` the records of `topic` from `from` to the end; returns the offset after the last.
template <class Visit>
Result<Offset> read_beyond(EventLog& log, Topic topic, Offset from, Visit visit) {
  std::array<TopicPosition, 1> position{TopicPosition{topic, from}};
  std::size_t seen = 0;
  Status failed;
  while (true) {
    TRY_ASSIGN(const std::size_t count,
               log.read(position, ReadLimit{}, [&](const RecordView& record) {
                 failed = visit(record);
                 return failed.has_value();
               }));
    TRY(failed);
    if (count == 0) return position[0].offset;
    seen += count;
    if (seen > kBridgeRecordsMax) {
      return fail(
          ErrorCode::in_use,
          fmt::format("the store is more than {} records behind the log", kBridgeRecordsMax), true);
    }
  }
}

LiveSnapshot finish(std::string text, Offset next) {
  return {std::make_shared<const std::string>(std::move(text)), next, kMinTimestamp};
}

Result<LiveSnapshot> snapshot_bars(Store& store, EventLog& log, const Subscription& to) {
  TRY_ASSIGN(const Offset stored, stored_offset(store, Topic::bars));
  BarQuery query;
  query.symbol = to.symbol.str();
  query.width = to.width;
  query.limit = kSnapshotBars;
  TRY_ASSIGN(const auto rows, store.bars(query));
  std::map<Timestamp, Bar> bars;
  for (const Bar& bar : rows) bars.emplace(bar.start, bar);
  TRY_ASSIGN(const Offset next,
             read_beyond(log, Topic::bars, stored, [&](const RecordView& record) -> Status {
               if (record.kind != RecordKind::bar || record.key != to.symbol.view()) return {};
               TRY_ASSIGN(const Bar bar, decode_bar(record.key, record.payload));
               if (bar.width != to.width) return {};
               const auto [at, fresh] = bars.try_emplace(bar.start, bar);
               if (!fresh && bar.origin >= at->second.origin && !same_values(at->second, bar))
                 at->second = bar;
               if (bars.size() > kSnapshotBars) bars.erase(bars.begin());
               return {};
             }));
  std::string text = R"({"type":"snapshot","channel":"bars","symbol":)";
  append_json_string(text, to.symbol.view());
  text += R"(,"width":)";
  append_json_string(text, to_string(to.width));
  text += R"(,"bars":[)";
  for (const auto& [start, bar] : bars) {
    if (text.back() != '[') text += ',';
    append_live_json(text, bar);
  }
  text += "]}";
  LiveSnapshot snapshot = finish(std::move(text), next);
  if (!bars.empty()) snapshot.newest_start = bars.rbegin()->first;
  return snapshot;
}

Result<LiveSnapshot> snapshot_news(Store& store, EventLog& log) {
  TRY_ASSIGN(const Offset stored, stored_offset(store, Topic::news_articles));
  NewsQuery query;
  query.limit = kSnapshotNews;
  TRY_ASSIGN(auto page, store.news(query));
  std::deque<StoredNews> news(std::make_move_iterator(page.news.begin()),
                              std::make_move_iterator(page.news.end()));
  const auto newest_first = [](const StoredNews& a, const StoredNews& b) {
    return a.item.published_at > b.item.published_at;
  };
  TRY_ASSIGN(
      const Offset next,
      read_beyond(log, Topic::news_articles, stored, [&](const RecordView& record) -> Status {
        if (record.kind != RecordKind::news) return {};
        TRY_ASSIGN(NewsItem item, decode_news(record.key, record.payload));
        const auto same = std::ranges::find_if(news, [&](const StoredNews& known) {
          return known.item.id == item.id && known.item.source == item.source;
        });
        if (same != news.end()) {
          if (same_content(same->item, item)) return {};
          news.erase(same);
        }
        StoredNews row{std::move(item), record.receive_time};
        news.insert(std::ranges::lower_bound(news, row, newest_first), std::move(row));
        if (news.size() > kSnapshotNews) news.pop_back();
        return {};
      }));
  std::string text = R"({"type":"snapshot","channel":"news","news":[)";
  for (const StoredNews& row : news) {
    if (text.size() > kNewsSnapshotBytes) break;
    if (text.back() != '[') text += ',';
    append_json(text, row);
  }
  text += "]}";
  return finish(std::move(text), next);
}

Result<LiveSnapshot> snapshot_signals(Store& store, EventLog& log, const Subscription& to) {
  TRY_ASSIGN(const Offset stored, stored_offset(store, Topic::signals));
  SignalQuery query;
  query.symbol = to.symbol.str();
  query.limit = kSnapshotSignals;
  TRY_ASSIGN(const SignalPage page, store.signals(query));
  std::map<std::pair<Timestamp, SignalKind>, double> values;
  for (const SignalRow& row : page.signals) values[{row.time, row.kind}] = row.value;
  TRY_ASSIGN(const Offset next,
             read_beyond(log, Topic::signals, stored, [&](const RecordView& record) -> Status {
               if (record.kind != RecordKind::signal || record.key != to.symbol.view()) return {};
               TRY_ASSIGN(const SignalSet set, decode_signals(record.key, record.payload));
               for (std::size_t kind = 0; kind < kSignalKinds; ++kind) {
                 const std::pair key(set.time, static_cast<SignalKind>(kind));
                 if (set.values[kind]) {
                   values[key] = *set.values[kind];
                 } else {
                   values.erase(key);
                 }
               }
               while (values.size() > kSnapshotSignals) values.erase(values.begin());
               return {};
             }));
  std::string text = R"({"type":"snapshot","channel":"signals","symbol":)";
  append_json_string(text, to.symbol.view());
  text += R"(,"signals":[)";
  for (const auto& [key, value] : values) {
    if (text.back() != '[') text += ',';
    append_json(text, SignalRow{query.symbol, key.first, key.second, value});
  }
  text += "]}";
  return finish(std::move(text), next);
}

}  // namespace

Result<LiveSnapshot> take_snapshot(Store& store, EventLog& log, const Subscription& subscription) {
  switch (subscription.channel) {
    case Channel::bars: return snapshot_bars(store, log, subscription);
    case Channel::news: return snapshot_news(store, log);
    case Channel::signals: return snapshot_signals(store, log, subscription);
    case Channel::status: break;
  }
  return fail(ErrorCode::internal, "channel status has no snapshot");
}

}  // namespace tapewire
