// SPDX-License-Identifier: Apache-2.0
// Runs the one flow of the program: sources -> ingest -> log -> pipeline -> log -> store, and the server beside it.
//
// Threads: one per source, one each for ingest, pipeline and store writer; the server has its own.
//          They meet only in bounded queues and in the log. `finish` and `stop` are called by the owner.
// Ends:    `finish` waits until everything the sources gave is durable in the store;
//          `stop` ends early, keeping all that was acknowledged; the next start goes on from there.
// Errors:  the first failure of any thread stops all; `finish` and `stop` return it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "analytics/pipeline_stage.h"
#include "app/config.h"
#include "app/data_directory.h"
#include "app/run_clock.h"
#include "app/signalling_log.h"
#include "app/store_feed.h"
#include "base/result.h"
#include "eventlog/append_signal.h"
#include "ingest/ingest.h"
#include "ingest/ingest_queue.h"
#include "server/server.h"
#include "sources/source.h"

namespace tapewire {

// What the records that come now belong to.
struct RunFrame {
  RunId run = kLiveRun;
  bool begin = false;  // write run_begin first
  bool end = false;  // write run_end when every source has finished
  std::string description;  // in run_begin
  std::vector<RunId> abandon;  // runs given up for this one, ended in the commit that begins it
  std::vector<StateWrite> state_first;  // in that commit too
  std::vector<StateWrite> state_last;  // committed with run_end
};

struct EngineOptions {
  Config config;
  bool replay = false;  // virtual clock, ends with the sources
  bool simulated = false;  // virtual clock, the data are invented
  Speed speed{0};  // of the virtual clock
  Timestamp paced_from = kMinTimestamp;  // what happened before comes at once
  bool serve = false;
};

struct SourceReport {
  std::string name;
  std::string state;  // "running", "idle", "finished", "failed"
  std::string detail;
};

class Engine {
 public:
  // Takes the data directory (in_use when another writer has it) and recovers every part.
  static Result<std::unique_ptr<Engine>> open(EngineOptions options);
  ~Engine();

  [[nodiscard]] EventLog& log() { return log_; }
  [[nodiscard]] Store& store() { return *data_.store; }
  [[nodiscard]] const EngineOptions& options() const { return options_; }
  [[nodiscard]] const RunClock& clock() const { return clock_; }

  // Starts the server, when it is wanted. Returns its address, empty without.
  Result<std::string> serve();
  // Starts the threads. REQUIRES: called once.
  Status start(std::vector<std::unique_ptr<Source>> sources, RunFrame frame);

  [[nodiscard]] bool done() const { return store_done_; }  // all results durable
  [[nodiscard]] bool failed() const;
  void request_stop();
  Status finish();
  Status stop();

  [[nodiscard]] Account account() const;  // of this process, too_late included
  [[nodiscard]] std::uint64_t records_durable() const {
    return ingest_->account().prices.appended + ingest_->account().news.appended;
  }
  [[nodiscard]] std::vector<ConsumerPosition> consumers() const;
  [[nodiscard]] std::string status_json();
  [[nodiscard]] std::string metrics_text();

 private:
  Engine(EngineOptions options, DataDirectory data);
  Status recover();
  void run_source(std::size_t index, const std::stop_token& stop);
  void run_ingest(const std::stop_token& stop);
  void run_pipeline(const std::stop_token& stop);
  void run_store(const std::stop_token& stop);
  Status ingest_loop(const std::stop_token& stop);
  Status pipeline_loop(const std::stop_token& stop);
  Status store_loop(const std::stop_token& stop);
  Status store_step(Duration& last_commit, bool& progressed, bool input_done);
  Status after_drain();
  void beat(Timestamp& next);
  void retain();
  void fail_with(std::string_view who, const Error& error);
  void set_source_state(std::size_t index, std::string state, std::string detail = "");

  EngineOptions options_;
  RunClock clock_;
  DataDirectory data_;
  AppendSignal signal_;
  SignallingLog log_;
  std::unique_ptr<Ingest> ingest_;
  std::unique_ptr<PipelineStage> stage_;
  std::unique_ptr<StoreFeed> writer_;
  std::unique_ptr<Server> server_;
  IngestQueue queue_;
  RunFrame frame_;
  std::vector<std::unique_ptr<Source>> sources_;

  std::atomic<std::size_t> sources_running_ = 0;
  std::atomic<bool> sources_complete_ = true;  // every source said "finished"
  std::atomic<bool> ingest_done_ = false;
  std::atomic<bool> pipeline_done_ = false;
  std::atomic<bool> store_done_ = false;
  std::atomic<bool> ready_ = false;
  std::atomic<std::uint64_t> too_late_before_ = 0;
  Timestamp started_at_;

  mutable std::mutex mutex_;
  std::vector<SourceReport> reports_;
  std::string failure_;
  Error failure_error_;

  std::stop_source stop_;
  std::vector<std::jthread> threads_;  // last: joined before anything they use goes away
};

}  // namespace tapewire
