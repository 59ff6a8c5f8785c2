// SPDX-License-Identifier: Apache-2.0
#include "server/live_feed.h"

#include <algorithm>
#include <utility>

#include "model/calendar.h"
#include "model/codec.h"
#include "server/json_text.h"
#include "server/live_protocol.h"
#include "server/model_json.h"

namespace tapewire {
namespace {

// Small batches, so that an event is not held up by those behind it.
constexpr ReadLimit kReadLimit{.records = 2000, .bytes = std::size_t{1} << 20};
// After so many reads that a change of interest spoilt, the interest is held still for one.
constexpr int kReadAttempts = 8;
constexpr Duration kPatience = milliseconds(100);
constexpr Duration kStatusEvery = seconds(1);

FrameText frame(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

}  // namespace

LiveFeed::LiveFeed(EventLog& log, const LiveInterest& interest, Hooks hooks)
    : log_(log),
      interest_(interest),
      hooks_(std::move(hooks)),
      positions_{TopicPosition{Topic::stock_prices, 0}, TopicPosition{Topic::bars, 0},
                 TopicPosition{Topic::signals, 0}, TopicPosition{Topic::news_articles, 0}} {}

LiveFeed::~LiveFeed() { stop(); }

Status LiveFeed::start() {
  TRY(skip_to_end());
  thread_ = std::thread([this] { run(); });
  return {};
}

void LiveFeed::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

Status LiveFeed::skip_to_end() {
  TRY_ASSIGN(const auto topics, log_.topics());
  for (TopicPosition& position : positions_) {
    const auto at = std::ranges::find(topics, position.topic, &TopicInfo::topic);
    if (at != topics.end()) position.offset = at->end_offset;
  }
  return {};
}

void LiveFeed::run() {
  while (!stopping_) {
    const auto count = step();
    if (!count) ++errors_;
    if (!count || *count == 0) hooks_.wait_for_records(kPatience);
  }
}

Result<std::size_t> LiveFeed::step() {
  TRY_ASSIGN(const std::size_t count, read_batch());
  tell_status();
  if (!events_.empty()) hooks_.deliver(std::exchange(events_, {}));
  return count;
}

Result<std::size_t> LiveFeed::read_batch() {
  for (int attempt = 0; attempt < kReadAttempts; ++attempt) {
    interest_.refresh(view_);
    const auto before = positions_;
    TRY_ASSIGN(const std::size_t count, read_once());
    if (interest_.version() == view_.version) return count;
    positions_ = before;
  }
  const auto frozen = interest_.freeze(view_);
  return read_once();
}

Result<std::size_t> LiveFeed::read_once() {
  events_.clear();
  if (!view_.records()) {
    TRY(skip_to_end());
    return 0;
  }
  return log_.read(positions_, kReadLimit, [this](const RecordView& record) {
    take(record);
    return !stopping_;
  });
}

void LiveFeed::tell_status() {
  if (view_.status == 0 || !hooks_.status) return;
  const Duration now = monotonic_now();
  if (now - status_told_ < kStatusEvery) return;
  status_told_ = now;
  LiveEvent event;
  event.to.channel = Channel::status;
  event.text = status_frame(hooks_.status());
  events_.push_back(std::move(event));
}

void LiveFeed::take(const RecordView& record) {
  if (record.kind == RecordKind::news) return take_news(record);
  if (record.kind != RecordKind::bar && record.kind != RecordKind::signal) return;
  const auto symbol = Symbol::from(record.key);
  if (!symbol || !view_.symbols.contains(*symbol)) return;
  record.kind == RecordKind::bar ? take_bar(record) : take_signals(record);
}

void LiveFeed::take_bar(const RecordView& record) {
  auto bar = decode_bar(record.key, record.payload);
  if (!bar) {
    ++errors_;
    return;
  }
  LiveEvent event;
  event.provisional = record.topic == Topic::stock_prices;
  if (event.provisional) {
    bar->is_final = false;
    // The vendor does not say it; the pipeline's bar of this window will have the same.
    if (bar->session == TradingSession::none) bar->session = calendar().session_of(bar->start);
  }
  event.to = {Channel::bars, bar->symbol, bar->width};
  event.offset = record.offset;
  event.time = bar->start;
  event.origin = bar->origin;
  std::string text = R"({"type":"bar","symbol":)";
  append_json_string(text, bar->symbol.view());
  text += R"(,"width":)";
  append_json_string(text, to_string(bar->width));
  text += R"(,"bar":)";
  append_live_json(text, *bar);
  text += '}';
  event.text = frame(std::move(text));
  events_.push_back(std::move(event));
}

void LiveFeed::take_signals(const RecordView& record) {
  const auto set = decode_signals(record.key, record.payload);
  if (!set) {
    ++errors_;
    return;
  }
  for (std::size_t i = 0; i < kSignalKinds; ++i) {
    if (!set->values[i]) continue;
    LiveEvent event;
    event.to.channel = Channel::signals;
    event.to.symbol = set->symbol;
    event.offset = record.offset;
    event.time = set->time;
    event.signal = static_cast<SignalKind>(i);
    std::string text = R"({"type":"signal","signal":)";
    append_json(text, SignalRow{set->symbol.str(), set->time, event.signal, *set->values[i]});
    text += '}';
    event.text = frame(std::move(text));
    events_.push_back(std::move(event));
  }
}

void LiveFeed::take_news(const RecordView& record) {
  if (view_.news == 0) return;
  auto item = decode_news(record.key, record.payload);
  if (!item) {
    ++errors_;
    return;
  }
  LiveEvent event;
  event.to.channel = Channel::news;
  event.offset = record.offset;
  event.time = item->published_at;
  std::string text = R"({"type":"news","item":)";
  append_json(text, StoredNews{std::move(*item), record.receive_time});
  text += '}';
  event.text = frame(std::move(text));
  events_.push_back(std::move(event));
}

}  // namespace tapewire
