// SPDX-License-Identifier: Apache-2.0
// Random batches against the plainest model there is: one map entry per key.
#include <map>
#include <random>

#include <gmock/gmock.h>

#include "store/store_test_support.h"

namespace tapewire {
namespace {

using Key = std::pair<std::string, std::int64_t>;

struct Model {
  std::map<std::pair<int, Key>, Bar> bars;
  std::map<Key, SignalSet> signals;

  void put(const Bar& bar) {
    const auto key = std::pair(static_cast<int>(bar.width), Key(bar.symbol.str(), bar.start.ns));
    const auto found = bars.find(key);
    if (found == bars.end()) {
      bars[key] = bar;
      return;
    }
    Bar& now = found->second;
    if (bar.origin < now.origin) return;
    const bool equal = bar.origin == now.origin && bar.close == now.close &&
                       bar.volume == now.volume && bar.vwap == now.vwap;
    if (equal) return;
    const int revision = std::max(now.revision + 1, bar.revision);
    now = bar;
    now.revision = revision;
  }
  void put(const SignalSet& set) {
    const Key key(set.symbol.str(), set.time.ns);
    const auto found = signals.find(key);
    if (found == signals.end()) {
      signals[key] = set;
      return;
    }
    SignalSet next = set;
    for (std::size_t i = 0; set.revision == 0 && i < kSignalKinds; ++i) {
      if (!next.values[i]) next.values[i] = found->second.values[i];
    }
    if (next.values == found->second.values) return;
    next.revision = std::max(found->second.revision + 1, set.revision);
    found->second = next;
  }
};

class ModelTest : public StoreTest, public ::testing::WithParamInterface<unsigned> {
 protected:
  Bar random_bar(std::mt19937& random) {
    static constexpr std::array<std::string_view, 5> kSymbols{"AAPL", "MSFT", "BRK.A",
                                                              "O:SPY241220P00720000", "Z"};
    Bar bar = make_bar(kSymbols[random() % kSymbols.size()], "2019-02-13T14:30:00Z",
                       100 + static_cast<double>(random() % 3));
    bar.width = random() % 4 == 0 ? Width::m5 : Width::m1;
    bar.start = bar.start + days(static_cast<std::int64_t>(random() % 4)) +
                minutes(static_cast<std::int64_t>(random() % 8) * 5);
    bar.end = bar.start + span_of(bar.width);
    bar.origin = static_cast<Origin>(random() % 3);
    if (random() % 3 == 0) bar.vwap = whole_price(static_cast<std::int64_t>(random() % 2));
    bar.revision = random() % 4 == 0 ? static_cast<std::int32_t>(random() % 3) : 0;
    return bar;
  }
  void compare(const Model& model) {
    std::vector<Bar> expected, found;
    for (const auto& [key, bar] : model.bars) expected.push_back(bar);
    std::map<std::pair<int, Key>, Bar> sorted;
    const auto symbols = store_->symbols();
    ASSERT_TRUE(symbols);
    for (const SymbolRow& row : *symbols) {
      for (const Width width : row.widths) {
        const auto bars =
            store_->bars({.symbol = row.symbol, .width = width, .from = {}, .to = {}});
        ASSERT_TRUE(bars) << bars.error().message;
        for (const Bar& bar : *bars)
          sorted[{static_cast<int>(width), {row.symbol, bar.start.ns}}] = bar;
      }
    }
    for (const auto& [key, bar] : sorted) found.push_back(bar);
    ASSERT_EQ(found, expected);
    std::size_t values = 0;
    for (const auto& [key, set] : model.signals) {
      for (const auto& value : set.values) values += value ? 1U : 0U;
    }
    EXPECT_EQ(rows("SELECT count(*) FROM signals"), std::to_string(values) + "\n");
    for (const auto& [key, set] : model.signals) {
      const auto signals = store_->signals(
          {.symbol = key.first, .kind = {}, .from = set.time, .to = set.time + seconds(1)});
      ASSERT_TRUE(signals) << signals.error().message;
      SignalSet back;
      for (const SignalRow& row : signals->signals)
        back.values[static_cast<std::size_t>(row.kind)] = row.value;
      ASSERT_EQ(back.values, set.values);
    }
    EXPECT_EQ(rows("SELECT count(*) FROM bars"), std::to_string(expected.size()) + "\n");
    EXPECT_EQ(findings(), "");
  }
};

TEST_P(ModelTest, AgreesWithTheMap) {
  std::mt19937 random(GetParam());
  open();
  Model model;
  std::uint64_t offset = 0;
  for (int step = 0; step < 20; ++step) {
    StoreBatch batch;
    for (std::size_t i = random() % 40; i > 0; --i) {
      batch.bars.push_back(stored(random_bar(random), static_cast<RunId>(random() % 3)));
      model.put(batch.bars.back().bar);
    }
    for (std::size_t i = random() % 10; i > 0; --i) {
      SignalSet set =
          make_signals(random() % 2 == 0 ? "AAPL" : "MSFT", "2019-02-13T14:31:00Z", std::nullopt);
      set.time = set.time + minutes(static_cast<std::int64_t>(random() % 5)) +
                 days(static_cast<std::int64_t>(random() % 3));
      set.values[random() % kSignalKinds] = static_cast<double>(random() % 3);
      set.revision = static_cast<std::int32_t>(random() % 3 == 0 ? 1 : 0);
      batch.signals.push_back({set, 1});
      model.put(set);
    }
    batch.offsets = {{"bars", ++offset}};
    apply(batch);
    if (random() % 4 == 0) apply(batch);
    if (random() % 5 == 0) reopen();
    if (random() % 6 == 0) {
      finish_before("2019-02-1" + std::to_string(4 + random() % 4));
    }
    if (step % 8 != 7 && step != 19) continue;
    SCOPED_TRACE("seed " + std::to_string(GetParam()) + " step " + std::to_string(step));
    ASSERT_NO_FATAL_FAILURE(compare(model));
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ModelTest, ::testing::Range(1U, 5U));

}  // namespace
}  // namespace tapewire
