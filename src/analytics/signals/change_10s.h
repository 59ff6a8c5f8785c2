// SPDX-License-Identifier: Apache-2.0
// Measures the change of a second bar's close over ten seconds, in percent.
#pragma once

#include "analytics/signals/signal.h"

namespace tapewire {

inline constexpr SignalDefinition kChange10s{SignalKind::change_10s, Width::s1, seconds(10),
                                             percent_change};

}  // namespace tapewire
