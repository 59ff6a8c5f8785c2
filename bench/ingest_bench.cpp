// SPDX-License-Identifier: Apache-2.0
// P1 and P5: Polygon AM frames in memory -> parsed, validated, durable, beside simdjson and LMDB alone.
//
// Input: TAPEWIRE_BENCH_FRAMES names a file of frames, one a line (bench/run writes it, and gives the same
//        file to the reference system).
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <benchmark/benchmark.h>
#include <lmdb.h>
#include <simdjson.h>

#include "base/check.h"
#include "eventlog/embedded/embedded_log.h"
#include "ingest/ingest.h"
#include "ingest/ingest_queue.h"
#include "model/codec.h"
#include "sources/polygon/frame_parser.h"

namespace tapewire {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kCommitRecords = 5'000;

struct Frames {
  std::vector<std::string> text;
  std::uint64_t bars = 0;
};

const Frames& frames() {
  static const Frames loaded = [] {
    const char* path = std::getenv("TAPEWIRE_BENCH_FRAMES");
    CHECK(path != nullptr);
    std::ifstream in(path);
    Frames out;
    for (std::string line; std::getline(in, line);) {
      for (std::size_t at = 0; (at = line.find("\"AM\"", at)) != std::string::npos; ++at)
        ++out.bars;
      out.text.push_back(std::move(line));
    }
    CHECK(out.bars > 0);
    return out;
  }();
  return loaded;
}

class Directory {
 public:
  Directory()
      : path_(fs::temp_directory_path() /
              ("tapewire-bench-" + std::to_string(getpid()) + "-" + std::to_string(++count_))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Directory() { fs::remove_all(path_); }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  static inline int count_ = 0;
  fs::path path_;
};

IngestOptions options() {
  IngestOptions out;
  out.now = system_now();
  out.group_records = kCommitRecords;
  return out;
}

// Every field read as text or number, nothing done with it: the limit of parsing.
void simdjson_alone(benchmark::State& state) {
  simdjson::ondemand::parser parser;
  std::vector<simdjson::padded_string> padded;
  for (const std::string& frame : frames().text) padded.emplace_back(frame);
  for (auto _ : state) {
    std::uint64_t sum = 0;
    for (const simdjson::padded_string& frame : padded) {
      auto document = parser.iterate(frame);
      for (auto event : document.get_array()) {
        for (auto field : event.get_object()) {
          const std::string_view key = field.unescaped_key();
          auto value = field.value();
          sum += key.size() + static_cast<std::string_view>(value.raw_json_token()).size();
        }
      }
    }
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * frames().bars));
}
BENCHMARK(simdjson_alone)->Unit(benchmark::kMillisecond);

void parse_and_validate(benchmark::State& state) {
  PolygonFrameParser parser;
  EventBatch batch;
  for (auto _ : state) {
    for (const std::string& frame : frames().text) {
      batch.clear();
      parser.parse(frame, system_now(), batch);
      CHECK(batch.rejected.empty());
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * frames().bars));
}
BENCHMARK(parse_and_validate)->Unit(benchmark::kMillisecond);

// The same bytes as the log writes, by LMDB alone, synced as often: the limit of appending.
void lmdb_alone(benchmark::State& state) {
  std::vector<std::string> values;
  PolygonFrameParser parser;
  EventBatch batch;
  for (const std::string& frame : frames().text) {
    batch.clear();
    parser.parse(frame, system_now(), batch);
    for (const Bar& bar : batch.bars) {
      std::string value(36, 'h');  // as large as the record's envelope
      encode(bar, value);
      values.push_back(std::move(value));
    }
  }
  const Directory directory;
  MDB_env* env = nullptr;
  CHECK(mdb_env_create(&env) == 0 && mdb_env_set_mapsize(env, std::size_t{1} << 36) == 0);
  CHECK(mdb_env_open(env, directory.path().c_str(), MDB_NORDAHEAD, 0644) == 0);
  std::uint64_t offset = 0;
  for (auto _ : state) {
    for (std::size_t at = 0; at < values.size();) {
      MDB_txn* txn = nullptr;
      MDB_dbi dbi = 0;
      CHECK(mdb_txn_begin(env, nullptr, 0, &txn) == 0 &&
            mdb_dbi_open(txn, nullptr, MDB_INTEGERKEY, &dbi) == 0);
      for (std::size_t i = 0; i < kCommitRecords && at < values.size(); ++i, ++at, ++offset) {
        MDB_val key{sizeof(offset), &offset};
        MDB_val value{values[at].size(), values[at].data()};
        CHECK(mdb_put(txn, dbi, &key, &value, MDB_APPEND) == 0);
      }
      CHECK(mdb_txn_commit(txn) == 0);
    }
  }
  mdb_env_close(env);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * values.size()));
}
BENCHMARK(lmdb_alone)->Unit(benchmark::kMillisecond)->UseRealTime();

// One thread does it all.
void one_thread_to_durable(benchmark::State& state) {
  const Directory directory;
  auto log = EmbeddedLog::open(directory.path() / "log");
  CHECK(log.has_value());
  Ingest ingest(**log, options());
  PolygonFrameParser parser;
  EventBatch batch;
  for (auto _ : state) {
    for (const std::string& frame : frames().text) {
      batch.clear();
      parser.parse(frame, system_now(), batch);
      CHECK(ingest.accept(batch).has_value());
      if (ingest.due_in(monotonic_now()) <= Duration{0}) CHECK(ingest.commit().has_value());
    }
    CHECK(ingest.commit().has_value());
  }
  CHECK(ingest.account().prices.appended ==
        static_cast<std::uint64_t>(state.iterations()) * frames().bars);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * frames().bars));
}
BENCHMARK(one_thread_to_durable)->Unit(benchmark::kMillisecond)->UseRealTime();

// As the program runs it: a source thread parses, the ingest thread validates and commits.
void frames_to_durable(benchmark::State& state) {
  const Directory directory;
  auto log = EmbeddedLog::open(directory.path() / "log");
  CHECK(log.has_value());
  Ingest ingest(**log, options());
  for (auto _ : state) {
    IngestQueue queue(64);
    std::jthread source([&] {
      PolygonFrameParser parser;
      for (const std::string& frame : frames().text) {
        auto item = queue.take_empty();
        parser.parse(frame, system_now(), *item);
        CHECK(queue.push(std::move(item)));
      }
      queue.close();
    });
    while (auto item = queue.pop_for(seconds(10))) {
      CHECK(ingest.accept(**item).has_value());
      queue.give_back(std::move(*item));
      if (ingest.due_in(monotonic_now()) <= Duration{0}) CHECK(ingest.commit().has_value());
    }
    CHECK(ingest.commit().has_value());
  }
  CHECK(ingest.account().prices.appended ==
        static_cast<std::uint64_t>(state.iterations()) * frames().bars);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * frames().bars));
}
BENCHMARK(frames_to_durable)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace tapewire
