// SPDX-License-Identifier: Apache-2.0
// The small values of the model: names, equality of content, batches.
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "model/event_batch.h"
#include "model/news_item.h"
#include "model/record.h"
#include "model/width.h"

namespace tapewire {
namespace {

TEST(Names, ReadBackAsTheyAreWritten) {
  for (const Width width : kWidths) EXPECT_EQ(parse_width(to_string(width)), width);
  for (const Origin o : {Origin::rolled_up, Origin::built, Origin::vendor}) {
    EXPECT_EQ(parse_origin(to_string(o)), o);
  }
  for (const Precision p : {Precision::second, Precision::minute, Precision::day}) {
    EXPECT_EQ(parse_precision(to_string(p)), p);
  }
  for (const Topic topic : kTopics) EXPECT_EQ(parse_topic(to_string(topic)), topic);
  for (std::size_t i = 0; i < kSignalKinds; ++i) {
    const auto kind = static_cast<SignalKind>(i);
    EXPECT_EQ(parse_signal_kind(to_string(kind)), kind);
  }
  for (const std::string_view text : {"", "1M", "2m", "Vendor", "hour", "stock_prices", "change"}) {
    EXPECT_FALSE(parse_width(text));
    EXPECT_FALSE(parse_origin(text));
    EXPECT_FALSE(parse_precision(text));
    EXPECT_FALSE(parse_topic(text));
    EXPECT_FALSE(parse_signal_kind(text));
  }
}

TEST(Names, OfRecordKindsAreDistinct) {
  std::set<std::string_view> names;
  for (int value = 0; value < 256; ++value) {
    const auto byte = static_cast<std::uint8_t>(value);
    const std::string_view name = to_string(static_cast<RecordKind>(byte));
    EXPECT_EQ(is_record_kind(byte), !name.empty()) << value;
    if (!name.empty()) {
      EXPECT_TRUE(names.insert(name).second) << name;
    }
  }
  EXPECT_EQ(names.size(), 10U);
}

TEST(Widths, HaveTheirSpans) {
  EXPECT_EQ(span_of(Width::s1), seconds(1));
  EXPECT_EQ(span_of(Width::m5), minutes(5));
  EXPECT_EQ(span_of(Width::m15), minutes(15));
  EXPECT_EQ(span_of(Width::h1), hours(1));
  EXPECT_EQ(span_of(Width::d1), Duration{0});
}

TEST(Bar, AveragesHalfToEven) {
  Bar bar;
  bar.open = Price{1};
  bar.high = Price{3};
  bar.low = Price{1};
  bar.close = Price{1};
  EXPECT_EQ(ohlc_average(bar).raw, 2);  // 1.5
  bar.close = Price{5};
  EXPECT_EQ(ohlc_average(bar).raw, 2);  // 2.5
  bar.open = bar.high = bar.low = bar.close = Price{kMaxDecimal18};
  EXPECT_EQ(ohlc_average(bar).raw, kMaxDecimal18);
}

TEST(Bar, SameValuesLooksPastRevisionSourceAndFinality) {
  Bar a;
  Bar b = a;
  b.revision = 3;
  b.source = SourceName("files");
  b.is_final = false;
  EXPECT_TRUE(same_values(a, b));
  b.otc = false;
  EXPECT_FALSE(same_values(a, b));
  b = a;
  b.close = Price{1};
  EXPECT_FALSE(same_values(a, b));
  b = a;
  b.transactions = 0;
  EXPECT_FALSE(same_values(a, b));
}

TEST(NewsItem, SameContentLooksPastTheRevision) {
  NewsItem a;
  a.title = "one";
  NewsItem b = a;
  b.revision = 2;
  EXPECT_TRUE(same_content(a, b));
  b.title = "two";
  EXPECT_FALSE(same_content(a, b));
}

TEST(ConditionList, RefusesOneTooMany) {
  ConditionList list;
  for (std::size_t i = 0; i < ConditionList::kCapacity; ++i) {
    EXPECT_TRUE(list.add(static_cast<std::uint16_t>(i)));
  }
  EXPECT_FALSE(list.add(99));
  EXPECT_EQ(list.view().size(), ConditionList::kCapacity);
  EXPECT_EQ(list.view().back(), ConditionList::kCapacity - 1);
}

TEST(EventBatch, KeepsTheOrderOfMixedEvents) {
  EventBatch batch;
  EXPECT_TRUE(batch.empty());
  batch.add(Bar{}, Timestamp{1});
  batch.add(Trade{}, Timestamp{2});
  batch.add(NewsItem{}, Timestamp{3});
  batch.add(Rejected{DeadLetter{}, Timestamp{4}});
  batch.add(Bar{}, Timestamp{5});
  batch.add(Quote{}, Timestamp{6});
  using enum EventBatch::Kind;
  const std::vector<EventBatch::Kind> kinds{bar, trade, news, rejected, bar, quote};
  ASSERT_EQ(batch.order.size(), kinds.size());
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    EXPECT_EQ(batch.order[i].kind, kinds[i]);
    EXPECT_EQ(batch.order[i].receive_time.ns, static_cast<std::int64_t>(i) + 1);
  }
  EXPECT_EQ(batch.order[4].index, 1U);
  const std::size_t capacity = batch.bars.capacity();
  batch.clear();
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(batch.bars.capacity(), capacity);
  batch.duplicate_news = 1;
  EXPECT_FALSE(batch.empty());
}

}  // namespace
}  // namespace tapewire
