// SPDX-License-Identifier: Apache-2.0
// `run`: everything, in the foreground, until stopped.
#include <cstdio>
#include <memory>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "app/commands/command.h"
#include "app/commands/run_loop.h"
#include "app/signals.h"
#include "sources/files/followed_files.h"
#include "sources/simulated/simulated_source.h"

namespace tapewire {
namespace {

struct RunOptions {
  CommonOptions common;
  std::string roles = "sources,pipeline,sinks,server";
};

// All roles run in one process while the log is embedded; `server` may be left out.
Result<bool> wants_server(const std::string& roles) {
  std::set<std::string> named;
  std::istringstream in(roles);
  for (std::string role; std::getline(in, role, ',');) named.insert(role);
  for (const std::string& role : named) {
    if (role != "sources" && role != "pipeline" && role != "sinks" && role != "server") {
      return fail(
          ErrorCode::invalid_argument,
          fmt::format("--roles: unknown role \"{}\"; expected sources, pipeline, sinks, server",
                      role));
    }
  }
  for (const char* role : {"sources", "pipeline", "sinks"}) {
    if (named.contains(role)) continue;
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("--roles: \"{}\" cannot run elsewhere while the log is embedded; name it too",
                    role));
  }
  return named.contains("server");
}

Status run_until_stopped(Engine& engine, const CommonOptions& common) {
  TRY_ASSIGN(const std::string address, engine.serve());
  TRY_ASSIGN(auto sources, live_sources(engine.options().config, engine.log(), engine.clock()));
  TRY(engine.start(std::move(sources), RunFrame{}));
  if (!address.empty()) print_address(address, common.json);
  while (!engine.failed() && !engine.done()) {
    if (stop_asked(milliseconds(200))) break;
  }
  return engine.stop();
}

int run(const RunOptions& options) {
  auto config = options.common.config();
  if (!config) return report(config.error());
  const auto server = wants_server(options.roles);
  if (!server) return report(server.error());
  for (const std::string& warning : config_warnings(*config, server_token())) {
    std::fprintf(stderr, "tapewire: warning: %s\n", warning.c_str());
  }
  EngineOptions engine_options;
  engine_options.simulated = config->simulated.enabled;
  engine_options.speed = config->simulated.speed;
  if (!config->simulated.paced_from.empty()) {
    engine_options.paced_from = *parse_new_york_time(config->simulated.paced_from);
  }
  engine_options.serve = *server && config->server.enabled;
  engine_options.config = std::move(*config);
  if (engine_options.simulated) {
    std::fprintf(
        stderr,
        "tapewire: the market is SIMULATED: invented companies, invented prices, invented news\n");
  }
  auto engine = Engine::open(std::move(engine_options));
  if (!engine) return report(engine.error());
  if (const Status status = run_until_stopped(**engine, options.common); !status)
    return report(status.error());
  std::fprintf(stderr, "tapewire: stopped; everything acknowledged is on disk\n");
  return kDone;
}

}  // namespace

ReadState read_state_of(EventLog& log) {
  return [&log](std::string_view prefix) { return log.state(prefix); };
}

Result<RunFrame> new_run(EventLog& log, std::string description) {
  constexpr std::string_view kNextRun = "run/next";
  TRY_ASSIGN(const auto state, log.state(kNextRun));
  RunFrame frame;
  frame.run = state.empty() ? 1 : static_cast<RunId>(std::stoul(state.front().value));
  frame.state_first.push_back({std::string(kNextRun), std::to_string(frame.run + 1)});
  frame.begin = true;
  frame.end = true;
  frame.description = std::move(description);
  return frame;
}

void print_address(const std::string& address, bool json) {
  if (json) {
    fmt::print("{{\"address\":\"{}/\"}}\n", address);
  } else {
    fmt::print("tapewire is ready: {}/\n", address);
  }
  std::fflush(stdout);
}

Result<std::vector<std::unique_ptr<Source>>> live_sources(const Config& config, EventLog& log,
                                                          const Clock& clock) {
  std::vector<std::unique_ptr<Source>> sources;
  const Config::Files& files = config.files;
  const bool follow =
      !files.bars.empty() || !files.trades.empty() || !files.quotes.empty() || !files.news.empty();
  if (config.simulated.enabled && follow) {
    return fail(ErrorCode::invalid_argument,
                "simulated.enabled and followed files exclude each other: the simulated market has "
                "a time of its own");
  }
  if (config.simulated.enabled) {
    SimulatedOptions options;
    options.market = {static_cast<std::uint64_t>(config.simulated.seed),
                      static_cast<std::size_t>(config.simulated.symbols),
                      *parse_trading_date(config.simulated.start)};
    options.trades = config.simulated.trades;
    TRY_ASSIGN(auto source, SimulatedSource::open(options, read_state_of(log)));
    sources.push_back(std::move(source));
  }
  if (follow) {
    FollowedFilesOptions options;
    options.bars = files.bars;
    options.trades = files.trades;
    options.quotes = files.quotes;
    options.news = files.news;
    options.width = parse_width(files.width);
    options.poll = files.poll;
    options.notice = [](const std::string& words) {
      std::fprintf(stderr, "tapewire: %s\n", words.c_str());
    };
    TRY_ASSIGN(auto source, FollowedFiles::open(options, clock, read_state_of(log)));
    sources.push_back(std::move(source));
  }
  if (sources.empty()) {
    return fail(ErrorCode::invalid_argument,
                "no source is configured: set simulated.enabled = true, or files.bars = [\"DIR\"]");
  }
  return sources;
}

void add_run(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* verb =
      app.add_subcommand("run", "Sources, log, pipeline, store and page, until stopped");
  verb->footer("Example: tapewire run --config config/demo.toml");
  options->common.add_to(*verb, true);
  verb->add_option("--roles", options->roles, "sources,pipeline,sinks,server");
  verb->callback([&line, options] { line.run = [options] { return run(*options); }; });
}

}  // namespace tapewire
