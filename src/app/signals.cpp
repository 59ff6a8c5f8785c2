// SPDX-License-Identifier: Apache-2.0
#include "app/signals.h"

#include <csignal>
#include <ctime>

namespace tapewire {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

void block_stop_signals() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

bool stop_asked(Duration patience) {
  const sigset_t set = stop_signals();
  const timespec wait{patience.ns / 1'000'000'000, patience.ns % 1'000'000'000};
  return sigtimedwait(&set, nullptr, &wait) > 0;
}

}  // namespace tapewire
