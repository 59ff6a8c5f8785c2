// SPDX-License-Identifier: Apache-2.0
#include "store/store_test_support.h"

#include <unistd.h>

#include <atomic>
#include <cmath>
#include <stdexcept>

namespace tapewire {

Timestamp at(std::string_view iso) {
  const auto time = parse_iso8601(iso);
  EXPECT_TRUE(time) << iso;
  return time ? *time : Timestamp{};
}

Bar make_bar(std::string_view symbol, std::string_view start, double close, Origin origin,
             Width width) {
  Bar bar;
  bar.symbol = Symbol(symbol);
  bar.width = width;
  bar.origin = origin;
  bar.start = at(start);
  bar.end = bar.start + (width == Width::d1 ? hours(6) + minutes(30) : span_of(width));
  bar.session = TradingSession::regular;
  bar.close = {std::llround(close * 1e9)};
  bar.open = bar.high = bar.close;
  bar.low = bar.close;
  bar.volume = whole_quantity(100);
  bar.source = SourceName("files");
  return bar;
}

StoredBar stored(const Bar& bar, RunId run) { return {bar, run}; }

StoredNews make_news(std::string_view id, std::string_view published, std::string_view title) {
  StoredNews news;
  news.item.id = id;
  news.item.source = "guardian";
  news.item.search = "apple";
  news.item.published_at = at(published);
  news.item.title = title;
  news.received_at = news.item.published_at + seconds(1);
  return news;
}

SignalSet make_signals(std::string_view symbol, std::string_view time,
                       std::optional<double> change_5m, std::optional<double> delta_10s) {
  SignalSet set;
  set.symbol = Symbol(symbol);
  set.time = at(time);
  set.values[static_cast<std::size_t>(SignalKind::change_5m)] = change_5m;
  set.values[static_cast<std::size_t>(SignalKind::delta_10s)] = delta_10s;
  return set;
}

StoreTest::StoreTest() {
  static std::atomic<int> count = 0;
  directory_ = std::filesystem::temp_directory_path() /
               ("tapewire-store-" + std::to_string(getpid()) + "-" + std::to_string(++count));
  std::filesystem::create_directories(directory_);
  options_.memory_bytes = std::uint64_t{256} << 20;
}

StoreTest::~StoreTest() {
  store_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void StoreTest::open(StoreOptions options) {
  if (options.memory_bytes == StoreOptions{}.memory_bytes)
    options.memory_bytes = options_.memory_bytes;
  options_ = options;
  auto store = Store::open(file(), options);
  // Nothing in a test makes sense without its store.
  if (!store) throw std::runtime_error(store.error().message);
  store_ = std::move(*store);
}

void StoreTest::apply(const StoreBatch& batch) {
  const Status status = store_->apply(batch);
  ASSERT_TRUE(status) << status.error().message;
}

void StoreTest::apply_bars(std::vector<StoredBar> bars) {
  StoreBatch batch;
  batch.bars = std::move(bars);
  apply(batch);
}

std::string StoreTest::rows(std::string_view sql) {
  std::string out;
  const Status status = store_->sql(sql, SqlFormat::csv, {}, [&](std::string_view piece) {
    out += piece;
    return true;
  });
  if (!status) return "ERROR " + status.error().message;
  std::erase(out, '\r');
  return out.substr(out.find('\n') + 1);
}

std::string StoreTest::refusal(std::string_view sql, SqlLimits limits, ErrorCode expected) {
  const Status status =
      store_->sql(sql, SqlFormat::csv, limits, [](std::string_view) { return true; });
  if (status) return "";
  EXPECT_EQ(status.error().code, expected) << sql << ": " << status.error().message;
  return status.error().message;
}

void StoreTest::finish_before(std::string_view date) {
  const auto day = parse_trading_date(date);
  ASSERT_TRUE(day);
  const Status status = store_->finish_days(*day);
  ASSERT_TRUE(status) << status.error().message;
}

std::string StoreTest::findings() {
  const auto found = store_->verify();
  if (!found) return "ERROR " + found.error().message;
  std::string out;
  for (const std::string& finding : *found) out += finding + "\n";
  return out;
}

}  // namespace tapewire
