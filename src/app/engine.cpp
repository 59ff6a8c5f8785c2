// SPDX-License-Identifier: Apache-2.0
#include "app/engine.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "model/calendar.h"

namespace tapewire {
namespace {

constexpr Duration kPatience = milliseconds(50);

IngestOptions ingest_options(const EngineOptions& options, RunId run) {
  IngestOptions out;
  out.run = run;
  out.now = options.replay ? system_now() : kMinTimestamp;
  out.heartbeats_from_events = options.replay || options.simulated;
  out.group_records = static_cast<std::size_t>(options.config.log.group_records);
  out.group_wait = options.config.log.group_wait;
  return out;
}

PipelineOptions pipeline_options(const Config& config) {
  PipelineOptions out;
  out.max_out_of_orderness = config.pipeline.max_out_of_orderness;
  out.idle_after = config.pipeline.idle_after;
  out.trade_allowed_lateness = config.pipeline.trade_allowed_lateness;
  return out;
}

StoreFeedOptions writer_options(const EngineOptions& options) {
  StoreFeedOptions out;
  out.keep_trades = options.config.store.keep_trades;
  out.keep_quotes = options.config.store.keep_quotes;
  if (!options.replay) out.rows_max = 20'000;
  return out;
}

std::string_view market_state(TradingSession session) {
  switch (session) {
    case TradingSession::pre_market: return "early_hours";
    case TradingSession::regular: return "open";
    case TradingSession::after_hours: return "after_hours";
    case TradingSession::none: return "closed";
  }
  return "closed";
}

}  // namespace

Engine::Engine(EngineOptions options, DataDirectory data)
    : options_(std::move(options)),
      clock_(options_.replay || options_.simulated, options_.speed.factor, options_.paced_from),
      data_(std::move(data)),
      log_(*data_.log, signal_),
      queue_(static_cast<std::size_t>(options_.config.ingest.queue_batches)),
      started_at_(system_now()) {}

Engine::~Engine() {
  request_stop();
  queue_.close();
  signal_.close();
  threads_.clear();
  if (!server_) return;
  withdraw_server(data_.paths);
  server_->stop();
}

Result<std::unique_ptr<Engine>> Engine::open(EngineOptions options) {
  TRY_ASSIGN(DataDirectory data, DataDirectory::open_for_writing(options.config));
  std::unique_ptr<Engine> engine(new Engine(std::move(options), std::move(data)));
  TRY(engine->recover());
  return engine;
}

Status Engine::recover() {
  stage_ = std::make_unique<PipelineStage>(log_, pipeline_options(options_.config));
  TRY(stage_->recover());
  too_late_before_ = stage_->counters().too_late;
  writer_ = std::make_unique<StoreFeed>(log_, *data_.store, writer_options(options_));
  return writer_->recover();
}

Status Engine::start(std::vector<std::unique_ptr<Source>> sources, RunFrame frame) {
  frame_ = std::move(frame);
  sources_ = std::move(sources);
  ingest_ = std::make_unique<Ingest>(log_, ingest_options(options_, frame_.run));
  TRY(ingest_->recover());
  // The finished files of a run that was given up stay known, so their last windows must come out; those of
  // the file that is read again are replaced by the new run's.
  for (const RunId run : frame_.abandon) ingest_->end_run(run, system_now());
  for (const StateWrite& write : frame_.state_first) ingest_->put_state(write.key, write.value);
  if (frame_.begin) ingest_->begin_run(frame_.description, clock_.now());
  TRY(ingest_->commit());

  sources_running_ = sources_.size();
  for (const auto& source : sources_)
    reports_.push_back({std::string(source->name()), "running", ""});
  const auto stop = stop_.get_token();
  threads_.emplace_back([this, stop] { run_store(stop); });
  threads_.emplace_back([this, stop] { run_pipeline(stop); });
  threads_.emplace_back([this, stop] { run_ingest(stop); });
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    threads_.emplace_back([this, i, stop] { run_source(i, stop); });
  }
  ready_ = true;
  return {};
}

void Engine::fail_with(std::string_view who, const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    if (failure_.empty()) {
      failure_ = fmt::format("{}: {}", who, error.message);
      failure_error_ = error;
      failure_error_.message = failure_;
    }
  }
  request_stop();
}

bool Engine::failed() const {
  const std::lock_guard lock(mutex_);
  return !failure_.empty();
}

void Engine::set_source_state(std::size_t index, std::string state, std::string detail) {
  const std::lock_guard lock(mutex_);
  reports_[index].state = std::move(state);
  reports_[index].detail = std::move(detail);
}

void Engine::run_source(std::size_t index, const std::stop_token& stop) {
  Source& source = *sources_[index];
  bool complete = false;
  while (!stop.stop_requested() && !complete) {
    IngestQueue::Item item = queue_.take_empty();
    const auto step = source.next(*item, stop);
    if (!step) {
      set_source_state(index, "failed", step.error().message);
      fail_with(fmt::format("source {}", source.name()), step.error());
      break;
    }
    if (!item->empty()) {
      if (!item->order.empty()) clock_.wait_until(item->order.back().receive_time, stop);
      // Stopped while waiting: the batch was never acknowledged, so the next start brings it again.
      if (stop.stop_requested() || !queue_.push(std::move(item))) break;
    }
    complete = *step == SourceStep::finished;
  }
  if (complete) set_source_state(index, "finished");
  if (!complete) sources_complete_ = false;
  if (--sources_running_ == 0) queue_.close();
}

void Engine::beat(Timestamp& next) {
  const Timestamp now = clock_.now();
  if (clock_.is_virtual() || now < next) return;
  next = floor_to(now, seconds(1)) + seconds(1);
  ingest_->heartbeat(now, market_state(calendar().session_of(now)));
}

Status Engine::ingest_loop(const std::stop_token& stop) {
  Timestamp next_beat = kMinTimestamp;
  while (true) {
    const Duration wait =
        ingest_->pending() ? std::max(Duration{0}, ingest_->due_in(monotonic_now())) : kPatience;
    auto item = queue_.pop_for(wait);
    if (item) {
      TRY(ingest_->accept(**item));
      queue_.give_back(std::move(*item));
    }
    ingest_->count_dropped(queue_.take_dropped_prices(), queue_.take_dropped_news());
    beat(next_beat);
    if (ingest_->pending() && ingest_->due_in(monotonic_now()) <= Duration{0})
      TRY(ingest_->commit());
    if (!item && (stop.stop_requested() || (queue_.closed() && queue_.size() == 0))) break;
  }
  if (frame_.end && sources_complete_ && !stop.stop_requested()) {
    for (const StateWrite& write : frame_.state_last) ingest_->put_state(write.key, write.value);
    ingest_->end_run(frame_.run, ingest_->newest_receive_time());
  }
  return ingest_->commit();
}

void Engine::run_ingest(const std::stop_token& stop) {
  if (const Status status = ingest_loop(stop); !status) {
    fail_with("event log", status.error());
  }
  // A source may have filled the queue during the last commit and wait for room.
  queue_.close();
  ingest_done_ = true;
}

Status Engine::pipeline_loop(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const bool input_done = ingest_done_;
    const Sequence seen = signal_.end();
    TRY_ASSIGN(const std::size_t count, stage_->step());
    if (count > 0) continue;
    if (input_done) break;
    signal_.wait(seen, kPatience);
  }
  return {};
}

void Engine::run_pipeline(const std::stop_token& stop) {
  if (const Status status = pipeline_loop(stop); !status) fail_with("pipeline", status.error());
  pipeline_done_ = true;
}

Status Engine::store_step(Duration& last_commit, bool& progressed, bool input_done) {
  TRY_ASSIGN(const std::size_t count, writer_->gather());
  progressed = count > 0;
  const bool due = monotonic_now() - last_commit >= options_.config.store.commit_every;
  if (writer_->full() || (writer_->pending() && !progressed && (input_done || due))) {
    TRY(writer_->commit());
    last_commit = monotonic_now();
    progressed = true;
  }
  return {};
}

Status Engine::store_loop(const std::stop_token& stop) {
  Duration last_commit = monotonic_now();
  Duration last_upkeep = monotonic_now();
  while (!stop.stop_requested()) {
    const bool input_done = pipeline_done_ && ingest_done_;
    const Sequence seen = signal_.end();
    bool progressed = false;
    TRY(store_step(last_commit, progressed, input_done));
    if (!options_.replay && monotonic_now() - last_upkeep > seconds(60)) {
      last_upkeep = monotonic_now();
      TRY(data_.store->finish_days(calendar().date_of(writer_->newest_bar())));
      retain();
    }
    if (progressed) continue;
    if (input_done) return after_drain();
    signal_.wait(seen, kPatience);
  }
  return writer_->commit();
}

Status Engine::after_drain() {
  TRY(writer_->commit());
  if (options_.replay) TRY(data_.store->finish_days(calendar().date_of(system_now())));
  store_done_ = true;
  return {};
}

void Engine::run_store(const std::stop_token& stop) {
  if (const Status status = store_loop(stop); !status) fail_with("store", status.error());
}

void Engine::retain() {
  const Config::Log& limits = options_.config.log;
  if (limits.keep_for.ns == 0 && limits.keep_bytes.bytes == 0) return;
  for (const Topic topic : kTopics) {
    Retention retention;
    retention.topic = topic;
    if (limits.keep_for.ns != 0) retention.append_time_before = system_now() - limits.keep_for;
    if (limits.keep_bytes.bytes != 0) retention.bytes_max = limits.keep_bytes.bytes;
    const bool derived = topic == Topic::bars || topic == Topic::signals;
    retention.keep_from = derived ? writer_->committed(topic) : stage_->needed_from(topic);
    const bool kept = options_.config.store.keep_trades || options_.config.store.keep_quotes;
    if (topic == Topic::news_articles || topic == Topic::dead_letters ||
        (topic == Topic::stock_prices && kept)) {
      retention.keep_from = std::min(retention.keep_from, writer_->committed(topic));
    }
    if (const auto removed = log_.trim(retention); !removed) {
      spdlog::warn("retention of {}: {}", to_string(topic), removed.error().message);
    }
  }
}

void Engine::request_stop() { stop_.request_stop(); }

Status Engine::finish() {
  threads_.clear();
  const std::lock_guard lock(mutex_);
  if (!failure_.empty()) return std::unexpected(failure_error_);
  return {};
}

Status Engine::stop() {
  request_stop();
  signal_.close();
  return finish();
}

Result<std::string> Engine::serve() {
  if (!options_.serve) return std::string{};
  ServerOptions server;
  server.listen = options_.config.server.listen;
  server.allowed_hosts = options_.config.server.allowed_hosts;
  server.live.clients = static_cast<std::size_t>(options_.config.server.clients_max);
  server.sql_limits = {options_.config.sql.time,
                       static_cast<std::uint64_t>(options_.config.sql.rows)};
  server.token = server_token();
  ServerCallbacks callbacks;
  callbacks.status = [this] { return status_json(); };
  callbacks.metrics = [this] { return metrics_text(); };
  callbacks.ready = [this] { return ready_.load() && !failed(); };
  callbacks.consumers = [this] { return consumers(); };
  callbacks.wait_for_records = [this, seen = Sequence{0}](Duration patience) mutable {
    seen = signal_.wait(seen, patience);
  };
  TRY_ASSIGN(server_, Server::start(std::move(server), *data_.store, log_, std::move(callbacks)));
  TRY(announce_server(data_.paths, server_->address()));
  return server_->address();
}

std::vector<ConsumerPosition> Engine::consumers() const {
  std::vector<ConsumerPosition> out;
  for (const Topic topic : {Topic::stock_prices, Topic::news_articles, Topic::heartbeat}) {
    out.push_back({"pipeline", std::string(to_string(topic)), stage_->position(topic)});
  }
  for (const Topic topic :
       {Topic::bars, Topic::signals, Topic::news_articles, Topic::dead_letters}) {
    out.push_back({"store", std::string(to_string(topic)), writer_->committed(topic)});
  }
  return out;
}

Account Engine::account() const {
  Account out = ingest_->account();
  out.prices.too_late = stage_->counters().too_late - too_late_before_;
  return out;
}

}  // namespace tapewire
