// SPDX-License-Identifier: Apache-2.0
// `replay`: recorded files through ingest, log, pipeline and store, to the account.
#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands/command.h"
#include "app/commands/run_loop.h"
#include "app/signals.h"
#include "sources/files/recorded_files.h"

namespace tapewire {
namespace {

struct ReplayOptions {
  CommonOptions common;
  std::vector<std::string> bars, trades, quotes, news;
  std::string width;
  std::string speed = "max";
  bool serve = false;
};

Result<RecordedFilesOptions> file_options(const ReplayOptions& options, const Config& config,
                                          bool paced) {
  RecordedFilesOptions out;
  out.bars = options.bars;
  out.trades = options.trades;
  out.quotes = options.quotes;
  out.news = options.news;
  if (out.bars.empty() && out.trades.empty() && out.quotes.empty() && out.news.empty()) {
    return fail(ErrorCode::invalid_argument,
                "nothing to replay: give --bars, --trades, --quotes or --news");
  }
  if (!options.width.empty()) {
    out.width = parse_width(options.width);
    if (!out.width) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("--width {}: expected 1s, 1m, 5m, 15m, 1h or 1d", options.width));
    }
  }
  out.memory_bytes = config.files.merge_memory.bytes;
  out.temp_dir = (DataPaths{std::filesystem::path(config.data)}.tmp).string();
  // Played at a speed, a batch must not wait for rows of a later minute.
  if (paced) out.batch_span = seconds(1);
  const bool quiet = options.common.quiet;
  out.notice = [quiet](const std::string& words) {
    if (!quiet) std::fprintf(stderr, "tapewire: %s\n", words.c_str());
  };
  return out;
}

// The run that these files belong to: one that was interrupted, or a new one.
Result<RunFrame> frame_of(const ReplayPlan& plan, EventLog& log) {
  if (plan.open_run) {
    RunFrame frame;
    frame.run = *plan.open_run;
    frame.end = true;
    return frame;
  }
  TRY_ASSIGN(RunFrame frame, new_run(log, fmt::format("replay of {} files", plan.files.size())));
  frame.abandon = plan.abandoned;
  return frame;
}

void print_account(const Account& account, double seconds_taken, bool json) {
  const std::uint64_t records = account.prices.read + account.news.read;
  const double rate = seconds_taken > 0 ? static_cast<double>(records) / seconds_taken : 0;
  if (json) {
    fmt::print(
        "{{\"stock-prices\":{},\"news-articles\":{},\"rounded\":{},\"seconds\":{:.3f},\"records_"
        "per_second\":{:.0f}}}\n",
        to_json(account.prices), to_json(account.news), account.rounded, seconds_taken, rate);
    return;
  }
  fmt::print("{:<14} {:>12} {:>12} {:>12} {:>14} {:>10} {:>9}\n", "topic", "read", "appended",
             "duplicate", "dead_lettered", "too_late", "dropped");
  const auto row = [](std::string_view name, const TopicAccount& a) {
    fmt::print("{:<14} {:>12} {:>12} {:>12} {:>14} {:>10} {:>9}\n", name, a.read, a.appended,
               a.duplicate, a.dead_lettered, a.too_late, a.dropped);
  };
  row("stock-prices", account.prices);
  row("news-articles", account.news);
  if (account.rounded > 0) fmt::print("{} decimals were rounded to the scale\n", account.rounded);
  fmt::print("{:.2f} s, {:.0f} records/s\n", seconds_taken, rate);
}

Status wait_for_end(Engine& engine, const ReplayProgress& progress, bool quiet, bool& interrupted) {
  Progress bar("replay", quiet);
  while (!engine.done() && !engine.failed()) {
    const double share = static_cast<double>(progress.parts_per_million.load());
    bar.show(share, 1e6, progress.rows_given, "records");
    if (stop_asked(milliseconds(20))) {
      interrupted = true;
      bar.finish();
      return engine.stop();
    }
  }
  bar.finish();
  return engine.finish();
}

Status replay_files(Engine& engine, const ReplayOptions& options, bool& interrupted) {
  const Duration started = monotonic_now();
  TRY_ASSIGN(const auto file_settings,
             file_options(options, engine.options().config, engine.options().speed.factor != 0));
  TRY_ASSIGN(const std::string address, engine.serve());
  TRY_ASSIGN(ReplayPlan plan, plan_replay(file_settings, read_state_of(engine.log())));
  TRY_ASSIGN(RunFrame frame, frame_of(plan, engine.log()));
  // An open run whose rows have all been read has only its end missing.
  const bool all_done = plan.all_done && !plan.open_run;
  auto source = std::make_unique<RecordedFiles>(file_settings, std::move(plan), frame.run);
  // Files that are all known leave no trace of a run.
  if (all_done) {
    frame.begin = frame.end = false;
    frame.state_first.clear();
  }
  std::ranges::move(source->start_of_run(), std::back_inserter(frame.state_first));
  if (frame.end) frame.state_last.push_back(source->end_of_run());
  const ReplayProgress& progress = source->progress();
  std::vector<std::unique_ptr<Source>> sources;
  sources.push_back(std::move(source));
  if (!address.empty()) print_address(address, options.common.json);
  TRY(engine.start(std::move(sources), std::move(frame)));
  TRY(wait_for_end(engine, progress, options.common.quiet, interrupted));
  if (interrupted) return {};
  print_account(engine.account(), static_cast<double>((monotonic_now() - started).ns) * 1e-9,
                options.common.json);
  std::fflush(stdout);
  return {};
}

int replay(const ReplayOptions& options) {
  auto config = options.common.config();
  if (!config) return report(config.error());
  const auto speed = parse_speed(options.speed);
  if (!speed) return report({ErrorCode::invalid_argument, "--speed: " + speed.error().message});
  if (const auto checked = file_options(options, *config, false); !checked)
    return report(checked.error());
  EngineOptions engine_options;
  engine_options.config = std::move(*config);
  engine_options.replay = true;
  engine_options.speed = *speed;
  engine_options.serve = options.serve;
  auto engine = Engine::open(std::move(engine_options));
  if (!engine) return report(engine.error());
  bool interrupted = false;
  if (const Status status = replay_files(**engine, options, interrupted); !status)
    return report(status.error());
  if (interrupted) {
    std::fprintf(stderr, "tapewire: interrupted; the same command goes on from here\n");
    return kFailed;
  }
  if (options.serve) {
    std::fprintf(stderr,
                 "tapewire: the replay is complete; the page stays until you stop it (Ctrl-C)\n");
    while (!stop_asked(seconds(1))) {
    }
  }
  return kDone;
}

}  // namespace

void add_replay(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<ReplayOptions>();
  CLI::App* verb =
      app.add_subcommand("replay", "Recorded files through the whole program, then the account");
  verb->footer("Example: tapewire replay --bars minute_aggs_v1 --news news --data ./tapewire-data");
  verb->add_option("--bars", options->bars, "Bar files or directories (.csv, .csv.gz, .parquet)");
  verb->add_option("--trades", options->trades, "Trade files or directories");
  verb->add_option("--quotes", options->quotes, "Quote files or directories");
  verb->add_option("--news", options->news, "News files or directories (.ndjson, .json)");
  verb->add_option("--width", options->width,
                   "Width of bars whose folder does not tell it: 1s 1m 1d ...");
  verb->add_option("--speed", options->speed, "max, or recorded seconds per second: 1x, 60x");
  verb->add_flag("--serve", options->serve, "Show the page meanwhile, and stay until stopped");
  options->common.add_to(*verb, true);
  verb->callback([&line, options] { line.run = [options] { return replay(*options); }; });
}

}  // namespace tapewire
