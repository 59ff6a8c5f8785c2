// SPDX-License-Identifier: Apache-2.0
// Measures the change of a minute bar's close over ten minutes, in percent.
#pragma once

#include "analytics/signals/signal.h"

namespace tapewire {

inline constexpr SignalDefinition kChange10m{SignalKind::change_10m, Width::m1, minutes(10),
                                             percent_change};

}  // namespace tapewire
