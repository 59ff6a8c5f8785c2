// SPDX-License-Identifier: Apache-2.0
// Turns a memory fault inside the log's file map into a message and an orderly end.
//
// Why: the file is read through a memory map. A disk that cannot read a page, a file cut short by
//      another program, or damage that slips past the checks on the way to LMDB's own code raises
//      SIGBUS, SIGSEGV or SIGFPE, and nothing can be told to the caller any more. Acknowledged records are
//      safe: they are on disk.
// Threads: any.
#pragma once

#include <string>

namespace tapewire {

// Installs the handlers once per process; faults outside a MapFaultScope go where they went before.
void install_map_fault_guard();

// While one lives, a memory fault of this thread means that the log at `dir` is damaged: the process
// prints so and ends with status 1. `dir` outlives the scope.
class MapFaultScope {
 public:
  explicit MapFaultScope(const std::string& dir);
  ~MapFaultScope();
  MapFaultScope(const MapFaultScope&) = delete;
  MapFaultScope& operator=(const MapFaultScope&) = delete;

 private:
  const std::string* before_;
};

// Prints that the log at `dir` is damaged (`what`, may be null) and ends the process with status 1.
[[noreturn]] void end_for_damaged_map(const std::string& dir, const char* what);

}  // namespace tapewire
