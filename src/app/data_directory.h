// SPDX-License-Identifier: Apache-2.0
// Opens the parts of a data directory: the writer's lock, the event log, the store.
//
// Shape:  DIR/tapewire.json marker, DIR/lock, DIR/log/, DIR/store.duckdb, DIR/tmp/, DIR/server.json while a page is served.
// Errors: in_use with the writer's process id; refuses directories of other programs and of newer versions.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "app/config.h"
#include "base/result.h"
#include "eventlog/embedded/data_lock.h"
#include "eventlog/embedded/embedded_log.h"
#include "store/store.h"

namespace tapewire {

struct DataPaths {
  explicit DataPaths(std::filesystem::path directory)
      : root(std::move(directory)),
        log(root / "log"),
        store(root / "store.duckdb"),
        tmp(root / "tmp"),
        server(root / "server.json") {}
  std::filesystem::path root, log, store, tmp, server;
};

struct DataDirectory {
  DataPaths paths;
  DataLock lock;
  std::unique_ptr<EmbeddedLog> log;
  std::unique_ptr<Store> store;

  // For the one writer; creates what is missing.
  static Result<DataDirectory> open_for_writing(const Config& config);
};

// For readers, beside a writer or without one.
Result<std::unique_ptr<EmbeddedLog>> open_log_for_reading(const std::filesystem::path& data);

// The note by which other processes find the running program's API.
Status announce_server(const DataPaths& paths, std::string_view address);
void withdraw_server(const DataPaths& paths);
// Its address, when a program that serves this directory is running.
std::optional<std::string> running_server(const DataPaths& paths);

}  // namespace tapewire
