// SPDX-License-Identifier: Apache-2.0
#include "store/shared_days.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/calendar.h"
#include "store/row_appender.h"

namespace tapewire {

Result<bool> SharedDays::touch(std::size_t series, const Symbol& symbol, Timestamp time, RunId run,
                               bool had_rows) {
  TRY_ASSIGN(Day * day, day_of(time));
  if (!day->known) {
    day->known = day->changed = true;
    day->first = run;
  }
  if (run == day->first && day->others.empty()) return false;
  const auto at = day->others.find(symbol);
  if (at == day->others.end()) {
    if (run == day->first) return false;
    bool shared = had_rows;
    if (!shared) {
      TRY_ASSIGN(shared, marks_.had_rows_elsewhere(series, symbol, time));
    }
    day->others.emplace(symbol, Owner{run, shared, true});
    return shared;
  }
  Owner& owner = at->second;
  if (!owner.shared && owner.run != run) owner.shared = owner.changed = true;
  return owner.shared;
}

Result<SharedDays::Day*> SharedDays::day_of(Timestamp time) {
  const auto holds = [&](const Day& day) { return time >= day.from && time < day.to; };
  if (last_ >= days_.size() || !holds(days_[last_])) {
    last_ = static_cast<std::size_t>(std::ranges::find_if(days_, holds) - days_.begin());
  }
  if (last_ == days_.size()) {
    const TradingDate date = calendar().date_of(time);
    Day day;
    day.from = calendar().midnight(date);
    day.to = calendar().midnight({date.days + 1});
    TRY(load(day));
    days_.push_back(std::move(day));
  }
  days_[last_].used = ++clock_;
  return &days_[last_];
}

Status SharedDays::load(Day& day) {
  const std::string where = fmt::format("WHERE day = make_timestamp({})", to_micros(day.from));
  TRY_ASSIGN(const auto first, connection_.integer("SELECT run::BIGINT FROM day_runs " + where));
  if (!first) return {};
  day.known = true;
  day.first = static_cast<RunId>(*first);
  TRY_ASSIGN(DuckResult rows,
             connection_.query("SELECT symbol, run, shared FROM symbol_days " + where));
  while (true) {
    TRY_ASSIGN(const DuckChunk chunk, rows.next());
    if (!chunk) return {};
    const DuckColumn symbols(chunk, 0), runs(chunk, 1), shared(chunk, 2);
    for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk.get()); ++i) {
      const auto symbol = Symbol::from(symbols.text(i));
      if (!symbol) continue;
      day.others.emplace(*symbol, Owner{runs.at<std::uint32_t>(i), shared.at<bool>(i), false});
    }
  }
}

Status SharedDays::write() {
  for (Day& day : days_) {
    if (day.changed) {
      TRY(connection_.run(fmt::format("INSERT INTO day_runs VALUES (make_timestamp({}), {})",
                                      to_micros(day.from), day.first)));
      day.changed = false;
    }
    if (std::ranges::none_of(day.others, [](const auto& one) { return one.second.changed; }))
      continue;
    // All of the date's, for a row that has changed cannot be told from a new one.
    TRY(connection_.run(fmt::format("DELETE FROM symbol_days WHERE day = make_timestamp({})",
                                    to_micros(day.from))));
    TRY_ASSIGN(RowAppender to, RowAppender::open(connection_, "symbol_days"));
    for (auto& [symbol, owner] : day.others) {
      to.put(0, to_micros(day.from));
      to.text(1, symbol.view());
      to.put(2, owner.run);
      to.put(3, owner.shared);
      owner.changed = false;
      TRY(to.end_row());
    }
    TRY(to.close());
  }
  return {};
}

void SharedDays::trim() {
  if (days_.size() <= kDaysKept) return;
  std::ranges::sort(days_, [](const Day& a, const Day& b) { return a.used > b.used; });
  days_.resize(kDaysKept);
  last_ = 0;
}

void SharedDays::forget() {
  days_.clear();
  last_ = 0;
}

}  // namespace tapewire
