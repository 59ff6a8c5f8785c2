// SPDX-License-Identifier: Apache-2.0
// Measures the change of a minute bar's close over fifteen minutes, in percent.
#pragma once

#include "analytics/signals/signal.h"

namespace tapewire {

inline constexpr SignalDefinition kChange15m{SignalKind::change_15m, Width::m1, minutes(15),
                                             percent_change};

}  // namespace tapewire
