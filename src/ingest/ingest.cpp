// SPDX-License-Identifier: Apache-2.0
#include "ingest/ingest.h"

#include <algorithm>

#include "model/codec.h"

namespace tapewire {
namespace {

void add(TopicAccount& to, const TopicAccount& from) {
  to.read += from.read;
  to.appended += from.appended;
  to.duplicate += from.duplicate;
  to.dead_lettered += from.dead_lettered;
  to.too_late += from.too_late;
  to.dropped += from.dropped;
}

Account sum(const Account& a, const Account& b) {
  Account out = a;
  add(out.prices, b.prices);
  add(out.news, b.news);
  out.rounded += b.rounded;
  return out;
}

constexpr std::string_view kPricesKey = "account/stock-prices";
constexpr std::string_view kNewsKey = "account/news-articles";

}  // namespace

Ingest::Ingest(EventLog& log, IngestOptions options) : log_(log), options_(options) {
  limits_.now = options.now;
}

Status Ingest::recover() {
  TRY_ASSIGN(const auto entries, log_.state("account/"));
  const std::lock_guard lock(mutex_);
  for (const StateWrite& entry : entries) {
    TRY_ASSIGN(const TopicAccount account, parse_account(entry.value));
    if (entry.key == kPricesKey) before_.prices = account;
    if (entry.key == kNewsKey) before_.news = account;
  }
  return {};
}

Timestamp Ingest::stamp(Timestamp receive_time) {
  newest_receive_ = std::max(newest_receive_, receive_time);
  if (options_.heartbeats_from_events) {
    const Timestamp second = floor_to(newest_receive_, seconds(1));
    if (second > last_heartbeat_) heartbeat(second, "");
  }
  return newest_receive_;
}

Status Ingest::accept(const EventBatch& batch) {
  for (const EventBatch::Ref& ref : batch.order) accept_event(batch, ref);
  for (const StateWrite& write : batch.positions) pending_.put_state(write.key, write.value);
  uncommitted_.prices.read += batch.duplicate_prices;
  uncommitted_.prices.duplicate += batch.duplicate_prices;
  uncommitted_.news.read += batch.duplicate_news;
  uncommitted_.news.duplicate += batch.duplicate_news;
  uncommitted_.rounded += batch.rounded;
  if (first_pending_.ns == 0 && !pending_.empty()) first_pending_ = monotonic_now();
  if (pending_.size() >= options_.group_records || pending_.bytes() >= options_.group_bytes) {
    return commit();
  }
  return {};
}

void Ingest::accept_event(const EventBatch& batch, const EventBatch::Ref& ref) {
  const Timestamp received = stamp(ref.receive_time);
  if (options_.now == kMinTimestamp) limits_.now = received;
  const auto take = [&](Topic topic, RecordKind kind, const auto& value, Timestamp event_time,
                        std::string_view source, std::string_view key) {
    ++uncommitted_.of(topic).read;
    if (const auto fault = validate(value, limits_)) {
      refuse(topic, value, *fault, source, received, key);
    } else {
      append(topic, kind, value, event_time, received, key);
    }
  };
  switch (ref.kind) {
    case EventBatch::Kind::bar: {
      const Bar& bar = batch.bars[ref.index];
      take(Topic::stock_prices, RecordKind::bar, bar, bar.end, bar.source.view(),
           bar.symbol.view());
      return;
    }
    case EventBatch::Kind::trade: {
      const Trade& trade = batch.trades[ref.index];
      take(Topic::stock_prices, RecordKind::trade, trade, trade.time, trade.source.view(),
           trade.symbol.view());
      return;
    }
    case EventBatch::Kind::quote: {
      const Quote& quote = batch.quotes[ref.index];
      take(Topic::stock_prices, RecordKind::quote, quote, quote.time, quote.source.view(),
           quote.symbol.view());
      return;
    }
    case EventBatch::Kind::news: {
      const NewsItem& item = batch.news[ref.index];
      take(Topic::news_articles, RecordKind::news, item, item.published_at, item.source,
           item.search);
      return;
    }
    case EventBatch::Kind::rejected: {
      const DeadLetter& letter = batch.rejected[ref.index].letter;
      TopicAccount& account =
          uncommitted_.of(parse_topic(letter.topic).value_or(Topic::stock_prices));
      ++account.read;
      ++account.dead_lettered;
      dead_letter(letter, received);
      return;
    }
  }
}

template <class T>
void Ingest::append(Topic topic, RecordKind kind, const T& value, Timestamp event_time,
                    Timestamp receive_time, std::string_view key) {
  pending_.add(topic, kind, options_.run, event_time, receive_time, key,
               [&](std::string& out) { encode(value, out); });
  ++uncommitted_.of(topic).appended;
}

// The source has checked its rows with the original bytes at hand; this is the last gate, and what it
// stops is kept in the log's own encoding.
template <class T>
void Ingest::refuse(Topic topic, const T& value, const Fault& fault, std::string_view source,
                    Timestamp receive_time, std::string_view key) {
  DeadLetter letter;
  letter.topic = to_string(topic);
  letter.stage = "ingest";
  letter.source = source;
  letter.origin = key;
  letter.reason = fault.reason;
  letter.field = fault.field;
  letter.expected = fault.expected;
  encode(value, letter.payload);
  ++uncommitted_.of(topic).dead_lettered;
  dead_letter(letter, receive_time);
}

void Ingest::dead_letter(const DeadLetter& letter, Timestamp receive_time) {
  pending_.add(Topic::dead_letters, RecordKind::dead_letter, options_.run, receive_time,
               receive_time, letter.source, [&](std::string& out) { encode(letter, out); });
}

void Ingest::count_dropped(std::uint64_t prices, std::uint64_t news) {
  uncommitted_.prices.read += prices;
  uncommitted_.prices.dropped += prices;
  uncommitted_.news.read += news;
  uncommitted_.news.dropped += news;
}

void Ingest::heartbeat(Timestamp now, std::string_view market) {
  last_heartbeat_ = std::max(last_heartbeat_, now);
  newest_receive_ = std::max(newest_receive_, now);
  pending_.add(Topic::heartbeat, RecordKind::heartbeat, options_.run, now, now, {},
               [&](std::string& out) { encode(Heartbeat{now, std::string(market)}, out); });
  if (first_pending_.ns == 0) first_pending_ = monotonic_now();
}

void Ingest::begin_run(std::string_view description, Timestamp now) {
  pending_.add(Topic::heartbeat, RecordKind::run_begin, options_.run, now, now, {},
               [&](std::string& out) { encode(Heartbeat{now, std::string(description)}, out); });
}

void Ingest::end_run(RunId run, Timestamp now) {
  const Timestamp at = run == options_.run ? std::max(now, newest_receive_) : now;
  pending_.add(Topic::heartbeat, RecordKind::run_end, run, at, at, {},
               [&](std::string& out) { encode(Heartbeat{at, ""}, out); });
}

Duration Ingest::due_in(Duration monotonic) const {
  return options_.group_wait - (monotonic - first_pending_);
}

Status Ingest::commit() {
  if (pending_.empty() && uncommitted_ == Account{}) return {};
  const Account total_now = sum(total(), uncommitted_);
  AppendBatch& batch = pending_;
  batch.put_state(std::string(kPricesKey), to_state(total_now.prices));
  batch.put_state(std::string(kNewsKey), to_state(total_now.news));
  TRY(log_.commit(batch));
  batch.clear();
  first_pending_ = Duration{0};
  const std::lock_guard lock(mutex_);
  committed_ = sum(committed_, uncommitted_);
  uncommitted_ = Account{};
  return {};
}

Account Ingest::account() const {
  const std::lock_guard lock(mutex_);
  return committed_;
}

Account Ingest::total() const {
  const std::lock_guard lock(mutex_);
  return sum(before_, committed_);
}

}  // namespace tapewire
