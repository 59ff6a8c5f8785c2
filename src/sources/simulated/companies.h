// SPDX-License-Identifier: Apache-2.0
// Invents the companies of the simulated market: names, tickers and how their shares behave.
//
// Units: prices in dollars, volatility as standard deviation of the daily log return, volume in shares a day.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/symbol.h"

namespace tapewire::simulated {

struct Company {
  Symbol symbol;
  std::string name;
  std::string sector;
  double first_price = 0;
  double beta = 1;
  double daily_volatility = 0;  // of its own, beside the market's
  double daily_volume = 0;
  double activity = 1;  // share of regular minutes in which it trades
  double extended_activity = 0;  // the same before and after regular hours
};

// Ordered by symbol; symbols are unique.
std::vector<Company> invent_companies(std::uint64_t seed, std::size_t count);

}  // namespace tapewire::simulated
