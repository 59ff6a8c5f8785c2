// SPDX-License-Identifier: Apache-2.0
// Measures the event log against LMDB alone, on the same file system in the same run.
//
// Append: synced commits of 1,000 and 5,000 records of 50 and 200 bytes; each round does ours and LMDB's
//         plain puts of the same payloads in turn. `ratio` is ours to LMDB's.
// Scan:   records per second, with the check of each record, without it, and LMDB's own cursor.
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>
#include <lmdb.h>

#include "eventlog/embedded/embedded_log.h"
#include "eventlog/embedded/log_reader.h"
#include "eventlog/record_envelope.h"

namespace tapewire {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMapBytes = std::size_t{16} << 30;

class ScratchDir {
 public:
  ScratchDir() {
    std::string pattern = (fs::temp_directory_path() / "tapewire_bench_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~ScratchDir() { fs::remove_all(path_); }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// LMDB with one tree of integer keys, used as plainly as can be.
class PlainLmdb {
 public:
  explicit PlainLmdb(const fs::path& dir) {
    fs::create_directories(dir);
    mdb_env_create(&env_);
    mdb_env_set_mapsize(env_, kMapBytes);
    mdb_env_set_maxdbs(env_, 1);
    if (mdb_env_open(env_, dir.c_str(), MDB_NOTLS, 0644) != 0) std::abort();
    MDB_txn* txn = nullptr;
    mdb_txn_begin(env_, nullptr, 0, &txn);
    mdb_dbi_open(txn, "records", MDB_CREATE | MDB_INTEGERKEY, &tree_);
    mdb_txn_commit(txn);
  }
  ~PlainLmdb() { mdb_env_close(env_); }
  void append(std::size_t records, std::string_view payload) {
    MDB_txn* txn = nullptr;
    MDB_cursor* cursor = nullptr;
    mdb_txn_begin(env_, nullptr, 0, &txn);
    mdb_cursor_open(txn, tree_, &cursor);
    for (std::size_t i = 0; i < records; ++i, ++next_) {
      MDB_val key{sizeof(next_), &next_};
      MDB_val value{payload.size(), const_cast<char*>(payload.data())};
      if (mdb_cursor_put(cursor, &key, &value, MDB_APPEND) != 0) std::abort();
    }
    if (mdb_txn_commit(txn) != 0) std::abort();
  }
  std::size_t scan() {
    MDB_txn* txn = nullptr;
    MDB_cursor* cursor = nullptr;
    mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn);
    mdb_cursor_open(txn, tree_, &cursor);
    MDB_val key;
    MDB_val value;
    std::size_t bytes = 0;
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
      bytes += value.mv_size + static_cast<const unsigned char*>(value.mv_data)[0];
    }
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
    return bytes;
  }

 private:
  MDB_env* env_ = nullptr;
  MDB_dbi tree_ = 0;
  std::uint64_t next_ = 0;
};

std::unique_ptr<EmbeddedLog> open_log(const fs::path& dir, bool sync = true) {
  EmbeddedLogOptions options;
  options.map_size_initial = kMapBytes;
  options.sync = sync;
  auto log = EmbeddedLog::open(dir, options);
  if (!log) std::abort();
  return std::move(*log);
}

void append(EventLog& log, AppendBatch& batch, std::size_t records, std::string_view payload) {
  batch.clear();
  for (std::size_t i = 0; i < records; ++i) {
    const Timestamp time{static_cast<std::int64_t>(i) * 1'000'000};
    batch.add(Topic::stock_prices, RecordKind::bar, kLiveRun, time, time, "AAPL",
              [&](std::string& out) { out.append(payload); });
  }
  batch.put_state("position", "1");
  if (!log.commit(batch)) std::abort();
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void synced_append(benchmark::State& state) {
  const auto records = static_cast<std::size_t>(state.range(0));
  const std::string payload(static_cast<std::size_t>(state.range(1)), 'p');
  const ScratchDir dir;
  PlainLmdb plain(dir.path() / "plain");
  const auto log = open_log(dir.path() / "log");
  AppendBatch batch;
  double ours = 0;
  double theirs = 0;
  for (auto _ : state) {
    auto start = std::chrono::steady_clock::now();
    append(*log, batch, records, payload);
    const double span = seconds_since(start);
    ours += span;
    start = std::chrono::steady_clock::now();
    plain.append(records, payload);
    theirs += seconds_since(start);
    state.SetIterationTime(span);
  }
  const double total = static_cast<double>(records) * static_cast<double>(state.iterations());
  state.counters["records/s"] = total / ours;
  state.counters["lmdb/s"] = total / theirs;
  state.counters["ratio"] = theirs / ours;
}
BENCHMARK(synced_append)
    ->ArgsProduct({{1'000, 5'000}, {50, 200}})
    ->ArgNames({"batch", "bytes"})
    ->UseManualTime()
    ->MinTime(3);

constexpr std::size_t kScanRecords = 2'000'000;

void report_scan(benchmark::State& state) {
  state.counters["records/s"] = benchmark::Counter(static_cast<double>(kScanRecords),
                                                   benchmark::Counter::kIsIterationInvariantRate);
}

void fill(const fs::path& dir, std::size_t bytes) {
  const auto log = open_log(dir, false);
  AppendBatch batch;
  for (std::size_t i = 0; i < kScanRecords; i += 10'000) {
    append(*log, batch, 10'000, std::string(bytes, 'p'));
  }
}

void scan_checked(benchmark::State& state) {
  const ScratchDir dir;
  fill(dir.path(), static_cast<std::size_t>(state.range(0)));
  const auto log = open_log(dir.path());
  for (auto _ : state) {
    TopicPosition from{Topic::stock_prices, 0};
    std::size_t bytes = 0;
    while (log->read({&from, 1}, {},
                     [&](const RecordView& record) {
                       bytes += record.payload.size();
                       return true;
                     })
               .value() > 0) {
    }
    benchmark::DoNotOptimize(bytes);
  }
  report_scan(state);
}
BENCHMARK(scan_checked)->Arg(50)->Arg(200)->ArgName("bytes")->UseRealTime();

void scan_unchecked(benchmark::State& state) {
  const ScratchDir dir;
  fill(dir.path(), static_cast<std::size_t>(state.range(0)));
  const auto file = open_for_reading(dir.path() / kDataFile);
  const auto size = file_bytes(*file, dir.path()).value();
  const auto map = FileMap::make(*file, size, dir.path()).value();
  const MetaPair pair = read_meta_pair(*file, dir.path(), 4096).value();
  const LogSnapshot snapshot =
      LogSnapshot::find({map->base(), 4096, size / 4096}, pair.newest()).value();
  for (auto _ : state) {
    TreeCursor cursor(snapshot.image, snapshot.topic_trees[0]);
    std::size_t bytes = 0;
    RecordView record;
    for (auto step = cursor.first(); step == TreeCursor::Step::entry; step = cursor.next()) {
      if (decode_record_unchecked(Topic::stock_prices, cursor.integer_key(), cursor.value(),
                                  record)) {
        std::abort();
      }
      bytes += record.payload.size();
    }
    benchmark::DoNotOptimize(bytes);
  }
  report_scan(state);
}
BENCHMARK(scan_unchecked)->Arg(50)->Arg(200)->ArgName("bytes")->UseRealTime();

void scan_lmdb(benchmark::State& state) {
  const ScratchDir dir;
  PlainLmdb plain(dir.path());
  for (std::size_t i = 0; i < kScanRecords; i += 10'000) {
    plain.append(10'000, std::string(static_cast<std::size_t>(state.range(0)), 'p'));
  }
  for (auto _ : state) benchmark::DoNotOptimize(plain.scan());
  report_scan(state);
}
BENCHMARK(scan_lmdb)->Arg(50)->Arg(200)->ArgName("bytes")->UseRealTime();

}  // namespace
}  // namespace tapewire
