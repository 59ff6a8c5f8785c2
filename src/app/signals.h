// SPDX-License-Identifier: Apache-2.0
// Takes SIGINT and SIGTERM in the main thread by waiting for them, so that no handler runs anywhere.
#pragma once

#include "base/time.h"

namespace tapewire {

// Call before the first thread starts.
void block_stop_signals();
// Waits at most `patience`; true when a stop was asked for.
bool stop_asked(Duration patience);

}  // namespace tapewire
