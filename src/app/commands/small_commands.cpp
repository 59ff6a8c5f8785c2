// SPDX-License-Identifier: Apache-2.0
// The verbs of a few lines: generate, check-config, config defaults, version.
#include <cstdio>
#include <memory>

#include <duckdb.h>
#include <fmt/format.h>

#include "app/commands/command.h"
#include "app/progress.h"
#include "app/signals.h"
#include "app/version.h"
#include "base/time.h"
#include "model/calendar.h"
#include "sources/simulated/recording.h"

namespace tapewire {
namespace {

struct GenerateOptions {
  std::string out;
  std::string start = "2024-03-04";
  std::size_t symbols = 24;
  std::size_t days = 1;
  std::uint64_t seed = 1;
  bool trades = false;
  bool json = false;
  bool quiet = false;
};

// Replay refuses what lies in the future, so a recording of such days cannot be replayed yet.
void warn_of_future_days(TradingDate start, std::size_t days) {
  TradingDate last = calendar().is_trading_day(start) ? start : calendar().next_trading_day(start);
  for (std::size_t i = 1; i < days; ++i) last = calendar().next_trading_day(last);
  const TradingDate today = calendar().date_of(system_now());
  if (last < today) return;
  fmt::print(stderr,
             "tapewire: warning: the days go up to {}, and it is {} in New York: `replay` and "
             "`run` refuse "
             "each row that lies in the future; give an earlier --start for days to replay now\n",
             to_string(last), to_string(today));
}

int generate(const GenerateOptions& options) {
  const auto start = parse_trading_date(options.start);
  if (!start) {
    return report({ErrorCode::invalid_argument,
                   fmt::format("--start {}: expected a date, YYYY-MM-DD", options.start)});
  }
  RecordingOptions recording{{options.seed, options.symbols, *start}, options.days, options.trades};
  warn_of_future_days(*start, options.days);
  Progress progress("generate", options.quiet);
  const auto counts =
      write_recording(options.out, recording, [&](std::size_t days, std::uint64_t bars) {
        progress.show(static_cast<double>(days), static_cast<double>(options.days), bars, "bars");
        return !stop_asked(Duration{0});
      });
  progress.finish();
  if (!counts) return report(counts.error());
  if (options.json) {
    fmt::print("{{\"bars\":{},\"trades\":{},\"stories\":{},\"effects\":{}}}\n", counts->bars,
               counts->trades, counts->stories, counts->effects);
  } else {
    fmt::print(
        "{}: {} bars, {} trades, {} stories, {} planted effects (truth.json), all simulated\n",
        options.out, counts->bars, counts->trades, counts->stories, counts->effects);
  }
  return kDone;
}

int check_config(const CommonOptions& options) {
  const auto config = options.config();
  if (!config) return report(config.error());
  const std::vector<std::string> warnings = config_warnings(*config, server_token());
  for (const std::string& warning : warnings) {
    std::fprintf(stderr, "tapewire: warning: %s\n", warning.c_str());
  }
  if (options.json) {
    fmt::print("{{\"ok\":true,\"warnings\":{}}}\n", warnings.size());
  } else {
    fmt::print("{}\n", warnings.empty() ? "The configuration is sound."
                                        : "The configuration can be read, but see the warnings.");
  }
  return kDone;
}

}  // namespace

void add_generate(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<GenerateOptions>();
  CLI::App* verb = app.add_subcommand("generate", "Write a simulated market and wire into files");
  verb->footer(
      "Example: tapewire generate --out sim --symbols 50 --days 5 --start 2024-03-04 --seed 7");
  verb->add_option("--out", options->out, "Directory to write; empty or made by generate before")
      ->required();
  verb->add_option("--symbols", options->symbols, "Invented companies")
      ->check(CLI::Range(1, 20'000));
  verb->add_option("--days", options->days, "Trading days")->check(CLI::Range(1, 10'000));
  verb->add_option("--start", options->start, "First date, YYYY-MM-DD");
  verb->add_option("--seed", options->seed, "The same seed gives the same bytes");
  verb->add_flag("--trades", options->trades, "Write the trades of every minute as well");
  verb->add_flag("--json", options->json, "One JSON object");
  verb->add_flag("--quiet", options->quiet, "No progress on stderr");
  verb->callback([&line, options] { line.run = [options] { return generate(*options); }; });
}

void add_config(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<CommonOptions>();
  CLI::App* check =
      app.add_subcommand("check-config", "Read a configuration and say what is wrong with it");
  check->footer("Example: tapewire check-config --config tapewire.toml");
  options->add_to(*check, true);
  check->callback([&line, options] { line.run = [options] { return check_config(*options); }; });

  CLI::App* config = app.add_subcommand("config", "Show configuration");
  config->require_subcommand(1);
  config->footer("Example: tapewire config defaults > tapewire.toml");
  CLI::App* defaults =
      config->add_subcommand("defaults", "Every key with its default and a comment");
  defaults->callback([&line] {
    line.run = [] {
      fmt::print("{}", default_config_toml());
      return kDone;
    };
  });
}

void add_version(CLI::App& app, CommandLine& line) {
  auto json = std::make_shared<bool>(false);
  CLI::App* verb = app.add_subcommand("version", "Show the version");
  verb->footer("Example: tapewire version --json");
  verb->add_flag("--json", *json, "One JSON object");
  verb->callback([&line, json] {
    line.run = [json] {
      if (*json) {
        fmt::print("{{\"version\":\"{}\",\"duckdb\":\"{}\"}}\n", kVersion,
                   duckdb_library_version());
      } else {
        fmt::print("tapewire {} (DuckDB {})\n", kVersion, duckdb_library_version());
      }
      return kDone;
    };
  });
}

}  // namespace tapewire
