// SPDX-License-Identifier: Apache-2.0
// Aborts on a broken invariant: the log recovers us, going on would not.
#pragma once

namespace tapewire {
[[noreturn]] void check_failed(const char* expression, const char* file, int line);
}

#define CHECK(...)                      \
  ((__VA_ARGS__) ? static_cast<void>(0) \
                 : ::tapewire::check_failed(#__VA_ARGS__, __FILE__, __LINE__))
