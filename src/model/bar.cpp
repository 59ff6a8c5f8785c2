// SPDX-License-Identifier: Apache-2.0
#include "model/bar.h"

namespace tapewire {

bool same_values(const Bar& a, const Bar& b) {
  return a.symbol == b.symbol && a.width == b.width && a.origin == b.origin && a.start == b.start &&
         a.end == b.end && a.open == b.open && a.high == b.high && a.low == b.low &&
         a.close == b.close && a.volume == b.volume && a.vwap == b.vwap &&
         a.transactions == b.transactions && a.accumulated_volume == b.accumulated_volume &&
         a.official_open_price == b.official_open_price && a.aggregate_vwap == b.aggregate_vwap &&
         a.average_size == b.average_size && a.otc == b.otc;
}

}  // namespace tapewire
