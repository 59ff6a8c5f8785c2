// SPDX-License-Identifier: Apache-2.0
#include "analytics/signals/change_15m.h"

#include "analytics/signals/signal_test_support.h"

namespace tapewire {
namespace {

TEST(Change15m, ComparesWithTheLatestCloseThatFarBack) {
  EXPECT_EQ(signal_values(kChange15m, {{0, 100}, {14, 105}, {15, 110}, {16, 120}, {30, 88}}),
            (SignalValueMap{{15, 10.0}, {16, 20.0}, {30, -20.0}}));
}

TEST(Change15m, IsAbsentWithoutAReference) {
  EXPECT_EQ(signal_values(kChange15m, {{0, 100}, {14, 200}}), SignalValueMap{});
}

}  // namespace
}  // namespace tapewire
