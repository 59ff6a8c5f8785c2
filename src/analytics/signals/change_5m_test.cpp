// SPDX-License-Identifier: Apache-2.0
#include "analytics/signals/change_5m.h"

#include "analytics/signals/signal_test_support.h"

namespace tapewire {
namespace {

TEST(Change5m, ComparesWithTheLatestCloseThatFarBack) {
  EXPECT_EQ(signal_values(kChange5m, {{0, 100}, {4, 105}, {5, 110}, {6, 120}, {10, 88}}),
            (SignalValueMap{{5, 10.0}, {6, 20.0}, {10, -20.0}}));
}

TEST(Change5m, IsAbsentWithoutAReference) {
  EXPECT_EQ(signal_values(kChange5m, {{0, 100}, {4, 200}}), SignalValueMap{});
}

}  // namespace
}  // namespace tapewire
