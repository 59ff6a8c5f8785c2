// SPDX-License-Identifier: Apache-2.0
// Reads everything in a data directory and says what is damaged, where, and what does not add up.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "app/config.h"
#include "base/result.h"

namespace tapewire {

struct VerifyResult {
  std::vector<std::string> findings;  // empty: sound
  std::vector<std::string> notes;     // what was not looked at, and why
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  bool store_checked = false;
};

using VerifyProgress = std::function<void(double done, double total, std::uint64_t records)>;

// Errors: only when there is nothing to look at; damage is a finding.
Result<VerifyResult> verify_data(const Config& config, const VerifyProgress& progress);

}  // namespace tapewire
