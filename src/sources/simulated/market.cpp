// SPDX-License-Identifier: Apache-2.0
#include "sources/simulated/market.h"

#include <algorithm>
#include <cmath>
#include <utility>

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

// A minute that must trade has trades enough to show each of its prices.
MinuteRow draw_row(double before, double after, double sigma, double usual_volume, bool must_trade,
                   Random& random) {
  const double opened = before + 0.15 * sigma * random.normal();
  const double gap = after - opened;
  const double spread = 2.0 * sigma * sigma;
  const double high =
      0.5 * (opened + after + std::sqrt(gap * gap - spread * std::log(1.0 - random.uniform())));
  const double low =
      0.5 * (opened + after - std::sqrt(gap * gap - spread * std::log(1.0 - random.uniform())));
  MinuteRow row;
  row.open = cents(opened);
  row.close = cents(after);
  row.high = cents(high);
  row.low = cents(low);
  row.volume =
      std::max<std::int64_t>(must_trade ? 6 * kRoundLot : kRoundLot,
                             std::llround(usual_volume * std::exp(0.6 * random.normal() - 0.18)));
  row.transactions = static_cast<std::int32_t>(std::clamp<double>(
      static_cast<double>(row.volume) / (70.0 + 60.0 * random.uniform()), 1.0, 20'000.0));
  narrow_to_trades(row);
  return row;
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
  // What came out after the last close moves this day, and what comes out after this close the next.
  day_.effects = std::exchange(overnight_, {});
  for (const Effect& effect : day_.wire.effects) {
    (effect.from < day_.hours.close ? day_.effects : overnight_).push_back(effect);
  }
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

std::size_t Market::minute_of(Timestamp t) const {
  return minutes_between(day_.hours.pre_market_open, t);
}

void Market::spread_effects(std::size_t index) {
  std::ranges::fill(minutes_, MinutePlan{});
  for (const Effect& effect : day_.effects) {
    if (effect.company != index) continue;
    const std::size_t begin = minute_of(effect.from), end = minute_of(effect.to);
    const bool leaked = effect.shape == Shape::leaked;
    const std::size_t news = leaked ? end - 1 : begin;
    const std::size_t known = begin + kLeakMinutes;
    for (std::size_t i = begin; leaked && i < known; ++i) {
      minutes_[i].effect += effect.leaked / static_cast<double>(kLeakMinutes);
    }
    if (leaked) minutes_[known - 1].must_trade = true;
    const double rest = (effect.size - effect.leaked) / static_cast<double>(end - news);
    for (std::size_t i = news; i < end; ++i) minutes_[i].effect += rest;
    minutes_[end - 1].must_trade = true;
  }
  for (const Halt& halt : day_.wire.halts) {
    if (halt.company != index) continue;
    const std::size_t begin = minute_of(halt.from), end = minute_of(halt.to);
    for (std::size_t i = begin; i < end; ++i) minutes_[i].halted = true;
    minutes_[begin - 1].must_trade = minutes_[end].must_trade = true;
  }
}

void Market::simulate_company(std::size_t index, const std::vector<double>& factor,
                              const std::vector<double>& shape) {
  const Company& company = companies_[index];
  Random random{options_.seed, kCompanyStream, static_cast<std::uint64_t>(day_.date.days), index};
  const std::size_t first = minute_of(day_.hours.open), last = minute_of(day_.hours.close);
  const double regular = static_cast<double>(last - first);
  const double step = company.daily_volatility / std::sqrt(regular);
  minutes_.resize(shape.size());
  spread_effects(index);
  std::vector<MinuteRow>& rows = day_.rows[index];
  rows.clear();
  double price = log_price_[index] + 0.4 * company.daily_volatility * random.normal();  // overnight
  const double volume = company.daily_volume / (regular * company.activity);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const MinutePlan& plan = minutes_[i];
    const bool in_session = i >= first && i < last;
    const double sigma = step * shape[i] * (plan.effect != 0 ? 1.6 : 1.0);
    const double before = price;
    price += company.beta * factor[i] + sigma * fat_tailed(random) + plan.effect;
    if (plan.halted) {
      price = before;
      continue;
    }
    const bool active = random.chance(in_session ? company.activity : company.extended_activity);
    if (!active && !plan.must_trade) continue;
    const double surge = 1.0 + 18.0 * std::abs(plan.effect) / (company.daily_volatility + 0.002);
    const double usual = volume * surge * (in_session ? shape[i] * shape[i] : 0.05);
    MinuteRow row = draw_row(before, price, sigma, usual, plan.must_trade, random);
    row.minute = static_cast<std::int32_t>(i);
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
  TradedMinute minute;
  minute.symbol = companies_[company].symbol;
  minute.start = day_.hours.pre_market_open + minutes(row.minute);
  minute.regular = minute.start >= day_.hours.open && minute.start < day_.hours.close;
  minute.opening = minute.start == day_.hours.open;
  minute.reopening = std::ranges::any_of(day_.wire.halts, [&](const Halt& halt) {
    return halt.company == company && halt.to == minute.start;
  });
  make_trades(minute, row, random, out);
}

}  // namespace tapewire::simulated
