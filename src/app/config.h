// SPDX-License-Identifier: Apache-2.0
// Holds every setting of the program and the only copy of each default.
//
// Shape:  plain structs; `visit_config` names every key once, with its comment, for reading, writing and
//         checking alike.
// Errors: invalid_argument naming file, line, key and what was expected; unknown keys are refused.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace tapewire {

struct Size {
  std::uint64_t bytes = 0;
};

struct Speed {
  double factor = 1;  // 0: as fast as it goes
};

struct Config {
  std::string data = "./tapewire-data";

  struct Log {
    Duration group_wait = milliseconds(5);
    std::int64_t group_records = 5'000;
    Duration keep_for{0};
    Size keep_bytes{0};
  } log;

  struct Ingest {
    std::int64_t queue_batches = 64;
  } ingest;

  struct Pipeline {
    Duration max_out_of_orderness = seconds(2);
    Duration idle_after = seconds(1);
    Duration trade_allowed_lateness = minutes(2);
  } pipeline;

  struct Store {
    Size memory{std::uint64_t{384} << 20};
    std::int64_t threads = 2;
    bool keep_trades = false;
    bool keep_quotes = false;
    Duration commit_every = milliseconds(500);
  } store;

  struct Server {
    bool enabled = true;
    std::string listen = "127.0.0.1:8090";
    std::vector<std::string> allowed_hosts;
    std::int64_t clients_max = 256;
  } server;

  struct Sql {
    Duration time = seconds(30);
    std::int64_t rows = 1'000'000;
  } sql;

  struct Files {
    std::vector<std::string> bars, trades, quotes, news;
    std::string width;
    Duration poll = milliseconds(200);
    Size merge_memory{std::uint64_t{384} << 20};
  } files;

  struct Simulated {
    bool enabled = false;
    std::int64_t symbols = 24;
    std::string start = "2024-03-04";
    std::int64_t seed = 1;
    std::string paced_from;
    Speed speed{60};
    bool trades = false;
  } simulated;

  struct Polygon {
    bool enabled = false;
    std::string websocket = "wss://delayed.massive.com/stocks";
    std::string rest = "https://api.massive.com";
    std::vector<std::string> channels{"AM"};
    std::vector<std::string> symbols{"AAPL"};
  } polygon;

  struct Finnhub {
    bool enabled = false;
    std::string websocket = "wss://ws.finnhub.io";
    std::string rest = "https://finnhub.io/api/v1";
    std::vector<std::string> symbols;
  } finnhub;

  struct Guardian {
    bool enabled = false;
    std::string rest = "https://content.guardianapis.com";
    Duration poll = seconds(60);
    std::vector<std::string> queries;
  } guardian;
};

// The part of visit_config for what vendors' feeds need.
template <class C, class Visitor>
void visit_vendors(C& config, Visitor& v) {
  v.section("polygon", "Polygon/Massive (settings are read; the source is not in this version)");
  v.key("enabled", config.polygon.enabled, "take this source");
  v.key("websocket", config.polygon.websocket, "any ws:// or wss:// address");
  v.key("rest", config.polygon.rest, "address of the REST API");
  v.key("channels", config.polygon.channels, "A, AM, T, Q");
  v.key("symbols", config.polygon.symbols, "symbols of the first start");
  v.section("finnhub", "Finnhub (settings are read; the source is not in this version)");
  v.key("enabled", config.finnhub.enabled, "take this source");
  v.key("websocket", config.finnhub.websocket, "any ws:// or wss:// address");
  v.key("rest", config.finnhub.rest, "address of the REST API");
  v.key("symbols", config.finnhub.symbols, "symbols of the first start");
  v.section("guardian", "The Guardian (settings are read; the source is not in this version)");
  v.key("enabled", config.guardian.enabled, "take this source");
  v.key("rest", config.guardian.rest, "address of the API");
  v.key("poll", config.guardian.poll, "how often each query is asked");
  v.key("queries", config.guardian.queries, "queries of the first start");
}

// Calls visitor.section(name, comment), then visitor.key(name, value, comment) for each of its keys.
template <class C, class Visitor>
void visit_config(C& config, Visitor&& v) {
  v.section("", "");
  v.key("data", config.data, "directory of the log, the store and the history");
  v.section("log", "the event log");
  v.key("group_wait", config.log.group_wait,
        "how long an event may wait for others before the sync");
  v.key("group_records", config.log.group_records, "records that are synced together at most");
  v.key("keep_for", config.log.keep_for, "records older than this may be removed; 0ns keeps all");
  v.key("keep_bytes", config.log.keep_bytes,
        "a topic larger than this loses its oldest; 0B keeps all");
  v.section("ingest", "from the sources to the log");
  v.key("queue_batches", config.ingest.queue_batches,
        "batches waiting between sources and log at most");
  v.section("pipeline", "windows, rollups and signals");
  v.key("max_out_of_orderness", config.pipeline.max_out_of_orderness,
        "how far the watermark trails the newest event");
  v.key("idle_after", config.pipeline.idle_after,
        "silence after which heartbeats move the watermark on");
  v.key("trade_allowed_lateness", config.pipeline.trade_allowed_lateness,
        "how long a closed window still accepts trades");
  v.section("store", "DuckDB");
  v.key("memory", config.store.memory, "memory of the database at most");
  v.key("threads", config.store.threads, "threads of the database");
  v.key("keep_trades", config.store.keep_trades, "store every trade as received");
  v.key("keep_quotes", config.store.keep_quotes, "store every quote as received");
  v.key("commit_every", config.store.commit_every, "how often live results are committed");
  v.section("server", "web page, HTTP and websocket");
  v.key("enabled", config.server.enabled, "serve the page and the API");
  v.key("listen", config.server.listen,
        "address and port; beyond loopback TAPEWIRE_TOKEN must be set; port 0: any free one");
  v.key("allowed_hosts", config.server.allowed_hosts,
        "host names besides loopback that requests may use");
  v.key("clients_max", config.server.clients_max, "websocket clients at most");
  v.section("sql", "limits of a user's query");
  v.key("time", config.sql.time, "time at most");
  v.key("rows", config.sql.rows, "rows at most");
  v.section("files", "recorded files");
  v.key("bars", config.files.bars, "bar files or directories that `run` follows as they grow");
  v.key("trades", config.files.trades, "the same, trades");
  v.key("quotes", config.files.quotes, "the same, quotes");
  v.key("news", config.files.news, "the same, news");
  v.key("width", config.files.width, "width of bars whose folder does not tell it: 1s, 1m, 1d ...");
  v.key("poll", config.files.poll, "how often followed files are looked at");
  v.key("merge_memory", config.files.merge_memory, "memory for sorting recorded files at most");
  v.section("simulated", "the simulated market and wire");
  v.key("enabled", config.simulated.enabled, "run the simulated market");
  v.key("symbols", config.simulated.symbols, "invented companies");
  v.key("start", config.simulated.start, "first trading date");
  v.key("seed", config.simulated.seed, "the same seed gives the same market");
  v.key("paced_from", config.simulated.paced_from,
        "date and time in New York, 2024-03-05T10:30, up to which all comes at once; empty: from "
        "the start");
  v.key("speed", config.simulated.speed, "market seconds per second; \"max\": as fast as it goes");
  v.key("trades", config.simulated.trades, "trades instead of minute bars");
  visit_vendors(config, v);
}

// "2024-03-05T10:30" in New York; nullopt: it is no such time.
std::optional<Timestamp> parse_new_york_time(std::string_view text);
Result<Speed> parse_speed(std::string_view text);  // "max", "1x", "60x", "0.5x"
std::string to_text(Speed speed);

Result<Config> parse_config(std::string_view toml, std::string_view file_name);
Result<Config> load_config(const std::filesystem::path& file);
// The whole configuration with comments, as config/default.toml holds it.
std::string default_config_toml();
// What is set but cannot work in this version or with this token, in words.
std::vector<std::string> config_warnings(const Config& config, std::string_view token);
// TAPEWIRE_TOKEN of the environment; empty: not set.
std::string server_token();

}  // namespace tapewire
