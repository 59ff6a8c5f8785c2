// SPDX-License-Identifier: Apache-2.0
#include "sources/simulated/market.h"

#include <algorithm>
#include <cmath>

#include "sources/simulated/random.h"

namespace tapewire::simulated {
namespace {

constexpr double kMarketDailyVolatility = 0.009;
constexpr std::uint64_t kFactorStream = 3;
constexpr std::uint64_t kCompanyStream = 4;
constexpr std::uint64_t kTradeStream = 5;

std::size_t minutes_between(Timestamp a, Timestamp b) {
  return static_cast<std::size_t>((b - a).ns / minutes(1).ns);
}

// Now and then a step three times as wide, as real returns have.
double fat_tailed(Random& random) { return random.normal() * (random.chance(0.02) ? 3.0 : 0.92); }

// Weight of volatility by minute of the day: a U over regular hours, small outside; mean square 1 over
// the regular session.
std::vector<double> volatility_shape(const SessionHours& hours) {
  const std::size_t first = minutes_between(hours.pre_market_open, hours.open);
  const std::size_t regular = minutes_between(hours.open, hours.close);
  const std::size_t all = minutes_between(hours.pre_market_open, hours.after_hours_close);
  std::vector<double> shape(all, 0.25);
  double square = 0;
  for (std::size_t i = 0; i < regular; ++i) {
    const double x = 2.0 * (static_cast<double>(i) + 0.5) / static_cast<double>(regular) - 1.0;
    const double opening = 1.3 * std::exp(-static_cast<double>(i) / 12.0);
    shape[first + i] = 0.7 + 0.8 * x * x + opening;
    square += shape[first + i] * shape[first + i];
  }
  const double scale = std::sqrt(static_cast<double>(regular) / square);
  for (std::size_t i = 0; i < regular; ++i) shape[first + i] *= scale;
  return shape;
}

std::int32_t cents(double log_price) {
  return static_cast<std::int32_t>(
      std::clamp(std::llround(std::exp(log_price) * 100.0), 1LL, 2'000'000'000LL));
}

}  // namespace

Market::Market(MarketOptions options)
    : options_(options),
      companies_(invent_companies(options.seed, options.symbols)),
      next_(options.start) {
  for (const Company& company : companies_) log_price_.push_back(std::log(company.first_price));
  if (!calendar().is_trading_day(next_)) next_ = calendar().next_trading_day(next_);
  day_.rows.resize(companies_.size());
}

const MarketDay& Market::next_day() {
  day_.date = next_;
  day_.hours = *calendar().hours(next_);
  next_ = calendar().next_trading_day(next_);
  day_.wire = plan_wire(options_.seed, companies_, day_.date, day_.hours);
  const std::vector<double> shape = volatility_shape(day_.hours);
  const double regular = static_cast<double>(minutes_between(day_.hours.open, day_.hours.close));
  Random random{options_.seed, kFactorStream, static_cast<std::uint64_t>(day_.date.days)};
  std::vector<double> factor(shape.size());
  for (std::size_t i = 0; i < factor.size(); ++i) {
    factor[i] = kMarketDailyVolatility / std::sqrt(regular) * shape[i] * fat_tailed(random);
  }
  for (std::size_t i = 0; i < companies_.size(); ++i) simulate_company(i, factor, shape);
  return day_;
}

void Market::simulate_company(std::size_t index, const std::vector<double>& factor,
                              const std::vector<double>& shape) {
  const Company& company = companies_[index];
  const SessionHours& hours = day_.hours;
  Random random{options_.seed, kCompanyStream, static_cast<std::uint64_t>(day_.date.days), index};
  const std::size_t first = minutes_between(hours.pre_market_open, hours.open);
  const std::size_t last = minutes_between(hours.pre_market_open, hours.close);
  const double regular = static_cast<double>(last - first);
  const double step = company.daily_volatility / std::sqrt(regular);

  effect_.assign(shape.size(), 0.0);
  for (const Effect& effect : day_.wire.effects) {
    if (effect.company != index) continue;
    const std::size_t begin = minutes_between(hours.pre_market_open, effect.from);
    const std::size_t end =
        std::min(effect_.size(), minutes_between(hours.pre_market_open, effect.to));
    const bool leaked = effect.shape == Shape::leaked;
    const std::size_t news = leaked ? begin + 30 : begin;
    for (std::size_t i = begin; leaked && i < news; ++i) effect_[i] += effect.leaked / 30.0;
    const double rest = (effect.size - effect.leaked) /
                        static_cast<double>(leaked ? 1 : std::max<std::size_t>(1, end - begin));
    for (std::size_t i = news; i < (leaked ? news + 1 : end) && i < effect_.size(); ++i)
      effect_[i] += rest;
  }
  std::vector<MinuteRow>& rows = day_.rows[index];
  rows.clear();
  double price = log_price_[index] + 0.4 * company.daily_volatility * random.normal();  // overnight
  const double activity_scale = company.daily_volume / regular;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool in_session = i >= first && i < last;
    const double sigma = step * shape[i] * (effect_[i] != 0 ? 1.6 : 1.0);
    const double before = price;
    price += company.beta * factor[i] + sigma * fat_tailed(random) + effect_[i];
    const Timestamp start = hours.pre_market_open + minutes(static_cast<std::int64_t>(i));
    const bool halted = std::ranges::any_of(day_.wire.halts, [&](const Halt& halt) {
      return halt.company == index && start >= halt.from && start < halt.to;
    });
    if (halted) {
      price = before;
      continue;
    }
    if (!random.chance(in_session ? company.activity : company.extended_activity)) continue;
    const double opened = before + 0.15 * sigma * random.normal();
    const double gap = price - opened;
    const double spread = 2.0 * sigma * sigma;
    const double high =
        0.5 * (opened + price + std::sqrt(gap * gap - spread * std::log(1.0 - random.uniform())));
    const double low =
        0.5 * (opened + price - std::sqrt(gap * gap - spread * std::log(1.0 - random.uniform())));
    MinuteRow row;
    row.minute = static_cast<std::int32_t>(i);
    row.open = cents(opened);
    row.close = cents(price);
    row.high = std::max({cents(high), row.open, row.close});
    row.low = std::min({cents(low), row.open, row.close});
    const double surge = 1.0 + 18.0 * std::abs(effect_[i]) / (company.daily_volatility + 0.002);
    const double base = in_session ? activity_scale * shape[i] * shape[i] : activity_scale * 0.05;
    row.volume = std::max<std::int64_t>(
        1, std::llround(base * surge * std::exp(0.6 * random.normal() - 0.18)));
    row.transactions = static_cast<std::int32_t>(std::clamp<double>(
        static_cast<double>(row.volume) / (70.0 + 60.0 * random.uniform()), 1.0, 20'000.0));
    // Few trades cannot have visited more prices than there are trades.
    if (row.transactions == 1) row.open = row.close;
    if (row.transactions < 4) {
      row.high = std::max(row.open, row.close);
      row.low = std::min(row.open, row.close);
    }
    rows.push_back(row);
  }
  log_price_[index] = price;
}

Bar Market::bar(std::size_t company, const MinuteRow& row) const {
  const auto price = [](std::int32_t c) { return Price{std::int64_t{c} * 10'000'000}; };
  Bar bar;
  bar.symbol = companies_[company].symbol;
  bar.start = day_.hours.pre_market_open + minutes(row.minute);
  bar.end = bar.start + minutes(1);
  bar.open = price(row.open);
  bar.high = price(row.high);
  bar.low = price(row.low);
  bar.close = price(row.close);
  bar.volume = whole_quantity(row.volume);
  bar.transactions = row.transactions;
  bar.source = SourceName("simulated");
  return bar;
}

void Market::trades(std::size_t company, const MinuteRow& row, std::vector<Trade>& out) const {
  Random random{options_.seed, kTradeStream, static_cast<std::uint64_t>(day_.date.days), company,
                static_cast<std::uint64_t>(row.minute)};
  const auto count = static_cast<std::size_t>(
      std::clamp<std::int64_t>(std::min<std::int64_t>(row.transactions, row.volume), 1, 40));
  // Open first, close last, high and low somewhere between them.
  std::vector<std::int32_t> prices{row.open};
  for (std::size_t i = 1; i + 1 < count; ++i) {
    prices.push_back(static_cast<std::int32_t>(random.whole(row.low, row.high)));
  }
  if (count >= 4) {
    prices[1 + static_cast<std::size_t>(random.whole(0, static_cast<std::int64_t>(count) - 3))] =
        row.high;
    std::size_t at =
        1 + static_cast<std::size_t>(random.whole(0, static_cast<std::int64_t>(count) - 3));
    if (prices[at] == row.high) at = at == 1 ? 2 : at - 1;
    prices[at] = row.low;
  }
  if (count >= 2) prices.push_back(row.close);
  const Timestamp start = day_.hours.pre_market_open + minutes(row.minute);
  const std::int64_t slot = minutes(1).ns / static_cast<std::int64_t>(prices.size());
  std::int64_t left = row.volume;
  for (std::size_t i = 0; i < prices.size(); ++i) {
    const auto rest = static_cast<std::int64_t>(prices.size() - i);
    const std::int64_t size =
        rest == 1 ? left
                  : std::clamp<std::int64_t>(
                        left / rest + random.whole(-left / rest / 2, left / rest / 2), 1,
                        left - rest + 1);
    left -= size;
    Trade trade;
    trade.symbol = companies_[company].symbol;
    trade.time = start + Duration{slot * static_cast<std::int64_t>(i) + random.whole(0, slot / 2)};
    trade.price = Price{std::int64_t{prices[i]} * 10'000'000};
    trade.size = whole_quantity(size);
    trade.sequence = std::int64_t{row.minute} * 1'000 + static_cast<std::int64_t>(i);
    trade.id = TradeId(std::to_string(trade.sequence));
    trade.exchange = static_cast<std::int32_t>(random.whole(1, 20));
    trade.tape = 3;
    trade.source = SourceName("simulated");
    out.push_back(trade);
  }
}

}  // namespace tapewire::simulated
