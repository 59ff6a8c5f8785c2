// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "model/validate.h"
#include "sources/simulated/recording.h"
#include "sources/simulated/simulated_source.h"
#include "sources/simulated/simulated_test_support.h"

namespace tapewire {
namespace {

namespace fs = std::filesystem;
using simulated::Market;
using simulated::MarketDay;
using simulated::options;
using simulated::TempDir;

std::map<std::string, std::string> digests(const fs::path& root) {
  std::map<std::string, std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_regular_file())
      out[fs::relative(entry.path(), root)] = *sha256_hex_of_file(entry.path());
  }
  return out;
}

TEST(Companies, AreUniqueSortedAndReproducible) {
  const auto companies = simulated::invent_companies(3, 10'000);
  ASSERT_EQ(companies.size(), 10'000U);
  std::set<std::string> symbols, names;
  for (const auto& c : companies) {
    EXPECT_FALSE(validate_symbol(c.symbol.view())) << c.symbol.view();
    symbols.insert(c.symbol.str());
    names.insert(c.name);
  }
  EXPECT_EQ(symbols.size(), companies.size());
  EXPECT_EQ(names.size(), companies.size());
  EXPECT_TRUE(std::ranges::is_sorted(companies, {}, [](const auto& c) { return c.symbol.view(); }));
  EXPECT_EQ(simulated::invent_companies(3, 50).front().name,
            simulated::invent_companies(3, 50).front().name);
  EXPECT_NE(simulated::invent_companies(4, 50).front().name,
            simulated::invent_companies(3, 50).front().name);
}

TEST(Market, EveryBarAndStoryPassesValidation) {
  Market market(options(60, "2024-03-04"));
  for (int d = 0; d < 3; ++d) {
    const MarketDay& day = market.next_day();
    ValidationLimits limits{day.hours.after_hours_close + days(1)};
    for (std::size_t c = 0; c < day.rows.size(); ++c) {
      std::int32_t last = -1;
      for (const auto& row : day.rows[c]) {
        const auto fault = validate(market.bar(c, row), limits);
        EXPECT_FALSE(fault) << fault->reason;
        EXPECT_GT(row.minute, last);
        last = row.minute;
      }
    }
    for (const auto& story : day.wire.stories) {
      const auto fault = validate(story.item, limits);
      EXPECT_FALSE(fault) << fault->reason;
    }
  }
}

TEST(Market, VolumeAndVolatilityAreAUOverTheDay) {
  Market market(options(300, "2024-03-04"));
  const MarketDay& day = market.next_day();
  const auto open =
      static_cast<std::int32_t>((day.hours.open - day.hours.pre_market_open).ns / minutes(1).ns);
  std::vector<double> volume(390), square(390);
  for (const auto& rows : day.rows) {
    for (const auto& row : rows) {
      const std::int32_t i = row.minute - open;
      if (i < 0 || i >= 390) continue;
      volume[static_cast<std::size_t>(i)] += std::log(static_cast<double>(row.volume));
      square[static_cast<std::size_t>(i)] +=
          std::pow(std::log(static_cast<double>(row.close) / row.open), 2);
    }
  }
  const auto mean = [](const std::vector<double>& v, std::size_t from, std::size_t to) {
    return std::accumulate(v.begin() + static_cast<std::ptrdiff_t>(from),
                           v.begin() + static_cast<std::ptrdiff_t>(to), 0.0) /
           static_cast<double>(to - from);
  };
  for (const auto* series : {&volume, &square}) {
    EXPECT_GT(mean(*series, 0, 20), mean(*series, 180, 220));
    EXPECT_GT(mean(*series, 370, 390), mean(*series, 180, 220));
  }
}

TEST(Market, PlantedReactionsAreInThePrices) {
  Market market(options(400, "2024-03-04"));
  const MarketDay& day = market.next_day();
  double explained = 0, planted = 0;
  int counted = 0;
  for (const auto& effect : day.wire.effects) {
    if (effect.shape != simulated::Shape::at_once || std::abs(effect.size) < 0.02) continue;
    const auto minute =
        static_cast<std::int32_t>((effect.from - day.hours.pre_market_open).ns / minutes(1).ns);
    for (const auto& row : day.rows[effect.company]) {
      if (row.minute != minute) continue;
      explained += std::log(static_cast<double>(row.close) / row.open) * (effect.size > 0 ? 1 : -1);
      planted += std::abs(effect.size);
      ++counted;
    }
  }
  ASSERT_GE(counted, 5);
  EXPECT_NEAR(explained / planted, 1.0, 0.15);
}

TEST(Market, EarlyCloseDayEndsEarlyAndHolidaysAreSkipped) {
  Market market(options(5, "2024-07-03"));
  const MarketDay& early = market.next_day();
  EXPECT_TRUE(early.hours.early_close);
  for (const auto& rows : early.rows) {
    for (const auto& row : rows) EXPECT_LT(row.minute, 13 * 60);
  }
  EXPECT_EQ(to_string(market.next_day().date), "2024-07-05");
}

// That their prices make its bar: tests/simulated_market.
TEST(Market, TradesOfAMinuteAreInOrderAndAsManyAsItSays) {
  Market market(options(8, "2024-03-04"));
  const MarketDay& day = market.next_day();
  std::vector<Trade> trades;
  for (std::size_t c = 0; c < day.rows.size(); ++c) {
    std::int64_t sequence = -1;
    for (const auto& row : day.rows[c]) {
      trades.clear();
      market.trades(c, row, trades);
      const Bar bar = market.bar(c, row);
      EXPECT_EQ(static_cast<std::int64_t>(trades.size()), bar.transactions);
      std::int64_t volume = 0;
      Timestamp last = bar.start - Duration{1};
      for (const Trade& trade : trades) {
        volume += trade.size.raw;
        EXPECT_GT(trade.size.raw, 0);
        EXPECT_GT(trade.time, last);
        EXPECT_GT(trade.sequence, sequence);
        last = trade.time;
        sequence = trade.sequence;
      }
      EXPECT_LT(last, bar.end);
      EXPECT_EQ(volume, bar.volume.raw);
    }
  }
}

TEST(Recording, SameSeedSameBytesOtherSeedOtherBytes) {
  const TempDir a("rec-a"), b("rec-b"), c("rec-c");
  const RecordingOptions recording{options(4, "2024-02-29"), 2, true};
  ASSERT_TRUE(write_recording(a.path(), recording, {}));
  ASSERT_TRUE(write_recording(b.path(), recording, {}));
  const auto expected = digests(a.path());
  EXPECT_EQ(digests(b.path()), expected);
  EXPECT_TRUE(expected.contains("minute_aggs_v1/2024/03/2024-03-01.csv.gz"));
  EXPECT_TRUE(expected.contains("trades_v1/2024/02/2024-02-29.csv.gz"));
  EXPECT_TRUE(expected.contains("news/2024-02.ndjson"));
  EXPECT_TRUE(expected.contains("news/2024-03.ndjson"));
  ASSERT_TRUE(write_recording(b.path(), recording, {})) << "a recording may be written again";
  EXPECT_EQ(digests(b.path()), expected);
  ASSERT_TRUE(write_recording(c.path(), {options(4, "2024-02-29", 8), 2, true}, {}));
  EXPECT_NE(digests(c.path()), expected);
}

TEST(Recording, TruthNamesEveryKindOfStory) {
  const TempDir dir("truth");
  ASSERT_TRUE(write_recording(dir.path(), {options(80, "2024-03-04"), 3, false}, {}));
  std::ifstream in(dir.path() / "truth.json");
  const auto truth = nlohmann::json::parse(in);
  EXPECT_TRUE(truth["simulated"].get<bool>());
  std::set<std::string> shapes, kinds;
  for (const auto& row : truth["reactions"]) shapes.insert(row["shape"]);
  for (const char* list : {"stories", "null_stories"}) {
    for (const auto& row : truth[list]) kinds.insert(row["kind"]);
  }
  EXPECT_EQ(shapes, (std::set<std::string>{"at_once", "drifting", "leaked"}));
  EXPECT_EQ(kinds, (std::set<std::string>{"company", "several", "passing_mention", "near_duplicate",
                                          "live_blog", "null"}));
  EXPECT_FALSE(truth["jumps"].empty());
}

TEST(Recording, RefusesADirectoryOfSomethingElse) {
  const TempDir dir("foreign");
  fs::create_directories(dir.path());
  std::ofstream(dir.path() / "thesis.tex") << "precious";
  const auto result = write_recording(dir.path(), {options(2, "2024-03-04"), 1, false}, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::already_exists);
  EXPECT_TRUE(fs::exists(dir.path() / "thesis.tex"));
}

std::string describe(const EventBatch& batch) {
  std::ostringstream out;
  for (const auto& ref : batch.order) {
    out << ref.receive_time.ns << ' ';
    switch (ref.kind) {
      case EventBatch::Kind::bar:
        out << batch.bars[ref.index].symbol.view() << batch.bars[ref.index].close.raw;
        break;
      case EventBatch::Kind::trade:
        out << batch.trades[ref.index].symbol.view() << batch.trades[ref.index].price.raw;
        break;
      case EventBatch::Kind::news:
        out << batch.news[ref.index].id << batch.news[ref.index].title;
        break;
      default: out << '?';
    }
    out << '\n';
  }
  return out.str();
}

class SimulatedSourceResume : public ::testing::TestWithParam<bool> {};

TEST_P(SimulatedSourceResume, GoesOnWhereItStoppedAfterEveryBatch) {
  SimulatedOptions simulated{options(3, "2024-07-03"), GetParam(), 2};
  const auto open = [&](const std::vector<StateWrite>& state) {
    return SimulatedSource::open(simulated,
                                 [&](std::string_view prefix) -> Result<std::vector<StateWrite>> {
                                   std::vector<StateWrite> out;
                                   for (const auto& s : state) {
                                     if (s.key.starts_with(prefix)) out.push_back(s);
                                   }
                                   return out;
                                 });
  };
  std::string straight;
  {
    const auto source = open({});
    EventBatch batch;
    while (true) {
      batch.clear();
      const auto step = (*source)->next(batch, {});
      ASSERT_TRUE(step);
      if (*step == SourceStep::finished) break;
      straight += describe(batch);
    }
  }
  std::string resumed;
  std::vector<StateWrite> state;
  for (int i = 0; i < 5'000; ++i) {
    const auto source = open(state);
    ASSERT_TRUE(source);
    bool finished = false;
    // Several batches, so that a restart falls at many different places.
    for (int k = 0; k < 1 + i % 37 && !finished; ++k) {
      EventBatch batch;
      const auto step = (*source)->next(batch, {});
      ASSERT_TRUE(step);
      finished = *step == SourceStep::finished;
      resumed += describe(batch);
      if (!batch.positions.empty()) state = batch.positions;
    }
    if (finished) break;
  }
  EXPECT_EQ(resumed, straight);
  EXPECT_GT(straight.size(), 1'000U);
}

INSTANTIATE_TEST_SUITE_P(BarsAndTrades, SimulatedSourceResume, ::testing::Bool());

}  // namespace
}  // namespace tapewire
