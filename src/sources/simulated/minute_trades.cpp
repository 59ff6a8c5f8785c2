// SPDX-License-Identifier: Apache-2.0
#include "sources/simulated/minute_trades.h"

#include <algorithm>

namespace tapewire::simulated {
namespace {

// The vendor's numbers.
constexpr std::uint16_t kAveragePrice = 2;
constexpr std::uint16_t kExtendedHours = 12;
constexpr std::uint16_t kIntermarketSweep = 14;
constexpr std::uint16_t kOpeningTrade = 17;
constexpr std::uint16_t kReopening = 28;
constexpr std::uint16_t kOutOfSequence = 32;
constexpr std::uint16_t kOddLot = 37;
constexpr std::uint16_t kTradeThruExempt = 41;

constexpr std::int64_t kSequencesPerMinute = 100'000;

enum class Kind : std::uint8_t { regular, odd_lot, average_price, out_of_sequence };

struct Print {
  Kind kind = Kind::odd_lot;
  std::int32_t price = 0;
  std::int64_t size = 0;
};

// So many round lots fit when every other trade has at least one share.
std::int64_t round_lots_at_most(const MinuteRow& row) {
  return std::min<std::int64_t>(row.transactions,
                                (row.volume - row.transactions) / (kRoundLot - 1));
}

bool rises_above(const MinuteRow& row) { return row.high > std::max(row.open, row.close); }
bool falls_below(const MinuteRow& row) { return row.low < std::min(row.open, row.close); }

// Trades that the four prices need.
std::int64_t regular_at_least(const MinuteRow& row) {
  if (row.open == row.close && !rises_above(row) && !falls_below(row)) return 1;
  return 2 + (rises_above(row) ? 1 : 0) + (falls_below(row) ? 1 : 0);
}

std::vector<Print> draw_kinds(const MinuteRow& row, std::int64_t lots, Random& random) {
  const std::int64_t needed = regular_at_least(row);
  std::vector<Print> prints(static_cast<std::size_t>(row.transactions));
  std::int64_t lots_left = lots, regular_left = lots, left = row.transactions;
  for (Print& print : prints) {
    const bool is_lot = random.whole(1, left--) <= lots_left;
    if (!is_lot) continue;
    --lots_left;
    print.kind = Kind::regular;
    if (regular_left <= needed) continue;
    const double what = random.uniform();
    if (what >= 0.012) continue;
    print.kind = what < 0.004 ? Kind::average_price : Kind::out_of_sequence;
    --regular_left;
  }
  return prints;
}

// Odd lots are mostly small; what they leave goes to the round lots, in hundreds as a rule.
void draw_sizes(std::vector<Print>& prints, std::int64_t volume, std::int64_t lots,
                Random& random) {
  std::int64_t odd_left = static_cast<std::int64_t>(prints.size()) - lots;
  std::int64_t left = volume - lots * kRoundLot;
  for (Print& print : prints) {
    if (print.kind != Kind::odd_lot) continue;
    const double small = random.uniform();
    print.size = std::min({1 + static_cast<std::int64_t>(small * small * (kRoundLot - 2)),
                           kRoundLot - 1, left - --odd_left});
    left -= print.size;
  }
  for (Print& print : prints) {
    if (print.kind == Kind::odd_lot) continue;
    std::int64_t more = lots == 1 ? left : random.whole(0, std::min(left, 2 * left / lots));
    if (lots > 1 && random.chance(0.8)) more -= more % kRoundLot;
    print.size = kRoundLot + more;
    left -= more;
    --lots;
  }
}

void draw_prices(std::vector<Print>& prints, const MinuteRow& row, Random& random) {
  const auto within = [&](std::int32_t beyond) {
    const std::int64_t cents = random.whole(row.low - beyond, row.high + beyond);
    return static_cast<std::int32_t>(std::max<std::int64_t>(1, cents));
  };
  std::vector<Print*> regular;
  for (Print& print : prints) {
    switch (print.kind) {
      case Kind::regular: regular.push_back(&print); [[fallthrough]];
      case Kind::out_of_sequence: print.price = within(0); break;
      case Kind::odd_lot: print.price = within(random.chance(0.1) ? 2 : 0); break;
      case Kind::average_price: print.price = within(1 + row.low / 200); break;
    }
  }
  const auto last = static_cast<std::int64_t>(regular.size()) - 1;
  std::int64_t at = last;
  if (rises_above(row)) {
    at = random.whole(1, last - 1);
    regular[static_cast<std::size_t>(at)]->price = row.high;
  }
  if (falls_below(row)) {
    // Any place between the first and the last but the one that holds the high.
    std::int64_t below = random.whole(1, at == last ? last - 1 : last - 2);
    if (below >= at) ++below;
    regular[static_cast<std::size_t>(below)]->price = row.low;
  }
  regular.front()->price = row.open;
  regular.back()->price = row.close;
}

ConditionList conditions_of(const TradedMinute& minute, Kind kind, bool first_regular,
                            Random& random) {
  ConditionList out;
  const auto add = [&](std::uint16_t condition) { (void)out.add(condition); };
  const bool sweep = kind == Kind::regular && random.chance(0.3);
  if (first_regular && minute.opening) add(kOpeningTrade);
  if (first_regular && minute.reopening) add(kReopening);
  if (sweep) add(kIntermarketSweep);
  if (!minute.regular) add(kExtendedHours);
  switch (kind) {
    case Kind::regular: break;
    case Kind::odd_lot: add(kOddLot); break;
    case Kind::average_price: add(kAveragePrice); break;
    case Kind::out_of_sequence: add(kOutOfSequence); break;
  }
  if (sweep) add(kTradeThruExempt);
  return out;
}

}  // namespace

void narrow_to_trades(MinuteRow& row) {
  const std::int64_t lots = round_lots_at_most(row);
  if (lots == 1) row.open = row.close;
  const auto [low, high] = std::minmax(row.open, row.close);
  row.high = lots < 4 ? high : std::max(row.high, high);
  row.low = lots < 4 ? low : std::min(row.low, low);
}

void make_trades(const TradedMinute& minute, const MinuteRow& row, Random& random,
                 std::vector<Trade>& out) {
  const auto wanted = static_cast<std::int64_t>(row.transactions * random.between(0.4, 0.7));
  const std::int64_t lots = std::clamp(wanted, regular_at_least(row), round_lots_at_most(row));
  std::vector<Print> prints = draw_kinds(row, lots, random);
  draw_sizes(prints, row.volume, lots, random);
  draw_prices(prints, row, random);
  const std::int64_t slot = minutes(1).ns / row.transactions;
  bool regular_seen = false;
  std::int64_t i = 0;
  for (const Print& print : prints) {
    Trade trade;
    trade.symbol = minute.symbol;
    trade.time = minute.start + Duration{slot * i + random.whole(0, slot / 2)};
    trade.price = Price{std::int64_t{print.price} * 10'000'000};
    trade.size = whole_quantity(print.size);
    trade.sequence = std::int64_t{row.minute} * kSequencesPerMinute + i;
    trade.id = TradeId(std::to_string(trade.sequence));
    const bool regular = print.kind == Kind::regular;
    trade.conditions = conditions_of(minute, print.kind, regular && !regular_seen, random);
    if (print.kind == Kind::out_of_sequence) {
      trade.participant_time = trade.time - seconds(random.whole(2, 90));
    }
    regular_seen = regular_seen || regular;
    trade.exchange = static_cast<std::int32_t>(random.whole(1, 20));
    trade.tape = 3;
    trade.source = SourceName("simulated");
    out.push_back(trade);
    ++i;
  }
}

}  // namespace tapewire::simulated
