// SPDX-License-Identifier: Apache-2.0
// Declares the verbs of the command line. Each adds its options to the parser and puts what it does in
// `run`; main calls it after parsing.
//
// Exit: 0 done, 1 failed, 2 wrong usage or configuration. Results on stdout, all else on stderr.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "app/config.h"
#include "base/result.h"

namespace tapewire {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;

struct CommandLine {
  std::function<int()> run;
};

// Options that most verbs share.
struct CommonOptions {
  std::string config_file;
  std::string data;
  bool json = false;
  bool quiet = false;

  void add_to(CLI::App& verb, bool with_config);
  // The file's values, or the defaults, with --data on top.
  [[nodiscard]] Result<Config> config() const;
  // --data, or the configuration's, or the default.
  [[nodiscard]] Result<std::string> data_directory() const;
};

// Prints "tapewire: <words>" on stderr; returns kUsage for invalid_argument, else kFailed.
int report(const Error& error);

void add_run(CLI::App& app, CommandLine& line);
void add_replay(CLI::App& app, CommandLine& line);
void add_generate(CLI::App& app, CommandLine& line);
void add_topics(CLI::App& app, CommandLine& line);
void add_tail(CLI::App& app, CommandLine& line);
void add_dead_letters(CLI::App& app, CommandLine& line);
void add_sql(CLI::App& app, CommandLine& line);
void add_verify(CLI::App& app, CommandLine& line);
void add_config(CLI::App& app, CommandLine& line);
void add_version(CLI::App& app, CommandLine& line);

}  // namespace tapewire
