// SPDX-License-Identifier: Apache-2.0
// Holds the open and still revisable windows of a second and of a minute of one symbol.
//
// Second:  the vendor's bar where it sent one, else the trades of that second.
// Minute:  the trades of that minute; a bar of the vendor makes it needless.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "analytics/trade_sums.h"
#include "model/bar.h"
#include "stream/window_series.h"

namespace tapewire {

// A second bar as the vendor sent it.
struct VendorSecond {
  Price open, high, low, close;
  Quantity volume;
  std::optional<Price> vwap;
  std::optional<std::int64_t> transactions;
  std::uint64_t extras = 0;  // fingerprint of the further fields
  friend bool operator==(const VendorSecond&, const VendorSecond&) = default;
};

// Two cache lines, for there is one per symbol and second.
struct SecondWindow {
  [[no_unique_address]] TradeSums trades;  // lends its tail to the next members
  std::uint16_t revision = 0;
  std::uint16_t signal_revision = 0;  // where no minute ends; else with the minute
  std::uint8_t source = 0;
  Timestamp end;
  std::unique_ptr<VendorSecond> vendor;

  [[nodiscard]] bool has_bar() const { return vendor || trades.has_bar(); }
  [[nodiscard]] Price close() const { return vendor ? vendor->close : trades.close(); }
};
static_assert(sizeof(SecondWindow) == 128);

struct MinuteWindow {
  Timestamp end;
  TradeSums trades;
  std::uint8_t source = 0;
};

struct TickWindows {
  WindowSeries<SecondWindow> seconds;
  WindowSeries<MinuteWindow> minutes;
};

}  // namespace tapewire
