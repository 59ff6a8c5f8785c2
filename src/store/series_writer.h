// SPDX-License-Identifier: Apache-2.0
// Writes the rows of one series within one transaction so that each key stays unique: new keys are
// appended to the hot table, the others are compared with the stored row and replace it or not.
//
// Shared:  where another run has rows of the symbol's day too, a rollup or signal that differs from the stored
//          one is not taken over; its day is noted to be computed again (day_reconcile.h).
// Order:   rows of one key count in the order added.
// Errors:  of DuckDB; the transaction must then be rolled back and the marks forgotten.
// Threads: the writer's.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <fmt/format.h>

#include "store/series_rows.h"
#include "store/write_context.h"

namespace tapewire {

template <class Row>
class SeriesWriter {
 public:
  // REQUIRES: `context` outlives this.
  SeriesWriter(WriteContext& context, std::size_t series)
      : context_(context), connection_(context.connection), series_(series) {}

  // REQUIRES: `row` outlives this.
  Status add(const Row& row, RunId run) {
    const Timestamp time = SeriesRows<Row>::time(row);
    TRY_ASSIGN(const auto taken, context_.marks.take(series_, row.symbol, time));
    bool shared = false;
    if (context_.shared != nullptr) {
      TRY_ASSIGN(shared, context_.shared->touch(series_, row.symbol, time, run, taken.had_rows));
    }
    if (!taken.is_new) {
      contested_.push_back({&row, shared});
      return {};
    }
    if (shared) context_.again.touch(row.symbol, time);
    if (!appender_) {
      TRY_ASSIGN(appender_, RowAppender::open(connection_, series_names()[series_].hot.c_str()));
    }
    SeriesRows<Row>::put(*appender_, row);
    fresh_.push_back(&row);
    return appender_->end_row();
  }

  // A row as all runs together make it; without `create` only in place of one that is there.
  void correct(const Row& row, bool create) { (create ? created_ : corrected_).push_back(&row); }

  Status finish() {
    if (appender_) TRY(appender_->close());
    appender_.reset();
    if (contested_.empty() && corrected_.empty() && created_.empty()) return {};
    TRY(collect_slots());
    TRY(read_stored());
    for (const Contested& one : contested_) merge(one);
    for (const Row* row : corrected_) replace(*row, false);
    for (const Row* row : created_) replace(*row, true);
    return write_changes();
  }

  // What the tables hold now that they did not hold before.
  template <class Visit>
  void visit_written(const Visit& visit) const {
    for (const Row* row : fresh_) visit(*row);
    for (const Slot& slot : slots_) {
      if (slot.changed) visit(*slot.now);
    }
  }

 private:
  struct Slot {
    Symbol symbol;
    Timestamp time;
    std::optional<Row> now;
    bool stored = false;
    bool changed = false;
  };
  struct Contested {
    const Row* row;
    bool shared;
  };
  struct Key {
    Symbol symbol;
    std::int64_t time;
    friend bool operator==(const Key&, const Key&) = default;
    friend std::size_t hash_value(const Key& key) {
      return key.symbol.hash() ^ (static_cast<std::size_t>(key.time) * 0x9e3779b97f4a7c15ULL);
    }
  };

  Status collect_slots() {
    const auto collect = [this](const Row& row) {
      const Timestamp time = SeriesRows<Row>::time(row);
      if (by_key_.try_emplace(Key{row.symbol, time.ns}, slots_.size()).second) {
        slots_.push_back({row.symbol, time, std::nullopt, false, false});
      }
      from_ = std::min(from_, time);
      to_ = std::max(to_, time);
    };
    for (const Contested& one : contested_) collect(*one.row);
    for (const Row* row : corrected_) collect(*row);
    for (const Row* row : created_) collect(*row);
    return stage([](const Slot&) { return true; });
  }

  // Fills the temporary table stage_keys.
  template <class Choose>
  Status stage(const Choose& choose) {
    TRY(connection_.run(
        "CREATE OR REPLACE TEMP TABLE stage_keys (symbol VARCHAR, time TIMESTAMP)"));
    TRY_ASSIGN(RowAppender to, RowAppender::open(connection_, "stage_keys"));
    for (const Slot& slot : slots_) {
      if (!choose(slot)) continue;
      to.text(0, slot.symbol.view());
      to.put(1, to_micros(slot.time));
      TRY(to.end_row());
    }
    return to.close();
  }

  [[nodiscard]] std::string staged_rows_of(const std::string& table) const {
    return fmt::format(
        "{0} t, temp.stage_keys k WHERE t.symbol = k.symbol AND t.{1} = k.time AND t.{1} BETWEEN "
        "make_timestamp({2}) AND make_timestamp({3})",
        table, series_names()[series_].time, to_micros(from_), to_micros(to_));
  }

  Status read_stored() {
    const SeriesNames& names = series_names()[series_];
    const std::string columns = columns_of_t(SeriesRows<Row>::kColumns);
    for (const std::string& table : {names.done, names.hot}) {
      TRY_ASSIGN(DuckResult rows,
                 connection_.query("SELECT " + columns + " FROM " + staged_rows_of(table)));
      while (true) {
        TRY_ASSIGN(const DuckChunk chunk, rows.next());
        if (!chunk) break;
        const std::vector<DuckColumn> views = columns_of(chunk);
        for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk.get()); ++i) {
          Row row = SeriesRows<Row>::get(views, 0, i, series_);
          const auto found = by_key_.find(Key{row.symbol, SeriesRows<Row>::time(row).ns});
          if (found == by_key_.end()) continue;
          slots_[found->second].now = std::move(row);
          slots_[found->second].stored = true;
        }
      }
    }
    return {};
  }

  Slot& slot_of(const Row& row) {
    return slots_[by_key_.find(Key{row.symbol, SeriesRows<Row>::time(row).ns})->second];
  }

  void merge(const Contested& one) {
    const Row& row = *one.row;
    Slot& slot = slot_of(row);
    std::optional<Row> next = slot.now ? SeriesRows<Row>::merge(*slot.now, row) : row;
    if (!next) return;
    if (one.shared) context_.again.touch(row.symbol, slot.time);
    if (one.shared && slot.now && SeriesRows<Row>::derived(row)) {
      context_.again.defer(row);
      return;
    }
    slot.now = std::move(next);
    slot.changed = true;
  }

  void replace(const Row& row, bool create) {
    Slot& slot = slot_of(row);
    if (!slot.now && !create) return;
    std::optional<Row> next = slot.now ? SeriesRows<Row>::merge(*slot.now, row) : row;
    if (!next) return;
    slot.now = std::move(next);
    slot.changed = true;
  }

  Status write_changes() {
    const SeriesNames& names = series_names()[series_];
    const auto replaced = [](const Slot& slot) { return slot.changed && slot.stored; };
    if (std::ranges::any_of(slots_, replaced)) {
      TRY(stage(replaced));
      for (const std::string& table : {names.done, names.hot}) {
        std::string rows = staged_rows_of(table);
        rows.replace(rows.find(", temp.stage_keys"), 1, " USING");
        TRY(connection_.run("DELETE FROM " + rows));
      }
    }
    TRY_ASSIGN(RowAppender to, RowAppender::open(connection_, names.hot.c_str()));
    for (const Slot& slot : slots_) {
      if (!slot.changed) continue;
      SeriesRows<Row>::put(to, *slot.now);
      TRY(to.end_row());
    }
    return to.close();
  }

  WriteContext& context_;
  DuckConnection& connection_;
  std::size_t series_;
  std::optional<RowAppender> appender_;
  std::vector<const Row*> fresh_;
  std::vector<Contested> contested_;
  std::vector<const Row*> corrected_, created_;
  std::vector<Slot> slots_;
  boost::unordered_flat_map<Key, std::size_t> by_key_;
  Timestamp from_ = kMaxTimestamp;
  Timestamp to_ = kMinTimestamp;
};

}  // namespace tapewire
