// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "store/store_test_support.h"

namespace tapewire {
namespace {

constexpr Duration kHour = minutes(60);

// Sums the minutes into hours, as the pipeline would.
DayResults sum_hours(const std::vector<Bar>& parts) {
  std::map<std::pair<Symbol, std::int64_t>, Bar> hours;
  for (const Bar& part : parts) {
    if (part.width != Width::m1) continue;
    const Timestamp start = floor_to(part.start, kHour);
    const auto [at, added] = hours.try_emplace({part.symbol, start.ns}, part);
    Bar& hour = at->second;
    if (!added) hour.volume.raw += part.volume.raw;
    hour.width = Width::h1;
    hour.origin = Origin::rolled_up;
    hour.start = start;
    hour.end = start + kHour;
    hour.revision = 0;
    hour.close = part.close;
    hour.high = std::max(hour.high, part.close);
    hour.low = std::min(hour.low, part.close);
  }
  DayResults out;
  for (auto& [key, hour] : hours) out.bars.push_back(hour);
  return out;
}

class DayReconcileTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreOptions options;
    options.recompute = [this](const std::vector<Bar>& parts) {
      ++recomputed_;
      return sum_hours(parts);
    };
    open(std::move(options));
  }
  // The minutes and the hour that a run makes of them.
  void run_of(RunId run, const std::vector<std::string_view>& starts) {
    StoreBatch batch;
    std::vector<Bar> parts;
    for (const std::string_view start : starts) {
      parts.push_back(make_bar("AAPL", start, 10));
      batch.bars.push_back(stored(parts.back(), run));
    }
    for (const Bar& hour : sum_hours(parts).bars) batch.bars.push_back(stored(hour, run));
    apply(batch);
  }
  std::string hour() {
    return rows("SELECT volume / (SELECT max(volume) FROM bars_1m) AS n, revision FROM bars_1h");
  }
  int recomputed_ = 0;
};

TEST_F(DayReconcileTest, OneRunIsTakenAsItComes) {
  run_of(1, {"2019-02-13T14:30:00Z", "2019-02-13T14:31:00Z"});
  run_of(1, {"2019-02-13T15:30:00Z"});
  EXPECT_EQ(recomputed_, 0);
}

TEST_F(DayReconcileTest, ASecondRunAddsToTheFirst) {
  run_of(1, {"2019-02-13T14:30:00Z", "2019-02-13T14:31:00Z"});
  run_of(2, {"2019-02-13T14:40:00Z"});
  EXPECT_EQ(hour(), "3,1\n");
  reopen();
  run_of(1, {"2019-02-13T14:41:00Z"});
  EXPECT_EQ(hour(), "4,2\n");
}

TEST_F(DayReconcileTest, PartOfWhatIsThereChangesNothing) {
  run_of(1, {"2019-02-13T14:30:00Z", "2019-02-13T14:31:00Z", "2019-02-13T14:32:00Z"});
  run_of(2, {"2019-02-13T14:31:00Z"});
  EXPECT_EQ(hour(), "3,0\n");
}

TEST_F(DayReconcileTest, OtherDatesAndSymbolsOfASecondRunAreItsOwn) {
  run_of(1, {"2019-02-13T14:30:00Z"});
  run_of(2, {"2019-02-14T14:30:00Z"});
  StoreBatch batch;
  batch.bars.push_back(stored(make_bar("MSFT", "2019-02-13T14:30:00Z", 10), 2));
  apply(batch);
  EXPECT_EQ(recomputed_, 0);
}

TEST_F(DayReconcileTest, OfTwoBuiltBarsThatOfMoreTradesStays) {
  Bar all = make_bar("AAPL", "2019-02-13T14:30:00Z", 10, Origin::built);
  all.transactions = 5;
  Bar some = make_bar("AAPL", "2019-02-13T14:30:00Z", 11, Origin::built);
  some.transactions = 2;
  apply_bars({stored(all, 1)});
  apply_bars({stored(some, 2)});
  EXPECT_EQ(rows("SELECT close::DOUBLE, transactions FROM bars_1m"), "10,5\n");
}

}  // namespace
}  // namespace tapewire
