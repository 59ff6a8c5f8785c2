// SPDX-License-Identifier: Apache-2.0
// Holds truth.json against the bars it speaks of.
#include <cmath>
#include <fstream>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sources/simulated/recording.h"
#include "sources/simulated/simulated_test_support.h"

namespace tapewire::simulated {
namespace {

using Json = nlohmann::json;

Timestamp time_of(const Json& row, const char* field) {
  const auto t = parse_iso8601(row[field].get<std::string>());
  EXPECT_TRUE(t) << row.dump();
  return t.value_or(Timestamp{});
}

// A recording's truth beside the bars of the same market.
struct Recorded {
  Json truth;
  std::map<std::pair<std::string, Timestamp>, MinuteRow> bars;
  std::vector<SessionHours> days;

  Recorded(MarketOptions market_options, std::size_t day_count) {
    const TempDir dir("truth");
    EXPECT_TRUE(write_recording(dir.path(), {market_options, day_count, false}, {}));
    std::ifstream in(dir.path() / "truth.json");
    truth = Json::parse(in);
    Market market(market_options);
    for (std::size_t d = 0; d < day_count; ++d) {
      const MarketDay& day = market.next_day();
      days.push_back(day.hours);
      for (std::size_t c = 0; c < day.rows.size(); ++c) {
        for (const MinuteRow& row : day.rows[c]) {
          bars[{market.companies()[c].symbol.str(), market.bar(c, row).start}] = row;
        }
      }
    }
  }
  [[nodiscard]] bool traded(const Json& row, Timestamp minute) const {
    return bars.contains({row["symbol"].get<std::string>(), minute});
  }
};

const Recorded& weeks() {
  static const Recorded recorded(options(40, "2024-06-24"), 15);
  return recorded;
}

TEST(Truth, HaltsAreAsRareAsInRealMarkets) {
  const auto companies = invent_companies(3, 400);
  std::size_t halts = 0, symbol_days = 0;
  TradingDate date = *parse_trading_date("2024-03-04");
  for (int d = 0; d < 60; ++d, date = calendar().next_trading_day(date)) {
    halts += plan_wire(3, companies, date, *calendar().hours(date)).halts.size();
    symbol_days += companies.size();
  }
  EXPECT_NEAR(static_cast<double>(halts) / static_cast<double>(symbol_days), 0.005, 0.0015);
}

TEST(Truth, AWeekOfFiftySymbolsHasAHaltWhateverTheSeed) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto companies = invent_companies(seed, 50);
    TradingDate date = *parse_trading_date("2024-03-04");
    std::size_t halts = 0;
    for (int d = 0; d < 5; ++d, date = calendar().next_trading_day(date)) {
      halts += plan_wire(seed, companies, date, *calendar().hours(date)).halts.size();
    }
    EXPECT_GE(halts, 1U) << "seed " << seed;
    EXPECT_LE(halts, 4U) << "seed " << seed;
  }
}

TEST(Truth, NothingTradesInAHaltAndTradingGoesOnAfterIt) {
  const Recorded recorded(options(300, "2024-03-04"), 2);
  std::set<std::string> reasons;
  ASSERT_GE(recorded.truth["halts"].size(), 3U);
  for (const Json& halt : recorded.truth["halts"]) {
    reasons.insert(halt["reason"]);
    const Timestamp from = time_of(halt, "from"), to = time_of(halt, "to");
    EXPECT_GE((to - from).ns, minutes(5).ns);
    for (Timestamp t = from; t < to; t = t + minutes(1)) EXPECT_FALSE(recorded.traded(halt, t));
    EXPECT_TRUE(recorded.traded(halt, from - minutes(1))) << halt.dump();
    EXPECT_TRUE(recorded.traded(halt, to)) << halt.dump();
    for (const char* list : {"reactions", "jumps"}) {
      for (const Json& row : recorded.truth[list]) {
        if (row["symbol"] != halt["symbol"]) continue;
        EXPECT_FALSE(time_of(row, "from") < to && from < time_of(row, "to")) << row.dump();
      }
    }
  }
  EXPECT_EQ(reasons, (std::set<std::string>{"news_pending", "volatility_pause"}));
}

TEST(Truth, AReactionEndsAfterItsStoryIsOut) {
  std::size_t at_next_open = 0;
  for (const Json& row : weeks().truth["reactions"]) {
    const Timestamp published = time_of(row, "published_at");
    const Timestamp from = time_of(row, "from"), to = time_of(row, "to");
    EXPECT_GT(to, published) << row.dump();
    EXPECT_LT(from, to) << row.dump();
    if (row["shape"] == "leaked") {
      EXPECT_LE((to - published).ns, minutes(2).ns) << row.dump();
      EXPECT_NE(row["log_return_before_publication"].get<double>(), 0);
    } else {
      EXPECT_GE(from, published) << row.dump();
      EXPECT_EQ(row["log_return_before_publication"].get<double>(), 0);
    }
    // Within the regular session of one day; after the close it is the next day's open.
    bool in_session = false;
    for (std::size_t d = 0; d < weeks().days.size(); ++d) {
      const SessionHours& hours = weeks().days[d];
      in_session = in_session || (from >= hours.open && to <= hours.close);
      if (published < hours.close || published >= hours.after_hours_close) continue;
      ++at_next_open;
      EXPECT_EQ(row["shape"], "at_once");
      ASSERT_LT(d + 1, weeks().days.size()) << row.dump();
      EXPECT_EQ(from, weeks().days[d + 1].open) << row.dump();
    }
    EXPECT_TRUE(in_session) << row.dump();
  }
  EXPECT_GT(at_next_open, 10U);
}

TEST(Truth, ThePlantedMinuteTrades) {
  std::size_t seen = 0;
  for (const char* list : {"reactions", "jumps"}) {
    for (const Json& row : weeks().truth[list]) {
      ++seen;
      EXPECT_TRUE(weeks().traded(row, time_of(row, "to") - minutes(1))) << row.dump();
    }
  }
  EXPECT_GT(seen, 150U);
}

TEST(Truth, EveryStoryMovesSomethingOrSaysWhyNot) {
  const Json& truth = weeks().truth;
  std::set<std::string> moving, silent;
  for (const Json& row : truth["reactions"]) moving.insert(row["news_id"]);
  for (const Json& row : truth["null_stories"]) {
    silent.insert(row["news_id"]);
    EXPECT_FALSE(row["reason"].get<std::string>().empty());
  }
  for (const Json& row : truth["stories"]) {
    EXPECT_TRUE(moving.contains(row["news_id"])) << row.dump();
    EXPECT_FALSE(silent.contains(row["news_id"])) << row.dump();
  }
  for (const std::string& id : silent) EXPECT_FALSE(moving.contains(id)) << id;
}

TEST(Truth, PlantedMovesGoUpAsOftenAsDown) {
  const auto companies = invent_companies(5, 400);
  double sum = 0;
  std::size_t up = 0, count = 0;
  TradingDate date = *parse_trading_date("2024-01-02");
  for (int d = 0; d < 100; ++d, date = calendar().next_trading_day(date)) {
    for (const Effect& effect : plan_wire(5, companies, date, *calendar().hours(date)).effects) {
      ++count;
      sum += effect.size;
      if (effect.size > 0) ++up;
    }
  }
  ASSERT_GT(count, 5'000U);
  EXPECT_NEAR(static_cast<double>(up) / static_cast<double>(count), 0.5, 0.02);
  EXPECT_NEAR(sum / static_cast<double>(count), 0.0, 0.0007);
}

}  // namespace
}  // namespace tapewire::simulated
