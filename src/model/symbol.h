// SPDX-License-Identifier: Apache-2.0
// Names an instrument in its canonical spelling: AAPL, BRK.A, O:SPY241220P00720000, BINANCE:BTCUSDT.
//
// Shape: 1 to 31 bytes of printable ASCII, no spaces; validation enforces it (model/validate.h).
#pragma once

#include "base/inline_string.h"

namespace tapewire {

using Symbol = InlineString<31>;

}  // namespace tapewire
