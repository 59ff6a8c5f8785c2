// SPDX-License-Identifier: Apache-2.0
// Measures the pipeline on one core (target P2): log record -> decode -> watermark -> bars of all widths and signals,
// beside what decoding alone takes in the same run.
//
// Bars:   10,000 symbols x 390 minutes in time order, every bar into 1m 5m 15m 1h 1d and the change signals.
// Trades: over 10,000 symbols, most of them in a few; into bars of 1s and 1m. At 4,000 a second of event time, the
//         average of the US market, nearly every third trade opens a window of its own; at 100,000, a burst, few do.
// Time:   processor time of the measuring thread, so that a busy machine does not show; only the work on the
//         records counts, making them does not.
#include <ctime>
#include <fstream>
#include <random>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "analytics/pipeline.h"
#include "base/time.h"
#include "model/calendar.h"
#include "model/codec.h"

namespace tapewire {
namespace {

constexpr std::size_t kSymbols = 10'000;

std::vector<Symbol> symbols() {
  std::vector<Symbol> out;
  for (std::size_t i = 0; i < kSymbols; ++i) out.emplace_back(fmt::format("S{:04}", i));
  return out;
}

// Encoded records of one stretch of time, in one arena.
class Stretch {
 public:
  template <class Event>
  void add(RecordKind kind, const Event& event, Timestamp time) {
    const std::size_t at = arena_.size();
    arena_.append(event.symbol.view());
    const std::size_t payload = arena_.size();
    encode(event, arena_);
    places_.push_back({kind, time, at, payload, arena_.size()});
  }
  void clear() {
    arena_.clear();
    places_.clear();
  }
  template <class Visit>
  void each(Visit&& visit) const {
    const std::string_view arena(arena_);
    RecordView record;
    for (const Place& place : places_) {
      record.kind = place.kind;
      record.event_time = record.receive_time = record.append_time = place.time;
      record.key = arena.substr(place.key, place.payload - place.key);
      record.payload = arena.substr(place.payload, place.end - place.payload);
      ++record.offset;
      visit(record);
    }
  }
  [[nodiscard]] std::size_t size() const { return places_.size(); }

 private:
  struct Place {
    RecordKind kind;
    Timestamp time;
    std::size_t key, payload, end;
  };
  std::string arena_;
  std::vector<Place> places_;
};

Timestamp open_of_the_day() { return calendar().hours(*parse_trading_date("2019-02-13"))->open; }

// The bars of one minute.
void fill_minute(Stretch& out, const std::vector<Symbol>& names, int minute,
                 std::mt19937_64& random) {
  out.clear();
  const Timestamp start = open_of_the_day() + minutes(minute);
  Bar bar;
  bar.source = SourceName("files");
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::int64_t base = static_cast<std::int64_t>(20 + i % 400) * 1'000'000'000;
    const auto cents = [&] { return static_cast<std::int64_t>(random() % 100) * 10'000'000; };
    bar.symbol = names[i];
    bar.start = start;
    bar.end = start + minutes(1);
    bar.open = {base + cents()};
    bar.close = {base + cents()};
    bar.high = {std::max(bar.open, bar.close).raw + cents()};
    bar.low = {std::min(bar.open, bar.close).raw - cents()};
    bar.volume = whole_quantity(static_cast<std::int64_t>(random() % 100'000));
    bar.transactions = static_cast<std::int64_t>(random() % 500);
    out.add(RecordKind::bar, bar, bar.end);
  }
}

// The trades of one second, in time order.
template <int kTradesPerSecond>
void fill_second(Stretch& out, const std::vector<Symbol>& names, int second,
                 std::mt19937_64& random) {
  out.clear();
  const Timestamp start = open_of_the_day() + seconds(second);
  Trade trade;
  trade.source = SourceName("polygon");
  for (int i = 0; i < kTradesPerSecond; ++i) {
    // The square of an even draw, thrice: the first tenth of the symbols has two thirds of the trades.
    const double even = static_cast<double>(random() % 1'000'000) / 1e6;
    const auto which = static_cast<std::size_t>(even * even * even * even * kSymbols);
    trade.symbol = names[which];
    trade.time = start + nanoseconds(std::int64_t{i} * (1'000'000'000 / kTradesPerSecond));
    trade.sequence = std::int64_t{second} * kTradesPerSecond + i;
    trade.price = {static_cast<std::int64_t>(20 + which % 400) * 1'000'000'000 +
                   static_cast<std::int64_t>(random() % 100) * 10'000'000};
    trade.size = whole_quantity(static_cast<std::int64_t>(1 + random() % 500));
    trade.exchange = static_cast<std::int32_t>(1 + random() % 20);
    trade.tape = 1;
    trade.id = TradeId(std::to_string(trade.sequence));
    trade.conditions = {};
    if (i % 3 == 0) static_cast<void>(trade.conditions.add(14));
    if (i % 2 == 0) static_cast<void>(trade.conditions.add(37));
    out.add(RecordKind::trade, trade, trade.time);
  }
}

Duration processor_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

double resident_mib() {
  std::ifstream in("/proc/self/statm");
  double total = 0;
  double resident = 0;
  in >> total >> resident;
  return resident * 4096 / (1 << 20);
}

using Fill = void (*)(Stretch&, const std::vector<Symbol>&, int, std::mt19937_64&);

void run_pipeline(benchmark::State& state, Fill fill, int stretches, bool report_memory) {
  const std::vector<Symbol> names = symbols();
  for (auto _ : state) {
    const double before = resident_mib();
    Pipeline pipeline({});
    PipelineOutput output;
    Stretch stretch;
    std::mt19937_64 random(1);
    Duration spent{0};
    std::size_t records = 0;
    std::size_t bars = 0;
    std::size_t signals = 0;
    const auto apply = [&](const RecordView& record) {
      output.clear();
      pipeline.apply(record, output);
      bars += output.bars.size();
      signals += output.signals.size();
    };
    for (int i = 0; i < stretches; ++i) {
      fill(stretch, names, i, random);
      const Duration begin = processor_time();
      stretch.each(apply);
      spent = spent + (processor_time() - begin);
      records += stretch.size();
    }
    if (report_memory) {
      state.counters["MiB"] = resident_mib() - before;
      std::string snapshot;
      const Duration begin = processor_time();
      pipeline.snapshot(snapshot);
      state.counters["snapshot_ms"] = static_cast<double>((processor_time() - begin).ns) * 1e-6;
      state.counters["snapshot_MiB"] = static_cast<double>(snapshot.size()) / (1 << 20);
      const Duration load = processor_time();
      if (!Pipeline::restore(snapshot, {})) state.SkipWithError("the snapshot does not come back");
      state.counters["restore_ms"] = static_cast<double>((processor_time() - load).ns) * 1e-6;
    }
    RecordView end;
    end.topic = Topic::heartbeat;
    end.kind = RecordKind::run_end;
    const Duration begin = processor_time();
    apply(end);
    spent = spent + (processor_time() - begin);
    state.SetIterationTime(static_cast<double>(spent.ns) * 1e-9);
    state.SetItemsProcessed(state.items_processed() + static_cast<std::int64_t>(records));
    state.counters["bars_out_per_in"] = static_cast<double>(bars) / static_cast<double>(records);
    state.counters["signals_out_per_in"] =
        static_cast<double>(signals) / static_cast<double>(records);
  }
}

template <class Decode>
void run_decode(benchmark::State& state, Fill fill, int stretches, Decode decode) {
  const std::vector<Symbol> names = symbols();
  for (auto _ : state) {
    Stretch stretch;
    std::mt19937_64 random(1);
    Duration spent{0};
    std::size_t records = 0;
    for (int i = 0; i < stretches; ++i) {
      fill(stretch, names, i, random);
      const Duration begin = processor_time();
      stretch.each([&](const RecordView& record) {
        const auto event = decode(record.key, record.payload);
        benchmark::DoNotOptimize(event->symbol);
      });
      spent = spent + (processor_time() - begin);
      records += stretch.size();
    }
    state.SetIterationTime(static_cast<double>(spent.ns) * 1e-9);
    state.SetItemsProcessed(state.items_processed() + static_cast<std::int64_t>(records));
  }
}

void minute_bars_decode_alone(benchmark::State& state) {
  run_decode(state, fill_minute, 100, decode_bar);
}
void minute_bars_to_rollups_and_signals(benchmark::State& state) {
  run_pipeline(state, fill_minute, 390, true);
}
void trades_decode_alone(benchmark::State& state) {
  run_decode(state, fill_second<4'000>, 300, decode_trade);
}
void trades_to_second_and_minute_bars(benchmark::State& state) {
  run_pipeline(state, fill_second<4'000>, 600, false);
}
void trades_in_a_burst(benchmark::State& state) {
  run_pipeline(state, fill_second<100'000>, 60, false);
}

BENCHMARK(minute_bars_decode_alone)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(minute_bars_to_rollups_and_signals)
    ->UseManualTime()
    ->Iterations(1)
    ->Repetitions(3)
    ->ReportAggregatesOnly(false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(trades_decode_alone)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(trades_to_second_and_minute_bars)
    ->UseManualTime()
    ->Iterations(1)
    ->Repetitions(3)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(trades_in_a_burst)
    ->UseManualTime()
    ->Iterations(1)
    ->Repetitions(3)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tapewire
