// SPDX-License-Identifier: Apache-2.0
// Measures the difference of a second bar's close to that of ten seconds before, in currency units.
#pragma once

#include "analytics/signals/signal.h"

namespace tapewire {

inline constexpr SignalDefinition kDelta10s{SignalKind::delta_10s, Width::s1, seconds(10),
                                            price_difference};

}  // namespace tapewire
