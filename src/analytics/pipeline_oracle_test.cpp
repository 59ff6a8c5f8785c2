// SPDX-License-Identifier: Apache-2.0
// Holds the pipeline's final values against a plain computation from all events at once.
#include <algorithm>
#include <map>
#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analytics/run_state.h"
#include "analytics/signals/change_10m.h"
#include "analytics/signals/change_10s.h"
#include "analytics/signals/change_15m.h"
#include "analytics/signals/change_5m.h"
#include "analytics/signals/delta_10s.h"
#include "model/calendar.h"

namespace tapewire {
namespace {

constexpr std::array kAllSignals = {kChange5m, kChange10m, kChange15m, kDelta10s, kChange10s};
const char* const kNames[] = {"A", "BB", "CCC", "DDDD"};

struct Event {
  std::int64_t place = 0;  // of arrival
  std::optional<Bar> bar;
  std::optional<Trade> trade;
};

using Windows = std::map<std::pair<std::string, std::int64_t>, Bar>;  // by symbol and start

Timestamp begin_of_test() {
  return calendar().hours(*parse_trading_date("2019-02-13"))->open - minutes(40);
}

Bar random_bar(std::mt19937_64& random, Width width, std::int64_t windows) {
  Bar bar;
  bar.symbol = Symbol(kNames[random() % 4]);
  bar.width = width;
  bar.start =
      begin_of_test() +
      span_of(width) * static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(windows));
  bar.end = bar.start + span_of(width);
  const auto price = [&] {
    return Price{static_cast<std::int64_t>(1 + random() % 50) * 500'000'000};
  };
  bar.open = price();
  bar.close = price();
  bar.high = std::max({bar.open, bar.close, price()});
  bar.low = std::min({bar.open, bar.close, price()});
  bar.volume = {static_cast<std::int64_t>(random() % 1000)};
  if (random() % 4 != 0) bar.vwap = price();
  if (random() % 4 != 0) bar.transactions = static_cast<std::int64_t>(random() % 100);
  return bar;
}

// Two hours around the open: vendor minutes (often twice), vendor seconds, trades; late by up to the lateness.
std::vector<Event> random_events(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Event> events;
  std::map<std::pair<std::string, std::int64_t>, std::int64_t>
      latest;  // one second's bars keep their order
  const auto late_by = [&](Duration most) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most.ns));
  };
  for (int i = 0; i < 250; ++i) {
    Bar bar = random_bar(random, Width::m1, 120);
    for (std::uint64_t again = random() % 3 + 1; again > 0; --again) {
      events.push_back(
          {bar.end.ns + late_by(random() % 4 == 0 ? minutes(60) : seconds(100)), bar, {}});
      bar.close = bar.high;
      bar.volume.raw += 1;
    }
  }
  for (int i = 0; i < 300; ++i) {
    const Bar bar = random_bar(random, Width::s1, 7200);
    events.push_back({bar.end.ns + late_by(seconds(100)), bar, {}});
  }
  for (int i = 0; i < 3000; ++i) {
    Trade trade;
    trade.symbol = Symbol(kNames[random() % 4]);
    const std::uint64_t burst = random() % 40;
    trade.time = begin_of_test() + seconds(static_cast<std::int64_t>(burst * 180 + random() % 40)) +
                 milliseconds(static_cast<std::int64_t>(random() % 1000));
    trade.price = {static_cast<std::int64_t>(1 + random() % 50) * 500'000'000};
    trade.size = {static_cast<std::int64_t>(random() % 1000)};
    trade.sequence = i;
    if (random() % 3 == 0) {
      EXPECT_TRUE(trade.conditions.add(static_cast<std::uint16_t>(random() % 60)));
    }
    events.push_back({trade.time.ns + late_by(seconds(100)), {}, trade});
    if (random() % 20 == 0) events.push_back({trade.time.ns + late_by(seconds(100)), {}, trade});
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.place < b.place; });
  return events;
}

// Bars of `width` from the trades, each window's trades sorted and added up.
Windows built(const std::vector<Event>& events, Width width) {
  std::map<std::pair<std::string, std::int64_t>, std::map<std::int64_t, Trade>> trades;
  for (const Event& e : events) {
    if (!e.trade) continue;
    trades[{e.trade->symbol.str(), floor_to(e.trade->time, span_of(width)).ns}][e.trade->sequence] =
        *e.trade;
  }
  Windows out;
  for (const auto& [key, list] : trades) {
    std::vector<Trade> sorted;
    for (const auto& [sequence, trade] : list) sorted.push_back(trade);
    std::sort(sorted.begin(), sorted.end(), [](const Trade& a, const Trade& b) {
      return std::tie(a.time, a.sequence) < std::tie(b.time, b.sequence);
    });
    Bar bar;
    bar.origin = Origin::built;
    bar.transactions = 0;
    bool opened = false;
    std::optional<Price> high, low;
    Int128 notional = 0;
    for (const Trade& t : sorted) {
      const UpdateRules rules = update_rules(t.conditions, 0, calendar().session_of(t.time));
      if (rules.volume) {
        bar.volume.raw += t.size.raw;
        ++*bar.transactions;
        notional += Int128{t.price.raw} * t.size.raw;
      }
      if (rules.high_low) {
        high = high ? std::max(*high, t.price) : t.price;
        low = low ? std::min(*low, t.price) : t.price;
      }
      if (rules.open_close) {
        if (!opened) bar.open = t.price;
        bar.close = t.price;
        opened = true;
      }
    }
    if (!opened) continue;
    bar.high = *high;
    bar.low = *low;
    if (bar.volume.raw > 0) bar.vwap = Price{divide_half_even(notional, bar.volume.raw)};
    bar.symbol = Symbol(key.first);
    bar.width = width;
    bar.start = {key.second};
    bar.end = bar.start + span_of(width);
    out[key] = bar;
  }
  return out;
}

Windows best(const std::vector<Event>& events, Width width) {
  Windows out = built(events, width);
  for (const Event& e : events) {
    if (e.bar && e.bar->width == width) out[{e.bar->symbol.str(), e.bar->start.ns}] = *e.bar;
  }
  return out;
}

Windows rolled(const Windows& minute_bars, Width width) {
  Windows out;
  std::map<std::pair<std::string, std::int64_t>, std::vector<Bar>> parts;
  for (const auto& [key, bar] : minute_bars) {
    Timestamp start = floor_to(bar.start, span_of(width == Width::d1 ? Width::h1 : width));
    if (width == Width::d1) {
      if (calendar().session_of(bar.start) != TradingSession::regular) continue;
      start = calendar().hours(calendar().date_of(bar.start))->open;
    }
    parts[{key.first, start.ns}].push_back(bar);
  }
  for (const auto& [key, list] : parts) {
    Bar bar = list.front();
    bar.origin = Origin::rolled_up;
    bar.width = width;
    bar.start = {key.second};
    bar.end = width == Width::d1 ? calendar().hours(calendar().date_of(bar.start))->close
                                 : bar.start + span_of(width);
    bar.close = list.back().close;
    bar.volume = {};
    Int128 notional = 0;
    bool vwaps = true;
    bar.transactions = 0;
    for (const Bar& part : list) {
      bar.high = std::max(bar.high, part.high);
      bar.low = std::min(bar.low, part.low);
      bar.volume.raw += part.volume.raw;
      vwaps = vwaps && part.vwap;
      if (vwaps) notional += Int128{part.vwap->raw} * part.volume.raw;
      if (bar.transactions && part.transactions) {
        *bar.transactions += *part.transactions;
      } else {
        bar.transactions.reset();
      }
    }
    bar.vwap.reset();
    if (vwaps && bar.volume.raw > 0) bar.vwap = Price{divide_half_even(notional, bar.volume.raw)};
    out[key] = bar;
  }
  return out;
}

std::string text(const Bar& b) {
  return fmt::format("{} {} {} {} {} {} {} {} {} vwap {} n {} {}", b.symbol.view(),
                     to_string(b.width), to_iso8601(b.start), to_iso8601(b.end), b.open.raw,
                     b.high.raw, b.low.raw, b.close.raw, b.volume.raw, b.vwap ? b.vwap->raw : -1,
                     b.transactions.value_or(-1), to_string(b.origin));
}

// Every (symbol, time, kind) and its value, found by looking at all bars of the symbol.
std::map<std::string, double> plain_signals(const Windows& minute_bars,
                                            const Windows& second_bars) {
  std::map<std::string, double> out;
  for (const SignalDefinition& signal : kAllSignals) {
    const Windows& bars = signal.on == Width::m1 ? minute_bars : second_bars;
    for (const auto& [key, bar] : bars) {
      const Bar* then = nullptr;
      for (const auto& [other_key, other] : bars) {
        const bool same_session =
            other.symbol == bar.symbol &&
            calendar().session_of(other.start) == calendar().session_of(bar.start);
        if (same_session && other.end <= bar.end - signal.back &&
            (then == nullptr || other.end > then->end)) {
          then = &other;
        }
      }
      if (then == nullptr || calendar().session_of(bar.start) == TradingSession::none) continue;
      out[fmt::format("{} {} {}", bar.symbol.view(), to_iso8601(bar.end), to_string(signal.kind))] =
          *signal.value(bar.close, then->close);
    }
  }
  return out;
}

class PipelineOracle : public testing::TestWithParam<std::uint64_t> {};

TEST_P(PipelineOracle, FinalValuesAreThoseOfAPlainComputation) {
  SCOPED_TRACE(testing::Message() << "seed " << GetParam());
  const std::vector<Event> events = random_events(GetParam());
  RunState run({}, kAllSignals);
  PipelineOutput out;
  std::size_t applied = 0;
  for (const Event& e : events) {
    const Timestamp received{e.place};
    if (applied % 50 == 0) run.heartbeat(received, out);
    const Outcome outcome =
        e.bar ? run.apply(*e.bar, received, out) : run.apply(*e.trade, received, out);
    ASSERT_TRUE(outcome == Outcome::applied || outcome == Outcome::duplicate)
        << run.refusal().reason;
    ++applied;
  }
  run.flush(out);

  const Windows minute_bars = best(events, Width::m1);
  const Windows second_bars = best(events, Width::s1);
  std::map<std::string, std::string> expected, actual;
  const auto add = [](std::map<std::string, std::string>& to, const Bar& bar) {
    to[fmt::format("{} {} {}", bar.symbol.view(), to_string(bar.width), bar.start.ns)] = text(bar);
  };
  for (const Windows& windows :
       {minute_bars, second_bars, rolled(minute_bars, Width::m5), rolled(minute_bars, Width::m15),
        rolled(minute_bars, Width::h1), rolled(minute_bars, Width::d1)}) {
    for (const auto& [key, bar] : windows) add(expected, bar);
  }
  std::map<std::string, std::int32_t> revisions;
  for (const Bar& bar : out.bars) {
    add(actual, bar);
    const std::string key =
        fmt::format("{} {} {}", bar.symbol.view(), to_string(bar.width), bar.start.ns);
    const auto [known, first] = revisions.try_emplace(key, 0);
    if (!first) ++known->second;
    EXPECT_EQ(bar.revision, known->second) << text(bar);
  }
  EXPECT_EQ(actual, expected);

  std::map<std::string, double> signals;
  std::map<std::string, std::int32_t> signal_revisions;
  for (const SignalSet& set : out.signals) {
    const auto [known, first] =
        signal_revisions.try_emplace(set.symbol.str() + std::to_string(set.time.ns), 0);
    if (!first) ++known->second;
    EXPECT_EQ(set.revision, known->second) << set.symbol.view() << " " << to_iso8601(set.time);
    for (std::size_t kind = 0; kind < kSignalKinds; ++kind) {
      const std::string key = fmt::format("{} {} {}", set.symbol.view(), to_iso8601(set.time),
                                          to_string(static_cast<SignalKind>(kind)));
      signals.erase(key);
      if (set.values[kind]) signals[key] = *set.values[kind];
    }
  }
  for (const auto& [key, value] : plain_signals(minute_bars, second_bars)) {
    const auto at = signals.find(key);
    ASSERT_NE(at, signals.end()) << key;
    EXPECT_EQ(at->second, value) << key;
    signals.erase(at);
  }
  EXPECT_THAT(signals, testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Seeds, PipelineOracle, testing::Range<std::uint64_t>(1, 5));

}  // namespace
}  // namespace tapewire
