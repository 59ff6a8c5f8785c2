// SPDX-License-Identifier: Apache-2.0
#include "stream/window_series.h"

#include <string>

#include <gtest/gtest.h>

namespace tapewire {
namespace {

struct Window {
  Timestamp end;
  int value = 0;
};

std::string ends(const WindowSeries<Window>& series) {
  std::string out;
  for (std::size_t i = 0; i < series.size(); ++i) out += std::to_string(series[i].end.ns) + " ";
  return out;
}

TEST(WindowSeries, StaysSortedWhateverTheArrival) {
  WindowSeries<Window> series;
  for (const std::int64_t end : {30, 10, 20, 40, 5}) {
    EXPECT_TRUE(series.find_or_add({end}).second) << end;
    EXPECT_FALSE(series.find_or_add({end}).second) << end;
  }
  EXPECT_EQ(ends(series), "5 10 20 30 40 ");
}

TEST(WindowSeries, FindsExactlyOrTheLatestBefore) {
  WindowSeries<Window> series;
  EXPECT_EQ(series.at_or_before({100}), series.kNone);
  for (const std::int64_t end : {10, 20, 30})
    series.find_or_add({end}).first->value = static_cast<int>(end);
  EXPECT_EQ(series.find({20})->value, 20);
  EXPECT_EQ(series.find({21}), nullptr);
  EXPECT_EQ(series.at_or_before({9}), series.kNone);
  EXPECT_EQ(series[series.at_or_before({10})].value, 10);
  EXPECT_EQ(series[series.at_or_before({29})].value, 20);
  EXPECT_EQ(series[series.at_or_before({99})].value, 30);
}

TEST(WindowSeries, DropsTheOldestUpToTheLatestThatIsNeeded) {
  struct Case {
    std::int64_t through;
    int needed;  // 0: none, 1: all, else the window that ends then
    const char* expected;
  };
  for (const Case& c :
       {Case{9, 1, "10 20 30 "}, Case{20, 1, "20 30 "}, Case{20, 0, "30 "},
        Case{20, 10, "10 20 30 "}, Case{99, 20, "20 30 "}, Case{99, 1, "30 "}, Case{99, 0, ""}}) {
    WindowSeries<Window> series;
    for (const std::int64_t end : {10, 20, 30}) series.find_or_add({end});
    series.drop_oldest(series.expired(
        {c.through}, [&](const Window& w) { return c.needed == 1 || w.end.ns == c.needed; }));
    EXPECT_EQ(ends(series), c.expected) << c.through << " " << c.needed;
  }
}

}  // namespace
}  // namespace tapewire
