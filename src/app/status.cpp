// SPDX-License-Identifier: Apache-2.0
// The engine's words about itself: /api/v1/health and /metrics.
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "app/engine.h"
#include "app/version.h"

namespace tapewire {
namespace {

using Json = nlohmann::ordered_json;

Json account_json(const TopicAccount& account) { return Json::parse(to_json(account)); }

Json time_or_null(Timestamp t) {
  return t == kMinTimestamp || t.ns == 0 ? Json(nullptr) : Json(to_iso8601(t));
}

}  // namespace

std::string Engine::status_json() {
  Json out;
  Json problems = Json::array();
  const Account totals = ingest_ ? ingest_->total() : Account{};
  Account with_late = totals;
  const PipelineCounters counters = stage_->counters();
  with_late.prices.too_late = counters.too_late;
  std::uint64_t pipeline_lag = 0;
  std::uint64_t store_lag = 0;
  if (const auto topics = data_.log->topics()) {
    for (const TopicInfo& info : *topics) {
      const bool derived = info.topic == Topic::bars || info.topic == Topic::signals;
      if (info.topic == Topic::stock_prices) {
        pipeline_lag = info.end_offset - std::min(info.end_offset, stage_->position(info.topic));
      } else if (derived) {
        store_lag += info.end_offset - std::min(info.end_offset, writer_->committed(info.topic));
      }
    }
  } else {
    problems.push_back(topics.error().message);
  }
  {
    const std::lock_guard lock(mutex_);
    if (!failure_.empty()) problems.push_back(failure_);
    out["sources"] = Json::array();
    for (const SourceReport& report : reports_) {
      out["sources"].push_back(
          {{"name", report.name}, {"state", report.state}, {"detail", report.detail}});
    }
  }
  out["status"] = problems.empty() ? "ok" : "degraded";
  out["version"] = kVersion;
  out["mode"] = options_.replay ? "replay" : options_.simulated ? "simulated" : "live";
  out["simulated"] = options_.simulated;
  out["started_at"] = to_iso8601(started_at_);
  out["now"] = time_or_null(clock_.now());
  // A run that has ended has closed every window.
  out["watermark"] = time_or_null(store_done_ ? clock_.now() : stage_->watermark(frame_.run));
  out["account"] = {{"stock-prices", account_json(with_late.prices)},
                    {"news-articles", account_json(with_late.news)}};
  out["lag"] = {{"pipeline", pipeline_lag}, {"store", store_lag}};
  out["problems"] = problems;
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Engine::metrics_text() {
  prometheus::Registry registry;
  auto& events = prometheus::BuildCounter()
                     .Name("tapewire_events_total")
                     .Help("Events by topic and what became of them.")
                     .Register(registry);
  const auto count = [&](std::string_view topic, const TopicAccount& account) {
    const auto set = [&](const char* outcome, std::uint64_t n) {
      events.Add({{"topic", std::string(topic)}, {"outcome", outcome}})
          .Increment(static_cast<double>(n));
    };
    set("read", account.read);
    set("appended", account.appended);
    set("duplicate", account.duplicate);
    set("dead_lettered", account.dead_lettered);
    set("too_late", account.too_late);
    set("dropped", account.dropped);
  };
  Account totals = ingest_ ? ingest_->total() : Account{};
  totals.prices.too_late = stage_->counters().too_late;
  count("stock-prices", totals.prices);
  count("news-articles", totals.news);

  auto& offsets = prometheus::BuildGauge()
                      .Name("tapewire_topic_end_offset")
                      .Help("The offset the next record gets.")
                      .Register(registry);
  auto& bytes = prometheus::BuildGauge()
                    .Name("tapewire_topic_bytes")
                    .Help("Bytes of a topic's records.")
                    .Register(registry);
  auto& lag = prometheus::BuildGauge()
                  .Name("tapewire_consumer_lag_records")
                  .Help("Records a consumer has still to read.")
                  .Register(registry);
  if (const auto topics = data_.log->topics()) {
    for (const TopicInfo& info : *topics) {
      const std::string name(to_string(info.topic));
      offsets.Add({{"topic", name}}).Set(static_cast<double>(info.end_offset));
      bytes.Add({{"topic", name}}).Set(static_cast<double>(info.bytes));
      const bool derived = info.topic == Topic::bars || info.topic == Topic::signals;
      const Offset position =
          derived ? writer_->committed(info.topic) : stage_->position(info.topic);
      if (!derived && info.topic != Topic::stock_prices) continue;
      lag.Add({{"consumer", derived ? "store" : "pipeline"}, {"topic", name}})
          .Set(static_cast<double>(info.end_offset - std::min(info.end_offset, position)));
    }
  }
  auto& queue = prometheus::BuildGauge()
                    .Name("tapewire_ingest_queue_batches")
                    .Help("Batches waiting for the log.")
                    .Register(registry);
  queue.Add({}).Set(static_cast<double>(queue_.size()));
  auto& watermark = prometheus::BuildGauge()
                        .Name("tapewire_watermark_seconds")
                        .Help("Event time up to which windows are closed.")
                        .Register(registry);
  const Timestamp mark = stage_->watermark(frame_.run);
  watermark.Add({}).Set(mark == kMinTimestamp ? 0 : static_cast<double>(mark.ns) * 1e-9);
  return prometheus::TextSerializer().Serialize(registry.Collect());
}

}  // namespace tapewire
