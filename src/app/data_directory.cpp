// SPDX-License-Identifier: Apache-2.0
#include "app/data_directory.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analytics/pipeline.h"

namespace tapewire {

Result<DataDirectory> DataDirectory::open_for_writing(const Config& config) {
  DataPaths paths{std::filesystem::path(config.data)};
  TRY_ASSIGN(DataLock lock, DataLock::take(paths.root));
  std::error_code error;
  std::filesystem::create_directories(paths.tmp, error);
  if (error) return fail_errno("create", paths.tmp.string(), error.value());
  TRY_ASSIGN(auto log, EmbeddedLog::open(paths.log, {}));
  StoreOptions options;
  options.keep_trades = config.store.keep_trades;
  options.keep_quotes = config.store.keep_quotes;
  options.memory_bytes = config.store.memory.bytes;
  options.threads = static_cast<int>(config.store.threads);
  options.recompute = [](const std::vector<Bar>& parts) {
    PipelineOutput out = results_of_day(parts, {});
    return DayResults{std::move(out.bars), std::move(out.signals)};
  };
  TRY_ASSIGN(auto store, Store::open(paths.store, options));
  if (!store->opening_note().empty()) {
    std::fprintf(stderr, "tapewire: warning: %s\n", store->opening_note().c_str());
  }
  return DataDirectory{std::move(paths), std::move(lock), std::move(log), std::move(store)};
}

Result<std::unique_ptr<EmbeddedLog>> open_log_for_reading(const std::filesystem::path& data) {
  TRY(check_data_dir(data));
  EmbeddedLogOptions options;
  options.read_only = true;
  return EmbeddedLog::open(DataPaths(data).log, options);
}

Status announce_server(const DataPaths& paths, std::string_view address) {
  std::ofstream out(paths.server, std::ios::trunc);
  out << nlohmann::json{{"address", address}, {"pid", getpid()}}.dump() << "\n";
  out.close();
  if (!out) return fail_errno("write", paths.server.string(), errno);
  return {};
}

void withdraw_server(const DataPaths& paths) {
  std::error_code ignored;
  std::filesystem::remove(paths.server, ignored);
}

std::optional<std::string> running_server(const DataPaths& paths) {
  std::ifstream in(paths.server);
  const auto json = nlohmann::json::parse(in, nullptr, false);
  if (!json.is_object() || !json.contains("address") || !json["address"].is_string())
    return std::nullopt;
  if (!json.contains("pid") || !json["pid"].is_number_integer()) return std::nullopt;
  const auto pid = json["pid"].get<std::int64_t>();
  if (pid <= 0 || pid > INT32_MAX) return std::nullopt;
  // A program that was killed leaves its note behind.
  if (kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) return std::nullopt;
  return json["address"].get<std::string>();
}

}  // namespace tapewire
