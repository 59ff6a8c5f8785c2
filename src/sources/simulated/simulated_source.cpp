// SPDX-License-Identifier: Apache-2.0
#include "sources/simulated/simulated_source.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include <fmt/format.h>

namespace tapewire {
namespace {

constexpr std::size_t kBatchEvents = 4'096;

Status parse_position(std::string_view text, std::uint64_t& days, std::uint64_t& events) {
  const auto number = [&](std::string_view name, std::uint64_t& out) {
    const std::size_t at = text.find(name);
    if (at == std::string_view::npos) return false;
    const char* begin = text.data() + at + name.size();
    return std::from_chars(begin, text.data() + text.size(), out).ec == std::errc{};
  };
  if (number("day=", days) && number("events=", events)) return {};
  return fail(ErrorCode::corrupt,
              fmt::format("the simulated market's position \"{}\" cannot be read", text));
}

}  // namespace

SimulatedSource::SimulatedSource(SimulatedOptions options)
    : options_(options),
      market_(options.market),
      key_(fmt::format("simulated/{}/{}/{}/{}", options.market.seed, options.market.symbols,
                       to_string(options.market.start), options.trades ? "trades" : "bars")) {}

Result<std::unique_ptr<SimulatedSource>> SimulatedSource::open(SimulatedOptions options,
                                                               const ReadState& read) {
  std::unique_ptr<SimulatedSource> source(new SimulatedSource(options));
  TRY_ASSIGN(const auto entries, read(source->key_));
  for (const StateWrite& entry : entries) {
    if (entry.key != source->key_) continue;
    TRY(parse_position(entry.value, source->days_done_, source->events_done_));
  }
  // Prices go on from day to day, so the days that were played are simulated again.
  for (std::uint64_t i = 0; i < source->days_done_; ++i) source->market_.next_day();
  return source;
}

void SimulatedSource::load_day() {
  const simulated::MarketDay& day = market_.next_day();
  day_.clear();
  for (std::uint32_t company = 0; company < day.rows.size(); ++company) {
    for (std::uint32_t i = 0; i < day.rows[company].size(); ++i) {
      const Timestamp start = day.hours.pre_market_open + minutes(day.rows[company][i].minute);
      day_.push_back({options_.trades ? start : start + minutes(1), company, i});
    }
  }
  for (std::uint32_t i = 0; i < day.wire.stories.size(); ++i) {
    day_.push_back({day.wire.stories[i].item.published_at, kStory, i});
  }
  std::ranges::sort(day_, {}, [](const Due& d) { return std::tuple(d.time, d.company, d.row); });
  day_next_ = 0;
  minute_.clear();
  minute_next_ = 0;
  loaded_ = true;
  // On to where an earlier run ended.
  for (std::uint64_t skip = events_done_; skip > 0 && load_minute();) {
    minute_next_ = std::min<std::uint64_t>(skip, minute_.size());
    skip -= minute_next_;
  }
}

bool SimulatedSource::holds_trades(const Due& due) const {
  return options_.trades && due.company != kStory;
}

bool SimulatedSource::load_minute() {
  minute_.clear();
  minute_next_ = 0;
  trades_.clear();
  if (day_next_ == day_.size()) return false;
  const Timestamp until = floor_to(day_[day_next_].time, minutes(1)) + minutes(1);
  for (; day_next_ < day_.size() && day_[day_next_].time < until; ++day_next_) {
    const Due& due = day_[day_next_];
    if (!holds_trades(due)) {
      minute_.push_back(due);
      continue;
    }
    auto t = static_cast<std::uint32_t>(trades_.size());
    market_.trades(due.company, market_.day().rows[due.company][due.row], trades_);
    for (; t < trades_.size(); ++t) minute_.push_back({trades_[t].time, due.company, t});
  }
  std::ranges::sort(minute_, {}, [](const Due& d) { return std::tuple(d.time, d.company, d.row); });
  return true;
}

void SimulatedSource::emit(const Due& due, EventBatch& batch) {
  const simulated::MarketDay& day = market_.day();
  if (due.company == kStory) {
    batch.add(day.wire.stories[due.row].item, due.time);
  } else if (options_.trades) {
    batch.add(trades_[due.row], due.time);
  } else {
    batch.add(market_.bar(due.company, day.rows[due.company][due.row]), due.time);
  }
}

Result<SourceStep> SimulatedSource::next(EventBatch& batch, std::stop_token stop) {
  if (stop.stop_requested()) return SourceStep::idle;
  if (options_.days_max != 0 && days_done_ >= options_.days_max) return SourceStep::finished;
  if (!loaded_) load_day();
  if (minute_next_ == minute_.size()) load_minute();
  for (; minute_next_ < minute_.size() && batch.order.size() < kBatchEvents; ++minute_next_) {
    emit(minute_[minute_next_], batch);
    ++events_done_;
  }
  if (minute_next_ == minute_.size() && day_next_ == day_.size()) {
    ++days_done_;
    events_done_ = 0;
    loaded_ = false;
  }
  batch.positions.push_back({key_, fmt::format("day={};events={}", days_done_, events_done_)});
  return SourceStep::more;
}

}  // namespace tapewire
