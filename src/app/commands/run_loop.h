// SPDX-License-Identifier: Apache-2.0
// What `run` and `replay` share: sources from the configuration, and the main thread's wait.
#pragma once

#include <memory>
#include <vector>

#include "app/engine.h"
#include "app/progress.h"

namespace tapewire {

ReadState read_state_of(EventLog& log);

// The sources that `run` takes. invalid_argument when the configuration names none or mixes the
// simulated market with live ones.
Result<std::vector<std::unique_ptr<Source>>> live_sources(const Config& config, EventLog& log,
                                                          const Clock& clock);

// A frame with the next free run number, begun and ended.
Result<RunFrame> new_run(EventLog& log, std::string description);

// Prints the page's address on stdout, as scripts read it.
void print_address(const std::string& address, bool json);

}  // namespace tapewire
