// SPDX-License-Identifier: Apache-2.0
// The trades of a simulated minute, under the vendor's sale-condition rules, are its bar.
#include <algorithm>
#include <map>
#include <span>

#include <gtest/gtest.h>

#include "analytics/sale_conditions.h"
#include "analytics/trade_sums.h"
#include "sources/simulated/market.h"

namespace tapewire::simulated {
namespace {

constexpr std::uint16_t kOddLot = 37;

bool holds(std::span<const std::uint16_t> ids, std::uint16_t id) {
  return std::ranges::find(ids, id) != ids.end();
}

TradingSession session_of(const SessionHours& hours, Timestamp t) {
  if (t < hours.open) return TradingSession::pre_market;
  return t < hours.close ? TradingSession::regular : TradingSession::after_hours;
}

TEST(SimulatedTrades, MakeTheirBarUnderTheSaleConditionRules) {
  Market market({7, 30, *parse_trading_date("2024-03-04")});
  const MarketDay& day = market.next_day();
  std::map<std::uint16_t, std::size_t> conditions;
  std::int32_t most = 0;
  std::vector<Trade> trades;
  for (std::size_t c = 0; c < day.rows.size(); ++c) {
    for (const MinuteRow& row : day.rows[c]) {
      trades.clear();
      market.trades(c, row, trades);
      const Bar bar = market.bar(c, row);
      const TradingSession session = session_of(day.hours, bar.start);
      TradeSums sums;
      for (const Trade& trade : trades) {
        sums.add(trade, update_rules(trade.conditions, trade.correction, session));
        for (const std::uint16_t id : trade.conditions.view()) ++conditions[id];
        const auto ids = trade.conditions.view();
        EXPECT_EQ(session != TradingSession::regular, holds(ids, kFormT));
        EXPECT_EQ(trade.size < whole_quantity(100), holds(ids, kOddLot));
      }
      ASSERT_TRUE(sums.has_bar()) << bar.symbol.view() << ' ' << to_iso8601(bar.start);
      EXPECT_EQ(sums.open(), bar.open);
      EXPECT_EQ(sums.high(), bar.high);
      EXPECT_EQ(sums.low(), bar.low);
      EXPECT_EQ(sums.close(), bar.close);
      EXPECT_EQ(sums.volume(), bar.volume);
      EXPECT_EQ(sums.transactions(), bar.transactions);
      EXPECT_EQ(static_cast<std::int64_t>(trades.size()), bar.transactions);
      most = std::max(most, row.transactions);
    }
  }
  EXPECT_GT(most, 200) << "busy minutes have many trades";
  for (const std::uint16_t id : std::initializer_list<std::uint16_t>{2, 12, 14, 17, 32, 37}) {
    EXPECT_GT(conditions[id], 5U) << "condition " << id;
  }
  std::size_t beyond = 0;
  for (const MinuteRow& row : day.rows[0]) {
    trades.clear();
    market.trades(0, row, trades);
    const Bar bar = market.bar(0, row);
    for (const Trade& t : trades) beyond += t.price > bar.high || t.price < bar.low ? 1 : 0;
  }
  EXPECT_GT(beyond, 0U) << "a trade that moves the volume only may lie beyond the bar";
}

}  // namespace
}  // namespace tapewire::simulated
