// SPDX-License-Identifier: Apache-2.0
// Ends the program with words and status 1 when an exception leaves a place that allows none.
//
// Why: DuckDB throws from destructors when a disk refuses a write and then its taking back; nothing can
//      catch that. What was committed is on disk, so ending is safe.
#pragma once

namespace tapewire {

// Call once, before the first thread starts. What ends without an exception still aborts.
void end_uncaught_exceptions_with_words();

}  // namespace tapewire
