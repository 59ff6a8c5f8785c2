// SPDX-License-Identifier: Apache-2.0
// Shows how far long work is, on stderr: a bar when it is a terminal, one line a second otherwise.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace tapewire {

class Progress {
 public:
  // `quiet` shows nothing at all.
  Progress(std::string_view what, bool quiet);
  ~Progress();
  // `done` of `total` (0: not known), `count` things so far; shows at most ten times a second on a
  // terminal and once a second elsewhere.
  void show(double done, double total, std::uint64_t count, std::string_view unit);
  // Ends the bar's line.
  void finish();

 private:
  void write(const std::string& line);
  std::string what_;
  bool quiet_;
  bool terminal_;
  bool open_line_ = false;
  Duration started_;
  Duration shown_{0};
};

}  // namespace tapewire
