// SPDX-License-Identifier: Apache-2.0
// Keeps results in one DuckDB file and answers questions about them.
//
// Atomic:  `apply` is one transaction: rows and the offsets they came from, or neither.
// Keys:    one row per (symbol, width, start_time), (symbol, time) of signals and (source, id) of news;
//          the same values change nothing, other values are a new revision that replaces.
// Runs:    where several runs have bars of one symbol and date, its rollups and signals are computed again
//          from all of them (`StoreOptions::recompute`): what any one run knew of the day does not count.
// Threads: one writer (`apply`, `finish_days`); queries from any thread, each on its own connection.
// Errors:  in_use when another process holds the file, corrupt and io naming it, no_space; for user SQL
//          invalid_argument with the position, timeout, no_space for memory and rows, cancelled.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/calendar.h"
#include "store/store_values.h"

namespace tapewire {

// Computes a day again from its second and minute bars, given in the order of their ends.
using DayRecompute = std::function<DayResults(const std::vector<Bar>& parts)>;

struct StoreOptions {
  bool read_only = false;
  bool keep_trades = false;
  bool keep_quotes = false;
  std::uint64_t memory_bytes = std::uint64_t{512} << 20;
  // More than one pays only where cores are idle: DuckDB's threads spin while they wait for each other.
  int threads = 1;
  // Without it a run's rollups and signals are taken as they come, even where another run has rows too.
  DayRecompute recompute;
};

class Store {
 public:
  // Opens or creates; migrates an older schema; refuses a newer one and files of other programs.
  static Result<std::unique_ptr<Store>> open(const std::filesystem::path& file,
                                             StoreOptions options);
  ~Store();
  // What opening for writing mended, in words; empty: nothing.
  [[nodiscard]] const std::string& opening_note() const;

  Status apply(const StoreBatch& batch);
  Result<std::vector<StoreOffset>> offsets();
  // Rewrites the days before `date` that still lie unsorted in the hot tables; bounded memory.
  Status finish_days(TradingDate before);
  Status checkpoint();
  // Counts, keys, order of finished days and offsets; each finding in words (empty: sound).
  Result<std::vector<std::string>> verify();

  Result<std::vector<Bar>> bars(const BarQuery& query);
  Result<NewsPage> news(const NewsQuery& query);
  Result<SignalPage> signals(const SignalQuery& query);
  Result<DeadLetterPage> dead_letters(const DeadLetterQuery& query);
  Result<std::vector<SymbolRow>> symbols();

  // Read-only SQL of a user: one SELECT-like statement, no files, limits. The result is written in
  // pieces to `sink` (false stops); `table` is for people, json is one object a line, csv has a header.
  // Ends soon after `gone` is asked to stop.
  using Sink = std::function<bool(std::string_view piece)>;
  Status sql(std::string_view query, SqlFormat format, const SqlLimits& limits, const Sink& sink,
             const std::stop_token& gone = {});
  // The same as {"columns":[..],"rows":[[..]],"truncated":..,"elapsed_ms":..}, at most `rows_max` rows.
  Result<std::string> sql_json(std::string_view query, std::uint64_t rows_max,
                               const SqlLimits& limits, const std::stop_token& gone = {});
  // Stops the users' SQL that runs now, as a program does that is about to end.
  void stop_queries();

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tapewire
