// SPDX-License-Identifier: Apache-2.0
// Defines what a change signal is: the close of a bar against an earlier close of the same symbol.
//
// Reference: the latest bar of width `on` that ended at or before `back` before the bar's end, in the same
//            session of the same New York date; without one the signal is absent.
// Units:     percent of the reference, or currency units.
#pragma once

#include <optional>

#include "base/decimal.h"
#include "base/time.h"
#include "model/record.h"
#include "model/width.h"

namespace tapewire {

struct SignalDefinition {
  SignalKind kind = SignalKind::change_5m;
  Width on = Width::m1;
  Duration back;
  std::optional<double> (*value)(Price now, Price then) = nullptr;
};

// 100 * (now - then) / then; absent against a price of zero.
inline std::optional<double> percent_change(Price now, Price then) {
  if (then.raw == 0) return std::nullopt;
  return static_cast<double>(now.raw - then.raw) / static_cast<double>(then.raw) * 100.0;
}

inline std::optional<double> price_difference(Price now, Price then) {
  return static_cast<double>(now.raw - then.raw) / 1e9;
}

}  // namespace tapewire
