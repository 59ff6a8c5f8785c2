// SPDX-License-Identifier: Apache-2.0
#include "analytics/trade_sums.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace tapewire {
namespace {

struct Print {
  std::int64_t time, sequence, price, size;
  UpdateRules rules = kMovesAll;
  std::int32_t exchange = 0;
};

TradeSums sum(const std::vector<Print>& prints) {
  TradeSums out;
  for (const Print& p : prints) {
    Trade trade;
    trade.time = {p.time};
    trade.sequence = p.sequence;
    trade.price = {p.price};
    trade.size = {p.size};
    trade.exchange = p.exchange;
    out.add(trade, p.rules);
  }
  return out;
}

std::string bytes_of(const TradeSums& sums) {
  std::string bytes;
  ByteWriter out(bytes);
  sums.save(out);
  return bytes;
}

TEST(TradeSums, IsTheSameInAnyOrderOfArrival) {
  std::vector<Print> prints{{1, 1, 10, 5},
                            {1, 1, 12, 5, kMovesAll, 3},
                            {1, 2, 30, 1, kVolumeOnly},
                            {2, 3, 40, 2, kNotOpenClose},
                            {3, 9, 11, 7},
                            {3, 9, 13, 7},
                            {4, 1, 5, 100, kPricesOnly}};
  const TradeSums first = sum(prints);
  EXPECT_EQ(first.open(), Price{10});
  EXPECT_EQ(first.close(), Price{5});
  EXPECT_EQ(first.high(), Price{40});
  EXPECT_EQ(first.low(), Price{5});
  EXPECT_EQ(first.volume(), Quantity{27});
  EXPECT_EQ(first.transactions(), 6);
  // 50 + 60 + 30 + 80 + 77 + 91 = 388; / 27 = 14.37
  EXPECT_EQ(first.vwap(), Price{14});
  const std::string expected = bytes_of(first);
  std::vector<std::size_t> order{0, 1, 2, 3, 4, 5, 6};
  do {
    std::vector<Print> permuted;
    for (const std::size_t i : order) permuted.push_back(prints[i]);
    ASSERT_EQ(bytes_of(sum(permuted)), expected);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(TradeSums, HasABarOnlyWithAnOpeningTrade) {
  EXPECT_FALSE(sum({}).has_bar());
  EXPECT_FALSE(sum({{1, 1, 10, 5, kVolumeOnly}}).has_bar());
  EXPECT_FALSE(sum({{1, 1, 10, 5, kNotOpenClose}}).has_bar());
  EXPECT_TRUE(sum({{1, 1, 10, 5, kPricesOnly}}).has_bar());
  EXPECT_EQ(sum({{1, 1, 10, 5, kPricesOnly}}).vwap(), std::nullopt);
  EXPECT_EQ(sum({{1, 1, 10, 0}}).vwap(), std::nullopt);
}

TEST(TradeSums, StaysExactUpToTheLimitAndHasNoBarBeyond) {
  const std::int64_t big = kMaxDecimal18;
  EXPECT_EQ(sum({{1, 1, big, big}}).vwap(), Price{big});
  EXPECT_FALSE(sum({{1, 1, 1, big}, {2, 2, 1, 1}}).has_bar());
  EXPECT_FALSE(sum({{2, 2, 1, 1}, {1, 1, 1, big}}).has_bar());
}

TEST(TradeSums, ComesBackAsSaved) {
  const TradeSums sums = sum({{1, -1, kMaxDecimal18, kMaxDecimal18}, {5, 6, 7, 0, kMovesAll, -9}});
  const std::string bytes = bytes_of(sums);
  ByteReader in(bytes);
  TradeSums again;
  again.load(in);
  EXPECT_TRUE(in.ok() && in.done());
  EXPECT_EQ(bytes_of(again), bytes);
  EXPECT_EQ(again.vwap(), sums.vwap());
}

}  // namespace
}  // namespace tapewire
