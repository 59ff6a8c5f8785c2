// SPDX-License-Identifier: Apache-2.0
#include "analytics/sale_conditions.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tapewire {
namespace {

ConditionList list(std::initializer_list<std::uint16_t> ids) {
  ConditionList out;
  for (const std::uint16_t id : ids) EXPECT_TRUE(out.add(id));
  return out;
}

TEST(SaleConditions, TableIsSortedAndWithinItsSize) {
  for (std::size_t i = 1; i < kSaleConditions.size(); ++i) {
    EXPECT_LT(kSaleConditions[i - 1].id, kSaleConditions[i].id);
  }
  EXPECT_EQ(kSaleConditions.back().id + 1U, kSaleConditionIds);
}

TEST(SaleConditions, ATradeMovesWhatAllItsConditionsAllow) {
  struct Case {
    std::initializer_list<std::uint16_t> conditions;
    TradingSession session;
    UpdateRules expected;
  };
  const Case cases[] = {
      {{}, TradingSession::regular, kMovesAll},
      {{14, 41}, TradingSession::regular, kMovesAll},
      {{37}, TradingSession::regular, kVolumeOnly},
      {{14, 37}, TradingSession::regular, kVolumeOnly},
      {{10}, TradingSession::regular, kNotOpenClose},
      {{10, 37}, TradingSession::regular, kVolumeOnly},
      {{38}, TradingSession::regular, kPricesOnly},
      {{37, 38}, TradingSession::regular, kMovesNothing},
      {{15}, TradingSession::after_hours, kMovesNothing},
      {{12}, TradingSession::regular, kVolumeOnly},
      {{12}, TradingSession::pre_market, kMovesAll},
      {{12, 37}, TradingSession::pre_market, kVolumeOnly},
      {{12}, TradingSession::none, kMovesAll},
      {{13}, TradingSession::after_hours, kVolumeOnly},
      {{60, 999}, TradingSession::regular, kMovesAll},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(update_rules(list(c.conditions), 0, c.session), c.expected)
        << testing::PrintToString(std::vector<std::uint16_t>(c.conditions));
  }
}

TEST(SaleConditions, CorrectionCodes) {
  for (const std::int32_t trade : {0, 1}) {
    EXPECT_EQ(update_rules({}, trade, TradingSession::regular), kMovesAll) << trade;
  }
  for (const std::int32_t none : {7, 8, 10, 11, 12, 99, -1}) {
    EXPECT_EQ(update_rules({}, none, TradingSession::regular), kMovesNothing) << none;
  }
}

TEST(SaleConditions, OpenCloseNeverMovesWithoutHighLow) {
  for (const SaleCondition& c : kSaleConditions) {
    EXPECT_TRUE(c.rules.high_low || !c.rules.open_close) << c.name;
  }
}

TEST(SaleConditions, AgreesWithTheVendorsRecordedAnswers) {
  const std::filesystem::path folder =
      std::filesystem::path(TAPEWIRE_SOURCE_DIR) / "../shared/protocols/fixtures/polygon_rest";
  if (!std::filesystem::exists(folder)) {
    GTEST_SKIP() << "no " << folder << ": the vendor's conditions are not compared";
  }
  std::size_t compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.path().filename().string().starts_with("v3__reference__conditions")) continue;
    std::ifstream in(entry.path());
    const auto answer = nlohmann::json::parse(in);
    for (const auto& row : answer.at("results")) {
      if (!row.contains("update_rules")) continue;
      const auto& rules = row["update_rules"]["consolidated"];
      const UpdateRules vendor{rules["updates_high_low"], rules["updates_open_close"],
                               rules["updates_volume"]};
      const auto id = row["id"].get<std::uint16_t>();
      EXPECT_EQ(consolidated_rules(id), vendor) << id << " " << row["name"];
      const auto* known = std::find_if(kSaleConditions.begin(), kSaleConditions.end(),
                                       [&](const SaleCondition& c) { return c.id == id; });
      ASSERT_NE(known, kSaleConditions.end()) << id;
      EXPECT_EQ(known->name, row["name"].get<std::string>());
      ++compared;
    }
  }
  EXPECT_GE(compared, 10U);
}

}  // namespace
}  // namespace tapewire
