// SPDX-License-Identifier: Apache-2.0
// P4 and P6: what DuckDB's appender does alone, what the store makes of it, and one symbol's day out of
// a hundred million bars.
//
// usage: bench_store_bench [google benchmark options]
//        bench_store_bench --queries [--days N]     last line: {"rows", "p50_ms", "p99_ms", ...}
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <random>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "base/check.h"
#include "store/row_appender.h"
#include "store/schema.h"
#include "store/series_rows.h"
#include "store/store.h"

namespace tapewire {
namespace {

namespace fs = std::filesystem;
constexpr int kSymbols = 10'000;
constexpr std::size_t kBatch = 100'000;
const TradingDate kFirstDay = *parse_trading_date("2019-02-11");

class Directory {
 public:
  Directory()
      : path_(fs::temp_directory_path() /
              fmt::format("tapewire-store-bench-{}-{}", getpid(), ++count_)) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Directory() { fs::remove_all(path_); }
  [[nodiscard]] fs::path file() const { return path_ / "store.duckdb"; }

 private:
  static inline int count_ = 0;
  fs::path path_;
};

template <class T>
T value_of(Result<T> result) {
  if (!result) std::fprintf(stderr, "%s\n", result.error().message.c_str());
  CHECK(result.has_value());
  return std::move(*result);
}

void must(const Status& status) {
  if (!status) std::fprintf(stderr, "%s\n", status.error().message.c_str());
  CHECK(status.has_value());
}

std::string symbol_name(int i) { return fmt::format("S{:05}", i); }

// Minute bars of all symbols in the order a replay writes them.
std::vector<StoredBar> minute_bars(std::size_t first, std::size_t count) {
  std::vector<StoredBar> out(count);
  std::mt19937_64 random(first + 1);
  const Timestamp open = calendar().hours(kFirstDay)->open;
  for (std::size_t i = 0; i < count; ++i) {
    Bar& bar = out[i].bar;
    const auto n = first + i;
    bar.symbol = Symbol(symbol_name(static_cast<int>(n % kSymbols)));
    bar.start = open + minutes(static_cast<std::int64_t>(n / kSymbols));
    bar.end = bar.start + minutes(1);
    bar.session = TradingSession::regular;
    const auto price = static_cast<std::int64_t>(random() % 40'000 + 500) * 10'000'000;
    bar.open = {price};
    bar.close = {price + 20'000'000};
    bar.high = {price + 50'000'000};
    bar.low = {price - 30'000'000};
    bar.volume = whole_quantity(static_cast<std::int64_t>(random() % 90'000 + 100));
    bar.transactions = static_cast<std::int64_t>(random() % 1'000);
    bar.source = SourceName("files");
  }
  return out;
}

// The benchmark's argument is the number of DuckDB's threads.
std::unique_ptr<Store> open_store(const Directory& directory, const benchmark::State& state) {
  StoreOptions options;
  options.threads = static_cast<int>(state.range(0));
  return value_of(Store::open(directory.file(), options));
}

// The physical limit: the same rows through DuckDB's appender, in transactions of the same size.
void appender_alone(benchmark::State& state) {
  const Directory directory;
  value_of(Store::open(directory.file(), {})).reset();
  const DuckDatabaseHandle database = value_of(
      open_duck_database(directory.file().string(), {{"threads", std::to_string(state.range(0))},
                                                     {"memory_limit", "512MiB"},
                                                     {"checkpoint_threshold", "8MiB"},
                                                     {"preserve_insertion_order", "false"}}));
  DuckConnection connection = value_of(DuckConnection::open(database));
  std::size_t rows = 0;
  for (auto round : state) {
    state.PauseTiming();
    const std::vector<StoredBar> bars = minute_bars(rows, kBatch);
    state.ResumeTiming();
    DuckTransaction transaction(connection);
    must(transaction.begin());
    RowAppender to = value_of(RowAppender::open(connection, "bars_1m_hot"));
    for (const StoredBar& stored : bars) {
      SeriesRows<Bar>::put(to, stored.bar);
      must(to.end_row());
    }
    must(to.close());
    must(transaction.commit());
    rows += kBatch;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(rows));
}
BENCHMARK(appender_alone)
    ->Arg(1)
    ->Arg(2)
    ->Iterations(39)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

void store_apply(benchmark::State& state) {
  const Directory directory;
  const auto store = open_store(directory, state);
  std::size_t rows = 0;
  StoreBatch batch;
  for (auto round : state) {
    state.PauseTiming();
    batch.bars = minute_bars(rows, kBatch);
    rows += kBatch;
    batch.offsets = {{"bars", rows}};
    state.ResumeTiming();
    must(store->apply(batch));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(rows));
}
BENCHMARK(store_apply)
    ->Arg(1)
    ->Arg(2)
    ->Iterations(39)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

// The same rows once more from another run: each is compared with what is stored, none changes.
void store_apply_equal(benchmark::State& state) {
  const Directory directory;
  const auto store = open_store(directory, state);
  StoreBatch batch;
  for (std::size_t i = 0; i < 10; ++i) {
    batch.bars = minute_bars(i * kBatch, kBatch);
    must(store->apply(batch));
  }
  std::size_t i = 0;
  for (auto round : state) {
    state.PauseTiming();
    batch.bars = minute_bars(i++ % 10 * kBatch, kBatch);
    state.ResumeTiming();
    must(store->apply(batch));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(i * kBatch));
}
BENCHMARK(store_apply_equal)
    ->Arg(1)
    ->Arg(2)
    ->Iterations(10)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

void finish_day(benchmark::State& state) {
  for (auto round : state) {
    state.PauseTiming();
    const Directory directory;
    const auto store = open_store(directory, state);
    StoreBatch batch;
    for (std::size_t i = 0; i < 39; ++i) {
      batch.bars = minute_bars(i * kBatch, kBatch);
      must(store->apply(batch));
    }
    state.ResumeTiming();
    must(store->finish_days({kFirstDay.days + 1}));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 39 *
                          static_cast<std::int64_t>(kBatch));
}
BENCHMARK(finish_day)
    ->Arg(1)
    ->Arg(2)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

// Finished days as finish_days leaves them, made inside DuckDB.
void fill(const fs::path& file, int days, std::vector<TradingDate>& dates) {
  value_of(Store::open(file, {})).reset();
  const DuckDatabaseHandle database = value_of(open_duck_database(
      file.string(),
      {{"threads", "2"}, {"memory_limit", "2GiB"}, {"storage_compatibility_version", "v1.5.0"}}));
  DuckConnection connection = value_of(DuckConnection::open(database));
  TradingDate date = calendar().previous_trading_day(kFirstDay);
  for (int day = 0; day < days; ++day) {
    date = calendar().next_trading_day(date);
    dates.push_back(date);
    const std::int64_t open = to_micros(calendar().hours(date)->open);
    must(connection.run(
        fmt::format("INSERT INTO bars_1m_done SELECT 'S' || lpad((i // 390)::VARCHAR, 5, '0'), t, "
                    "t + INTERVAL 1 MINUTE, 'regular', p, p + 0.05, "
                    "p - 0.03, p + (h % 7)::DECIMAL(18,9) / 100, (h % 90000 + 100)::DECIMAL(18,6), "
                    "NULL, h % 1000, p + 0.01, 'vendor', 0, "
                    "'files', NULL FROM (SELECT i, hash(i + {0}) AS h, make_timestamp({1} + (i % "
                    "390) * 60000000) AS t, "
                    "((hash(i // 390) % 40000 + i % 390 + hash(i) % 20)::DECIMAL(18,9) / "
                    "100)::DECIMAL(18,9) + 5 AS p FROM range({2}) r(i)) ORDER BY i",
                    day * 7, open, std::int64_t{kSymbols} * 390)));
    must(connection.run(fmt::format(
        "INSERT INTO finished VALUES ('1m', make_timestamp({}), make_timestamp({}))",
        to_micros(calendar().midnight(date)), to_micros(calendar().midnight({date.days + 1})))));
  }
  must(
      connection.run("INSERT INTO symbol_stats SELECT '1m', symbol, min(start_time), "
                     "max(start_time), arg_max(close, start_time) "
                     "FROM bars_1m_done GROUP BY symbol"));
  must(connection.run(fmt::format(
      "INSERT INTO news_items SELECT 'id' || i, 'wire', 'market', make_timestamp({0} + i * {1}), "
      "NULL, 'minute', make_timestamp({0} + i * "
      "{1}), 'Story ' || i || ' about a company and its market', repeat('some words of it ', 12), "
      "'https://example.org/' || i, 'business', "
      "['S' || lpad((hash(i) % {2})::VARCHAR, 5, '0')], NULL, 0 FROM range(200000) r(i)",
      to_micros(calendar().midnight(kFirstDay)), std::int64_t{days} * 86'400'000'000 / 200'000,
      kSymbols)));
  must(connection.run("CHECKPOINT"));
}

double percentile(std::vector<double>& values, double part) {
  std::ranges::sort(values);
  return values[std::min(values.size() - 1,
                         static_cast<std::size_t>(part * static_cast<double>(values.size())))];
}

int queries(int days) {
  const Directory directory;
  std::vector<TradingDate> dates;
  const Duration start = monotonic_now();
  fill(directory.file(), days, dates);
  const std::int64_t rows = std::int64_t{kSymbols} * 390 * days;
  fmt::print("made {} bars in {:.0f} s, {:.2f} GiB\n", rows,
             static_cast<double>((monotonic_now() - start).ns) * 1e-9,
             static_cast<double>(fs::file_size(directory.file())) / (1 << 30));
  const Duration opening = monotonic_now();
  const auto store = value_of(Store::open(directory.file(), {}));
  value_of(store->symbols());
  fmt::print("opened with its symbols in {:.0f} ms\n",
             static_cast<double>((monotonic_now() - opening).ns) * 1e-6);
  std::mt19937 random(6);
  std::vector<double> took, newest;
  std::clock_t processor = 0;
  for (int i = 0; i < 2'000; ++i) {
    const std::string symbol = symbol_name(static_cast<int>(random() % kSymbols));
    const TradingDate date = dates[random() % dates.size()];
    const Timestamp from = calendar().midnight(date), to = calendar().midnight({date.days + 1});
    const std::clock_t begun = std::clock();
    const Duration before = monotonic_now();
    const auto bars =
        value_of(store->bars({.symbol = symbol, .width = Width::m1, .from = from, .to = to}));
    const auto news = value_of(store->news(
        {.text = "", .symbol = symbol, .from = from, .to = to, .limit = 100, .cursor = ""}));
    const auto signals =
        value_of(store->signals({.symbol = symbol, .kind = {}, .from = from, .to = to}));
    took.push_back(static_cast<double>((monotonic_now() - before).ns) * 1e-6);
    processor += std::clock() - begun;
    CHECK(bars.size() == 390);
    if (i % 20 != 0) continue;
    const Duration again = monotonic_now();
    CHECK(value_of(store->bars(
                       {.symbol = symbol, .width = Width::m1, .from = {}, .to = {}, .limit = 500}))
              .size() == 500);
    newest.push_back(static_cast<double>((monotonic_now() - again).ns) * 1e-6);
  }
  StoreBatch batch;
  batch.bars = minute_bars(0, 1'000);
  for (StoredBar& stored : batch.bars) {
    stored.bar.start = stored.bar.start + tapewire::days(400);
    stored.bar.end = stored.bar.end + tapewire::days(400);
  }
  const Duration writing = monotonic_now();
  must(store->apply(batch));
  must(store->checkpoint());
  fmt::print(
      R"({{"rows":{},"p50_ms":{:.2f},"p99_ms":{:.2f},"processor_ms":{:.2f},)", rows,
      percentile(took, 0.5), percentile(took, 0.99),
      static_cast<double>(processor) * 1e3 / CLOCKS_PER_SEC / static_cast<double>(took.size()));
  fmt::print(R"("newest_500_p99_ms":{:.2f},"apply_1000_and_checkpoint_ms":{:.1f}}})",
             percentile(newest, 0.99), static_cast<double>((monotonic_now() - writing).ns) * 1e-6);
  fmt::print("\n");
  return 0;
}

}  // namespace
}  // namespace tapewire

int main(int argc, char** argv) {
  int days = 26;
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::string_view(argv[i]) == "--days") days = std::atoi(argv[i + 1]);
  }
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--queries") return tapewire::queries(days);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
