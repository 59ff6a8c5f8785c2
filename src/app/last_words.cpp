// SPDX-License-Identifier: Apache-2.0
#include "app/last_words.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "store/duck.h"

namespace tapewire {
namespace {

[[noreturn]] void end_with_words() {
  const std::exception_ptr thrown = std::current_exception();
  if (thrown == nullptr) std::abort();
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tapewire: stopped: %s\n", parse_duck_message(error.what()).text.c_str());
  } catch (...) {
    std::fprintf(stderr, "tapewire: stopped by an unknown exception\n");
  }
  // Other threads still run: nothing may be destroyed under them.
  ::_exit(1);
}

}  // namespace

void end_uncaught_exceptions_with_words() { std::set_terminate(&end_with_words); }

}  // namespace tapewire
