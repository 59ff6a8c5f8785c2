// SPDX-License-Identifier: Apache-2.0
#include "app/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

namespace tapewire {
namespace {

std::string span_text(double seconds_left) {
  if (seconds_left < 0 || seconds_left > 359'999) return "--:--";
  const auto whole = static_cast<int>(seconds_left);
  if (whole >= 3600) {
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  }
  return fmt::format("{:02}:{:02}", whole / 60, whole % 60);
}

std::string count_text(double n) {
  if (n >= 1e6) return fmt::format("{:.2f} M", n / 1e6);
  if (n >= 1e4) return fmt::format("{:.0f} k", n / 1e3);
  return fmt::format("{:.0f}", n);
}

}  // namespace

Progress::Progress(std::string_view what, bool quiet)
    : what_(what),
      quiet_(quiet),
      terminal_(isatty(STDERR_FILENO) == 1),
      started_(monotonic_now()) {}

Progress::~Progress() { finish(); }

void Progress::show(double done, double total, std::uint64_t count, std::string_view unit) {
  if (quiet_) return;
  const Duration now = monotonic_now();
  if (now - shown_ < (terminal_ ? milliseconds(100) : seconds(1))) return;
  shown_ = now;
  const double elapsed = static_cast<double>((now - started_).ns) * 1e-9;
  const double share = total > 0 ? std::clamp(done / total, 0.0, 1.0) : 0;
  const std::string left = share > 0 ? span_text(elapsed / share - elapsed) : "--:--";
  const std::string rate = count_text(elapsed > 0 ? static_cast<double>(count) / elapsed : 0);
  std::string line = what_;
  if (total > 0 && terminal_) {
    const auto filled = static_cast<std::size_t>(share * 30);
    line += " [" + std::string(filled, '#') + std::string(30 - filled, '.') + "]";
  }
  if (total > 0) line += fmt::format(" {:3.0f} %", share * 100);
  line += fmt::format("  {} {}  {} {}/s", count_text(static_cast<double>(count)), unit, rate, unit);
  if (total > 0) line += fmt::format("  {} left", left);
  write(line);
}

void Progress::write(const std::string& line) {
  if (terminal_) {
    std::fprintf(stderr, "\r\x1b[2K%s", line.c_str());
    std::fflush(stderr);
    open_line_ = true;
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
}

void Progress::finish() {
  if (open_line_) std::fputc('\n', stderr);
  open_line_ = false;
}

}  // namespace tapewire
