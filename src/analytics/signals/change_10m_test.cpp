// SPDX-License-Identifier: Apache-2.0
#include "analytics/signals/change_10m.h"

#include "analytics/signals/signal_test_support.h"

namespace tapewire {
namespace {

TEST(Change10m, ComparesWithTheLatestCloseThatFarBack) {
  EXPECT_EQ(signal_values(kChange10m, {{0, 100}, {9, 105}, {10, 110}, {11, 120}, {20, 88}}),
            (SignalValueMap{{10, 10.0}, {11, 20.0}, {20, -20.0}}));
}

TEST(Change10m, IsAbsentWithoutAReference) {
  EXPECT_EQ(signal_values(kChange10m, {{0, 100}, {9, 200}}), SignalValueMap{});
}

}  // namespace
}  // namespace tapewire
