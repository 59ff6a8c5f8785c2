// SPDX-License-Identifier: Apache-2.0
#include "analytics/day_parts.h"

#include <vector>

#include <gtest/gtest.h>

namespace tapewire {
namespace {

DayParts day_of(const char* date) { return DayParts(*parse_trading_date(date)); }

void put(DayParts& day, SymbolId id, Minute minute, std::int64_t close) {
  MinutePart& part = day.add(id, minute);
  part.open = part.high = part.low = part.close = close;
}

std::vector<std::int64_t> closes(const DayParts& day, SymbolId id, Minute from, Minute to) {
  std::vector<std::int64_t> out;
  day.each(id, from, to, [&](const MinutePart& part) { out.push_back(part.close); });
  return out;
}

TEST(DayParts, KnowsTheSessionsOfItsDate) {
  struct Case {
    const char* date;
    Minute minute;
    TradingSession session;
  };
  for (const Case& c : {Case{"2019-02-13", 239, TradingSession::none},
                        {"2019-02-13", 240, TradingSession::pre_market},
                        {"2019-02-13", 569, TradingSession::pre_market},
                        {"2019-02-13", 570, TradingSession::regular},
                        {"2019-02-13", 959, TradingSession::regular},
                        {"2019-02-13", 960, TradingSession::after_hours},
                        {"2019-02-13", 1199, TradingSession::after_hours},
                        {"2019-02-13", 1200, TradingSession::none},
                        {"2019-11-29", 779, TradingSession::regular},
                        {"2019-11-29", 780, TradingSession::after_hours},
                        {"2019-11-29", 1020, TradingSession::none},
                        {"2019-02-16", 600, TradingSession::none}}) {
    EXPECT_EQ(day_of(c.date).session_at(c.minute).session, c.session) << c.date << " " << c.minute;
  }
  EXPECT_EQ(day_of("2019-02-16").regular(), nullptr);
  EXPECT_EQ(day_of("2019-03-10").end() - day_of("2019-03-10").begin(), hours(23));
  EXPECT_EQ(day_of("2019-11-03").end() - day_of("2019-11-03").begin(), hours(25));
}

TEST(DayParts, FindsWhatWasAdded) {
  DayParts day = day_of("2019-11-03");
  EXPECT_EQ(day.find(3, 700), nullptr);
  EXPECT_EQ(day.latest(3, 700, 0), nullptr);
  for (const Minute m : {0U, 14U, 15U, 100U, 1499U}) put(day, 3, m, m);
  put(day, 1, 100, 7);
  EXPECT_EQ(day.parts(), 6U);
  EXPECT_EQ(day.find(3, 100)->close, 100);
  EXPECT_EQ(day.find(1, 100)->close, 7);
  EXPECT_EQ(day.find(2, 100), nullptr);
  EXPECT_EQ(day.find(3, 101), nullptr);
  EXPECT_EQ(closes(day, 3, 0, 1500), (std::vector<std::int64_t>{0, 14, 15, 100, 1499}));
  EXPECT_EQ(closes(day, 3, 1, 100), (std::vector<std::int64_t>{14, 15}));
  EXPECT_EQ(closes(day, 3, 14, 15), (std::vector<std::int64_t>{14}));
  put(day, 3, 100, 101);
  EXPECT_EQ(day.parts(), 6U);
}

TEST(DayParts, LooksBackAndAhead) {
  DayParts day = day_of("2019-02-13");
  for (const Minute m : {570U, 584U, 600U}) put(day, 0, m, m);
  struct Case {
    Minute minute, floor;
    std::int64_t expected;  // -1: none
  };
  for (const Case& c : {Case{570, 570, 570},
                        {569, 500, -1},
                        {583, 570, 570},
                        {584, 570, 584},
                        {599, 570, 584},
                        {599, 585, -1},
                        {900, 570, 600},
                        {900, 601, -1},
                        {900, 600, 600}}) {
    const MinutePart* part = day.latest(0, c.minute, c.floor);
    EXPECT_EQ(part == nullptr ? -1 : part->close, c.expected) << c.minute << " " << c.floor;
  }
  EXPECT_EQ(day.first(0, 571, 960), 584U);
  EXPECT_EQ(day.first(0, 585, 600), std::nullopt);
  EXPECT_EQ(day.first(0, 585, 601), 600U);
  EXPECT_EQ(day.first(5, 0, 1440), std::nullopt);
}

TEST(DayParts, ComesBackAsSaved) {
  DayParts day = day_of("2019-02-13");
  for (SymbolId id = 0; id < 50; id += 3) {
    for (Minute m = 570 + id; m < 900; m += 1 + id) {
      MinutePart& part = day.add(id, m);
      part.close = 100'000'000'000 + m * 10'000'000 - id;
      part.open = part.close - 5;
      part.high = kMaxDecimal18;
      part.low = -kMaxDecimal18;
      part.volume = m;
      part.flags =
          MinutePart::kVendor | MinutePart::kVwap | MinutePart::kTransactions | MinutePart::kExtras;
      part.vwap = part.close + 1;
      part.transactions = INT64_MAX;
      part.revision = 7;
      day.extras(id, m) = m * 31ULL;
    }
  }
  Bar bar;
  bar.symbol = Symbol("AAPL");
  bar.width = Width::d1;
  bar.volume = {5};
  day.set_vendor_bar(Width::d1, 3, 570, bar);
  day.revision(Width::m5, 3, 570) = 2;
  day.add_boundary(3, 600).values[3] = 1.5;
  std::string bytes;
  ByteWriter out(bytes);
  day.save(out);

  DayParts again = day_of("2019-02-13");
  ByteReader in(bytes);
  again.load(in, 50);
  ASSERT_TRUE(in.ok() && in.done());
  std::string twice;
  ByteWriter out_again(twice);
  again.save(out_again);
  EXPECT_EQ(bytes, twice);
  EXPECT_EQ(again.find(3, 573)->low, -kMaxDecimal18);
  EXPECT_EQ(again.find(3, 573)->transactions, INT64_MAX);
  EXPECT_EQ(again.extras(3, 573), 573U * 31U);
  EXPECT_EQ(again.vendor_bar(Width::d1, 3, 570)->volume, Quantity{5});
  EXPECT_EQ(again.revision_if_any(Width::m5, 3, 570), 2);
  EXPECT_EQ(again.boundary(3, 600)->values[3], 1.5);

  DayParts strict = day_of("2019-02-13");
  ByteReader fewer(bytes);
  strict.load(fewer, 10);
  EXPECT_FALSE(fewer.ok()) << "a symbol that does not exist";
}

}  // namespace
}  // namespace tapewire
