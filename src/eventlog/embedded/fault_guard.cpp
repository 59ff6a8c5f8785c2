// SPDX-License-Identifier: Apache-2.0
#include "eventlog/embedded/fault_guard.h"

#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <mutex>
#include <string_view>

namespace tapewire {
namespace {

constexpr std::array kSignals{SIGSEGV, SIGBUS, SIGFPE};
thread_local const std::string* damaged_dir = nullptr;
std::array<struct sigaction, kSignals.size()> handlers_before;

// Only calls that are allowed in a signal handler.
void say(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void on_fault(int signal, siginfo_t* info, void* context) {
  if (damaged_dir != nullptr) end_for_damaged_map(*damaged_dir, nullptr);
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    if (kSignals[i] != signal) continue;
    const struct sigaction& before = handlers_before[i];
    if ((before.sa_flags & SA_SIGINFO) != 0) {
      before.sa_sigaction(signal, info, context);
      return;
    }
    // The default action: let the faulting instruction run into it again.
    ::sigaction(signal, &before, nullptr);
    return;
  }
}

}  // namespace

void install_map_fault_guard() {
  static std::once_flag installed;
  std::call_once(installed, [] {
    struct sigaction action;
    std::memset(&action, 0, sizeof(action));
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    ::sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], &action, &handlers_before[i]);
    }
  });
}

MapFaultScope::MapFaultScope(const std::string& dir) : before_(damaged_dir) { damaged_dir = &dir; }

MapFaultScope::~MapFaultScope() { damaged_dir = before_; }

void end_for_damaged_map(const std::string& dir, const char* what) {
  say("tapewire: the event log at ");
  say(dir);
  say(" is damaged (unreadable page");
  if (what != nullptr) {
    say(": ");
    say(what);
  }
  say("); run `tapewire verify`\n");
  ::_exit(1);
}

}  // namespace tapewire
