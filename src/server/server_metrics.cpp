// SPDX-License-Identifier: Apache-2.0
#include "server/server_metrics.h"

#include <algorithm>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace tapewire {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

prometheus::Histogram::BucketBoundaries seconds_buckets() {
  return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
}

// Brings a counter up to a count kept elsewhere.
void raise(prometheus::Counter& counter, std::uint64_t total) {
  counter.Increment(std::max(0.0, static_cast<double>(total) - counter.Value()));
}

}  // namespace

struct ServerMetrics::Impl {
  prometheus::Gauge& gauge(const char* name, const char* help) {
    return BuildGauge().Name(name).Help(help).Register(registry).Add({});
  }
  prometheus::Counter& counter(const char* name, const char* help) {
    return BuildCounter().Name(name).Help(help).Register(registry).Add({});
  }

  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests =
      BuildCounter()
          .Name("tapewire_http_requests_total")
          .Help("HTTP requests answered, by route and status")
          .Register(registry);
  prometheus::Family<prometheus::Histogram>& seconds =
      BuildHistogram()
          .Name("tapewire_http_request_seconds")
          .Help("Time from a request's last byte to its answer")
          .Register(registry);
  prometheus::Gauge& clients = gauge("tapewire_live_clients", "Websocket clients connected");
  prometheus::Gauge& outbox_bytes =
      gauge("tapewire_live_outbox_bytes", "Bytes waiting for websocket clients");
  prometheus::Counter& events = counter("tapewire_live_events_total", "Live events rendered");
  prometheus::Counter& merged =
      counter("tapewire_live_merged_total", "Updates merged for slow clients");
  prometheus::Counter& dropped =
      counter("tapewire_live_dropped_clients_total", "Clients dropped as too slow");
  prometheus::Counter& errors =
      counter("tapewire_live_feed_errors_total", "Failed reads and undecodable records");
  prometheus::Gauge& waiting = gauge("tapewire_http_jobs_waiting", "Queries waiting for a worker");
};

ServerMetrics::ServerMetrics() : impl_(std::make_unique<Impl>()) {}
ServerMetrics::~ServerMetrics() = default;

void ServerMetrics::observe_request(std::string_view route, int status, Duration took) {
  const std::string name(route);
  impl_->requests.Add({{"route", name}, {"status", std::to_string(status)}}).Increment();
  impl_->seconds.Add({{"route", name}}, seconds_buckets())
      .Observe(static_cast<double>(took.ns) * 1e-9);
}

void ServerMetrics::set_live(const LiveTotals& totals, std::uint64_t feed_errors) {
  impl_->clients.Set(static_cast<double>(totals.clients));
  impl_->outbox_bytes.Set(static_cast<double>(totals.outbox_bytes));
  raise(impl_->events, totals.events);
  raise(impl_->merged, totals.merged);
  raise(impl_->dropped, totals.dropped_clients);
  raise(impl_->errors, feed_errors);
}

void ServerMetrics::set_workers_waiting(std::size_t jobs) {
  impl_->waiting.Set(static_cast<double>(jobs));
}

std::string ServerMetrics::text() const {
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace tapewire
