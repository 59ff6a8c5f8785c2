// SPDX-License-Identifier: Apache-2.0
#include "store/key_marks.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/calendar.h"

namespace tapewire {

Result<KeyMarks::Taken> KeyMarks::take(std::size_t series, const Symbol& symbol, Timestamp time) {
  TRY_ASSIGN(Day * day, day_of(series, time));
  const std::uint32_t number = number_of(symbol);
  if (number >= day->marks.size()) day->marks.resize(number + 1, INT64_MIN);
  std::int64_t& mark = day->marks[number];
  const bool had_rows = mark != INT64_MIN;
  if (time.ns <= mark) return Taken{false, had_rows};
  mark = time.ns;
  series_[series].newest = std::max(series_[series].newest, time.ns);
  return Taken{true, had_rows};
}

Result<bool> KeyMarks::had_rows_elsewhere(std::size_t series, const Symbol& symbol,
                                          Timestamp time) {
  const std::uint32_t number = number_of(symbol);
  for (std::size_t other = 0; other < kSeriesCount; ++other) {
    if (other == series) continue;
    TRY_ASSIGN(const Day* day, day_of(other, time));
    if (number < day->marks.size() && day->marks[number] != INT64_MIN) return true;
  }
  return false;
}

Result<KeyMarks::Day*> KeyMarks::day_of(std::size_t series, Timestamp time) {
  Series& at = series_[series];
  const auto holds = [&](const Day& day) { return time >= day.from && time < day.to; };
  if (at.last >= at.days.size() || !holds(at.days[at.last])) {
    at.last = static_cast<std::size_t>(std::ranges::find_if(at.days, holds) - at.days.begin());
  }
  if (at.last == at.days.size()) {
    const TradingDate date = calendar().date_of(time);
    Day day{calendar().midnight(date), calendar().midnight({date.days + 1}), 0, {}};
    TRY(load(series, day));
    at.days.push_back(std::move(day));
  }
  Day& day = at.days[at.last];
  day.used = ++clock_;
  return &day;
}

Status KeyMarks::load(std::size_t series, Day& day) {
  Series& at = series_[series];
  const SeriesNames& names = series_names()[series];
  if (!at.known) {
    for (const std::string& table : {names.hot, names.done}) {
      TRY_ASSIGN(const auto newest, connection_.integer(fmt::format(
                                        "SELECT epoch_us(max({})) FROM {}", names.time, table)));
      if (newest) at.newest = std::max(at.newest, *newest * 1000);
    }
    at.known = true;
  }
  if (day.from.ns > at.newest) return {};
  const std::string range = fmt::format("{0} >= make_timestamp({1}) AND {0} < make_timestamp({2})",
                                        names.time, to_micros(day.from), to_micros(day.to));
  TRY_ASSIGN(DuckResult rows,
             connection_.query(fmt::format(
                 "SELECT symbol, epoch_us(max({0})) FROM (SELECT symbol, {0} FROM {1} WHERE {3} "
                 "UNION ALL SELECT symbol, {0} FROM {2} WHERE {3}) GROUP BY symbol",
                 names.time, names.hot, names.done, range)));
  while (true) {
    TRY_ASSIGN(const DuckChunk chunk, rows.next());
    if (!chunk) return {};
    const DuckColumn symbols(chunk, 0), newest(chunk, 1);
    for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk.get()); ++row) {
      const auto symbol = Symbol::from(symbols.text(row));
      if (!symbol) continue;
      const std::uint32_t number = number_of(*symbol);
      if (number >= day.marks.size()) day.marks.resize(number + 1, INT64_MIN);
      day.marks[number] = newest.at<std::int64_t>(row) * 1000;
    }
  }
}

std::uint32_t KeyMarks::number_of(const Symbol& symbol) {
  return numbers_.try_emplace(symbol, static_cast<std::uint32_t>(numbers_.size())).first->second;
}

void KeyMarks::trim() {
  for (Series& at : series_) {
    if (at.days.size() <= kDaysKept) continue;
    std::ranges::sort(at.days, [](const Day& a, const Day& b) { return a.used > b.used; });
    at.days.resize(kDaysKept);
    at.last = 0;
  }
}

void KeyMarks::forget() {
  for (Series& at : series_) at = Series();
}

}  // namespace tapewire
