// SPDX-License-Identifier: Apache-2.0
// The command line: one verb, its options, its exit status.
#include <csignal>
#include <cstdio>
#include <system_error>

#include <CLI/CLI.hpp>

#include "app/commands/command.h"
#include "app/last_words.h"
#include "app/signals.h"

int main(int argc, char** argv) {
  using namespace tapewire;
  // Before any thread starts, so that all of them leave the signals to the main one.
  block_stop_signals();
  std::signal(SIGPIPE, SIG_IGN);
  end_uncaught_exceptions_with_words();

  CLI::App app{
      "tapewire: live stock prices and news in, nothing lost, and what the news did to the price"};
  app.require_subcommand(1);
  app.footer(
      "Every verb has --help with an example. Exit status: 0 done, 1 failed, 2 wrong usage.");
  CommandLine line;
  add_run(app, line);
  add_replay(app, line);
  add_generate(app, line);
  add_topics(app, line);
  add_tail(app, line);
  add_dead_letters(app, line);
  add_sql(app, line);
  add_verify(app, line);
  add_config(app, line);
  add_version(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForAllHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "tapewire: %s\nTry `tapewire --help` or `tapewire VERB --help`.\n",
                 error.what());
    return kUsage;
  }
  try {
    const int status = line.run ? line.run() : kUsage;
    // What stdout still holds may fail to be written: a full disk, a reader that has gone.
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
  } catch (const std::system_error& error) {
    std::fprintf(stderr, "tapewire: cannot write to stdout: %s\n", error.what());
    return kFailed;
  }
  std::fprintf(stderr, "tapewire: cannot write to stdout\n");
  return kFailed;
}
