// SPDX-License-Identifier: Apache-2.0
// Measures the change of a minute bar's close over five minutes, in percent.
#pragma once

#include "analytics/signals/signal.h"

namespace tapewire {

inline constexpr SignalDefinition kChange5m{SignalKind::change_5m, Width::m1, minutes(5),
                                            percent_change};

}  // namespace tapewire
