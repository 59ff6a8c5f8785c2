// SPDX-License-Identifier: Apache-2.0
#include "analytics/signals/delta_10s.h"

#include "analytics/signals/signal_test_support.h"

namespace tapewire {
namespace {

TEST(Delta10s, ComparesWithTheLatestCloseThatFarBack) {
  EXPECT_EQ(signal_values(kDelta10s, {{0, 100}, {9, 105}, {10, 110}, {11, 120}, {20, 88}}),
            (SignalValueMap{{10, 10.0}, {11, 20.0}, {20, -22.0}}));
}

TEST(Delta10s, IsAbsentWithoutAReference) {
  EXPECT_EQ(signal_values(kDelta10s, {{0, 100}, {9, 200}}), SignalValueMap{});
}

}  // namespace
}  // namespace tapewire
