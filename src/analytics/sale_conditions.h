// SPDX-License-Identifier: Apache-2.0
// Says which of a bar's values a trade may move, by its sale conditions.
//
// Rule:    a value moves when every condition of the trade lets it; a trade without conditions moves all.
// Unknown: a condition that is not in the table says nothing, as the vendor's conditions without
//          update rules (financial status, short sale restriction) say nothing.
// Form T:  condition 12 marks trading outside the regular session. There it is the normal trade and says
//          nothing, as the vendor's pre-market and after-hours bars are made of such trades; within the
//          regular session it is a late report and moves the volume only.
// Corrected: correction 0 (as reported) and 1 (original time, corrected values) are trades; every other
//          code (7, 8, 10, 11, 12: erroneous, cancelled, and the records that say so) moves nothing. A
//          code never takes back a trade that came before.
// Source:  consolidated update rules of the CTA and UTP output specifications, in the vendor's numbering
//          (Polygon /v3/reference/conditions?asset_class=stocks, data type trade).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "model/trade.h"
#include "model/width.h"

namespace tapewire {

struct UpdateRules {
  bool high_low = true;
  bool open_close = true;
  bool volume = true;

  friend constexpr bool operator==(UpdateRules, UpdateRules) = default;
  friend constexpr UpdateRules operator&(UpdateRules a, UpdateRules b) {
    return {a.high_low && b.high_low, a.open_close && b.open_close, a.volume && b.volume};
  }
};

inline constexpr UpdateRules kMovesAll{true, true, true};
inline constexpr UpdateRules kNotOpenClose{true, false, true};
inline constexpr UpdateRules kVolumeOnly{false, false, true};
inline constexpr UpdateRules kPricesOnly{true, true, false};
inline constexpr UpdateRules kMovesNothing{false, false, false};

struct SaleCondition {
  std::uint16_t id;
  std::string_view name;
  UpdateRules rules;
};

inline constexpr std::uint16_t kFormT = 12;

inline constexpr std::array kSaleConditions = std::to_array<SaleCondition>({
    {0, "Regular Sale", kMovesAll},
    {1, "Acquisition", kMovesAll},
    {2, "Average Price Trade", kVolumeOnly},
    {3, "Automatic Execution", kMovesAll},
    {4, "Bunched Trade", kMovesAll},
    {5, "Bunched Sold Trade", kNotOpenClose},
    {6, "CAP Election", kMovesAll},
    {7, "Cash Sale", kVolumeOnly},
    {8, "Closing Prints", kMovesAll},
    {9, "Cross Trade", kMovesAll},
    {10, "Derivatively Priced", kNotOpenClose},
    {11, "Distribution", kMovesAll},
    {kFormT, "Form T/Extended Hours", kVolumeOnly},
    {13, "Extended Hours (Sold Out Of Sequence)", kVolumeOnly},
    {14, "Intermarket Sweep", kMovesAll},
    {15, "Market Center Official Close", kMovesNothing},
    {16, "Market Center Official Open", kMovesNothing},
    {17, "Market Center Opening Trade", kMovesAll},
    {18, "Market Center Reopening Trade", kMovesAll},
    {19, "Market Center Closing Trade", kMovesAll},
    {20, "Next Day", kVolumeOnly},
    {21, "Price Variation Trade", kVolumeOnly},
    {22, "Prior Reference Price", kNotOpenClose},
    {23, "Rule 155 Trade (AMEX)", kMovesAll},
    {24, "Rule 127 (NYSE Only)", kMovesAll},
    {25, "Opening Prints", kMovesAll},
    {27, "Stopped Stock (Regular Trade)", kMovesAll},
    {28, "Re-Opening Prints", kMovesAll},
    {29, "Seller", kVolumeOnly},
    {30, "Sold Last", kMovesAll},
    {31, "Sold Last and Stopped Stock", kMovesAll},
    {32, "Sold (Out Of Sequence)", kNotOpenClose},
    {33, "Sold (Out of Sequence) and Stopped Stock", kNotOpenClose},
    {34, "Split Trade", kMovesAll},
    {35, "Stock Option", kMovesAll},
    {36, "Yellow Flag Regular Trade", kMovesAll},
    {37, "Odd Lot Trade", kVolumeOnly},
    {38, "Corrected Consolidated Close (per listing market)", kPricesOnly},
    {41, "Trade Thru Exempt", kMovesAll},
    {52, "Contingent Trade", kVolumeOnly},
    {53, "Qualified Contingent Trade (QCT)", kVolumeOnly},
    {55, "Opening Reopening Trade Detail", kMovesAll},
});

inline constexpr std::size_t kSaleConditionIds = 56;  // the largest id of the table + 1

// The same table by id, without gaps.
inline constexpr auto kRulesById = [] {
  std::array<UpdateRules, kSaleConditionIds> out{};
  for (const SaleCondition& condition : kSaleConditions) out[condition.id] = condition.rules;
  return out;
}();

constexpr UpdateRules consolidated_rules(std::uint16_t condition) {
  return condition < kSaleConditionIds ? kRulesById[condition] : kMovesAll;
}

// What a trade may move in the session that holds its time.
inline UpdateRules update_rules(const ConditionList& conditions, std::int32_t correction,
                                TradingSession session) {
  if (correction != 0 && correction != 1) return kMovesNothing;
  UpdateRules rules = kMovesAll;
  for (const std::uint16_t condition : conditions.view()) {
    if (condition == kFormT && session != TradingSession::regular) continue;
    rules = rules & consolidated_rules(condition);
  }
  return rules;
}

}  // namespace tapewire
