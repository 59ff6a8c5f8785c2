// SPDX-License-Identifier: Apache-2.0
// Reads the whole store and says what is wrong with it.
//
// Reads:  every column of every table, so that DuckDB checks every block in use.
// Checks: keys are unique; finished days are sorted; sums of symbols match; one offset per topic.
// Memory: one day's keys at a time, spilling beyond the store's limit.
#pragma once

#include <string>
#include <vector>

#include "store/duck.h"

namespace tapewire {

// Findings in words; empty: sound.
Result<std::vector<std::string>> verify_store(DuckConnection& connection);

}  // namespace tapewire
