// SPDX-License-Identifier: Apache-2.0
#include "analytics/rollup.h"

#include <gtest/gtest.h>

namespace tapewire {
namespace {

constexpr unsigned kAll = MinutePart::kVwap | MinutePart::kTransactions;

struct Part {
  Minute minute;
  std::int64_t open, high, low, close, volume, vwap, transactions;
  unsigned flags;
};

Rollup rolled(std::initializer_list<Part> parts) {
  DayParts day(*parse_trading_date("2019-02-13"));
  for (const Part& p : parts) {
    MinutePart& part = day.add(0, p.minute);
    part.open = p.open;
    part.high = p.high;
    part.low = p.low;
    part.close = p.close;
    part.volume = p.volume;
    part.vwap = p.vwap;
    part.transactions = p.transactions;
    part.flags = static_cast<std::uint8_t>(p.flags);
  }
  return roll_up(day, 0, 570, 600);
}

TEST(Rollup, TakesEachValueFromItsPart) {
  const Rollup out = rolled({{599, 4, 9, 4, 8, 10, 6, 1, kAll},  // added out of order
                             {570, 5, 6, 3, 4, 20, 5, 2, kAll},
                             {580, 6, 7, 2, 7, 30, 4, 3, kAll},
                             {569, 99, 99, 1, 99, 99, 99, 99, kAll},
                             {600, 99, 99, 1, 99, 99, 99, 99, kAll}});
  EXPECT_EQ(out.count, 3U);
  EXPECT_EQ(out.open, 5);
  EXPECT_EQ(out.high, 9);
  EXPECT_EQ(out.low, 2);
  EXPECT_EQ(out.close, 8);
  EXPECT_EQ(out.volume, 60);
  EXPECT_EQ(out.transactions, 6);
  EXPECT_EQ(out.vwap, Price{5});  // (60 + 100 + 120) / 60 = 4.67
}

TEST(Rollup, NeedsEveryPartForVwapAndTransactions) {
  const Rollup no_vwap = rolled(
      {{570, 1, 1, 1, 1, 1, 1, 1, kAll}, {571, 1, 1, 1, 1, 1, 0, 1, MinutePart::kTransactions}});
  EXPECT_EQ(no_vwap.vwap, std::nullopt);
  EXPECT_EQ(no_vwap.transactions, 2);
  const Rollup no_count =
      rolled({{570, 1, 1, 1, 1, 1, 1, 1, kAll}, {571, 1, 1, 1, 1, 1, 1, 0, MinutePart::kVwap}});
  EXPECT_EQ(no_count.vwap, Price{1});
  EXPECT_EQ(no_count.transactions, std::nullopt);
}

TEST(Rollup, VwapRoundsHalfToEvenAndNeedsVolume) {
  EXPECT_EQ(rolled({{570, 1, 1, 1, 1, 1, 2, 1, kAll}, {571, 1, 1, 1, 1, 1, 3, 1, kAll}}).vwap,
            Price{2});
  EXPECT_EQ(rolled({{570, 1, 1, 1, 1, 1, 3, 1, kAll}, {571, 1, 1, 1, 1, 1, 4, 1, kAll}}).vwap,
            Price{4});
  EXPECT_EQ(rolled({{570, 1, 1, 1, 1, 0, 3, 1, kAll}}).vwap, std::nullopt);
}

TEST(Rollup, LargestValuesStayExact) {
  const std::int64_t big = kMaxDecimal18;
  const Rollup out = rolled({{570, big, big, big, big, big - 1, big, 1, kAll},
                             {571, big, big, big, big, 1, big, 1, kAll}});
  EXPECT_EQ(out.volume, big);
  EXPECT_EQ(out.vwap, Price{big});
}

TEST(Rollup, WhatDoesNotFitIsNoBar) {
  const std::int64_t big = kMaxDecimal18;
  EXPECT_EQ(rolled({{570, 1, 1, 1, 1, big, 1, 1, kAll}, {571, 1, 1, 1, 1, 1, 1, 1, kAll}}).count,
            0U);
  EXPECT_EQ(
      rolled({{570, 1, 1, 1, 1, 1, 1, INT64_MAX, kAll}, {571, 1, 1, 1, 1, 1, 1, 1, kAll}}).count,
      0U);
  EXPECT_EQ(rolled({}).count, 0U);
}

}  // namespace
}  // namespace tapewire
