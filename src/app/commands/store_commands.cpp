// SPDX-License-Identifier: Apache-2.0
// `sql` and `verify`.
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands/command.h"
#include "app/data_directory.h"
#include "app/progress.h"
#include "app/store_client.h"
#include "app/verify.h"

namespace tapewire {
namespace {

struct SqlOptions {
  CommonOptions common;
  std::string query;
  std::string format;
  std::string out;
};

Result<SqlFormat> format_of(const SqlOptions& options) {
  if (!options.out.empty() && options.format.empty()) {
    if (options.out.ends_with(".parquet")) return SqlFormat::parquet;
    if (options.out.ends_with(".csv")) return SqlFormat::csv;
    if (options.out.ends_with(".json") || options.out.ends_with(".ndjson")) return SqlFormat::json;
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("--out {}: expected a name ending in .parquet, .csv or .json", options.out));
  }
  if (options.common.json || options.format == "json") return SqlFormat::json;
  if (options.format == "csv") return SqlFormat::csv;
  return SqlFormat::table;
}

Status write_query(const Config& config, const SqlOptions& options) {
  TRY_ASSIGN(const SqlFormat format, format_of(options));
  if (options.out.empty()) {
    const Status status = query_store(config, options.query, format, [](std::string_view piece) {
      return std::fwrite(piece.data(), 1, piece.size(), stdout) == piece.size();
    });
    std::fflush(stdout);
    return status;
  }
  // Written beside and renamed, so that a failed query leaves no half file.
  const std::string part = options.out + ".part";
  std::ofstream file(part, std::ios::binary | std::ios::trunc);
  if (!file) return fail_errno("create", part, errno);
  const Status status = query_store(config, options.query, format, [&](std::string_view piece) {
    file.write(piece.data(), static_cast<std::streamsize>(piece.size()));
    return file.good();
  });
  file.close();
  std::error_code error;
  if (status && file) std::filesystem::rename(part, options.out, error);
  if (!status || !file || error) std::filesystem::remove(part);
  TRY(status);
  if (!file || error) return fail(ErrorCode::io, fmt::format("cannot write {}", options.out));
  return {};
}

int sql(const SqlOptions& options) {
  const auto config = options.common.config();
  if (!config) return report(config.error());
  if (const Status status = write_query(*config, options); !status) return report(status.error());
  return kDone;
}

int verify(const CommonOptions& options) {
  const auto config = options.config();
  if (!config) return report(config.error());
  Progress progress("verify", options.quiet);
  const auto result = verify_data(*config, [&](double done, double total, std::uint64_t records) {
    progress.show(done, total, records, "records");
  });
  progress.finish();
  if (!result) return report(result.error());
  if (options.json) {
    for (const std::string& finding : result->findings) {
      fmt::print("{}\n", nlohmann::json{{"finding", finding}}.dump(
                             -1, ' ', false, nlohmann::json::error_handler_t::replace));
    }
    fmt::print("{}\n", nlohmann::ordered_json{{"sound", result->findings.empty()},
                                              {"records", result->records},
                                              {"bytes", result->bytes},
                                              {"store_checked", result->store_checked},
                                              {"findings", result->findings.size()}}
                           .dump());
  } else {
    for (const std::string& finding : result->findings) fmt::print("{}\n", finding);
    for (const std::string& note : result->notes) fmt::print("note: {}\n", note);
    fmt::print(
        "{} records, {} bytes of log: {}\n", result->records, result->bytes,
        result->findings.empty() ? "sound" : fmt::format("{} findings", result->findings.size()));
  }
  return result->findings.empty() ? kDone : kFailed;
}

}  // namespace

void add_sql(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<SqlOptions>();
  CLI::App* verb = app.add_subcommand("sql", "Read-only SQL on the store");
  verb->footer(
      "Example: tapewire sql \"select symbol, close from bars_1d order by 1\" --format csv");
  verb->add_option("QUERY", options->query, "One SELECT")->required();
  verb->add_option("--format", options->format, "table, csv or json")
      ->check(CLI::IsMember({"table", "csv", "json"}));
  verb->add_option("--out", options->out, "Write to a .parquet, .csv or .json file");
  options->common.add_to(*verb, true);
  verb->callback([&line, options] { line.run = [options] { return sql(*options); }; });
}

void add_verify(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<CommonOptions>();
  CLI::App* verb = app.add_subcommand(
      "verify", "Read the whole log and store and say what is damaged and where");
  verb->footer("Example: tapewire verify --data ./tapewire-data");
  options->add_to(*verb, true);
  verb->callback([&line, options] { line.run = [options] { return verify(*options); }; });
}

}  // namespace tapewire
