// SPDX-License-Identifier: Apache-2.0
// Simulates a market day by day: one-minute bars and, when wanted, the trades they are made of.
//
// Model:  log price = beta x market factor + own noise, both with the day's U shape of volatility and mixed
//         normal tails; planted effects of the wire on top; volume follows the same U and |return|.
//         The high and low of a minute are exact extremes of a Brownian bridge between open and close.
//         A minute in which something planted shows trades in every symbol; a halted one in none.
// Order:  days in calendar order; rows of a company by time.
// Memory: one day, 40 bytes a bar.
// Threads: one.
#pragma once

#include <cstdint>
#include <vector>

#include "model/bar.h"
#include "model/trade.h"
#include "sources/simulated/companies.h"
#include "sources/simulated/minute_trades.h"
#include "sources/simulated/wire.h"

namespace tapewire::simulated {

struct MarketOptions {
  std::uint64_t seed = 1;
  std::size_t symbols = 24;
  TradingDate start;
};

struct MarketDay {
  TradingDate date;
  SessionHours hours;
  WireDay wire;  // published on the day
  std::vector<Effect> effects;  // moving its prices: also those of the evening before
  std::vector<std::vector<MinuteRow>> rows;  // by company, then by minute
};

class Market {
 public:
  explicit Market(MarketOptions options);
  [[nodiscard]] const std::vector<Company>& companies() const { return companies_; }
  [[nodiscard]] const MarketOptions& options() const { return options_; }
  // Simulates the next trading day.
  const MarketDay& next_day();
  [[nodiscard]] const MarketDay& day() const { return day_; }

  [[nodiscard]] Bar bar(std::size_t company, const MinuteRow& row) const;
  // The trades of one minute, by time: sources/simulated/minute_trades.h.
  void trades(std::size_t company, const MinuteRow& row, std::vector<Trade>& out) const;

 private:
  struct MinutePlan {
    double effect = 0;
    bool must_trade = false;  // also in a quiet symbol: something planted shows in this minute
    bool halted = false;
  };

  [[nodiscard]] std::size_t minute_of(Timestamp t) const;
  void spread_effects(std::size_t index);
  void simulate_company(std::size_t index, const std::vector<double>& factor,
                        const std::vector<double>& shape);

  MarketOptions options_;
  std::vector<Company> companies_;
  std::vector<double> log_price_;
  std::vector<MinutePlan> minutes_;  // of the company at hand
  std::vector<Effect> overnight_;
  MarketDay day_;
  TradingDate next_;
};

}  // namespace tapewire::simulated
