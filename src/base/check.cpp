// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace tapewire {

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr,
               "tapewire: broken invariant: %s (%s:%d); the data on disk is intact, start again\n",
               expression, file, line);
  std::abort();
}

}  // namespace tapewire
