// SPDX-License-Identifier: Apache-2.0
// States instants and spans as int64 nanoseconds, UTC.
//
// Range:  1677-09-21 .. 2262-04-11 (int64 nanoseconds around 1970).
// Clock:  `system_now` in time.cpp is the only reading of the wall clock in the program; all other
//         code takes a `Clock` or gets its "now" from records.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tapewire {

struct Duration {
  std::int64_t ns = 0;
  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return {a.ns + b.ns}; }
  friend constexpr Duration operator-(Duration a, Duration b) { return {a.ns - b.ns}; }
  friend constexpr Duration operator*(Duration a, std::int64_t n) { return {a.ns * n}; }
  friend constexpr Duration operator*(std::int64_t n, Duration a) { return {a.ns * n}; }
};

constexpr Duration nanoseconds(std::int64_t n) { return {n}; }
constexpr Duration microseconds(std::int64_t n) { return {n * 1'000}; }
constexpr Duration milliseconds(std::int64_t n) { return {n * 1'000'000}; }
constexpr Duration seconds(std::int64_t n) { return {n * 1'000'000'000}; }
constexpr Duration minutes(std::int64_t n) { return seconds(n * 60); }
constexpr Duration hours(std::int64_t n) { return minutes(n * 60); }
constexpr Duration days(std::int64_t n) { return hours(n * 24); }

struct Timestamp {
  std::int64_t ns = 0;
  friend constexpr auto operator<=>(Timestamp, Timestamp) = default;
  friend constexpr Timestamp operator+(Timestamp t, Duration d) { return {t.ns + d.ns}; }
  friend constexpr Timestamp operator-(Timestamp t, Duration d) { return {t.ns - d.ns}; }
  friend constexpr Duration operator-(Timestamp a, Timestamp b) { return {a.ns - b.ns}; }
};

constexpr Timestamp kMinTimestamp{INT64_MIN};
constexpr Timestamp kMaxTimestamp{INT64_MAX};

// Rounds down to a multiple of `width` since 1970 (negative instants too).
// REQUIRES: width > 0; `t` is not within one width of kMinTimestamp.
constexpr Timestamp floor_to(Timestamp t, Duration width) {
  std::int64_t remainder = t.ns % width.ns;
  if (remainder < 0) remainder += width.ns;
  return {t.ns - remainder};
}

// Reads seconds, milliseconds, microseconds or nanoseconds by magnitude, as vendors mix them:
// |n| < 1e11 seconds, < 1e14 milliseconds, < 1e17 microseconds, else nanoseconds. Beyond the range: the nearest end.
Timestamp timestamp_by_magnitude(std::int64_t n);
std::string_view unit_by_magnitude(std::int64_t n);  // "seconds" ... "nanoseconds"

// ISO 8601 in UTC with the shortest fraction: 2019-02-13T14:30:00Z, ...:00.25Z.
std::string to_iso8601(Timestamp t);
// Appends the same to `out` without other allocation.
void append_iso8601(std::string& out, Timestamp t);

// Accepts 2019-02-13T14:30:00[.fraction](Z|+hh:mm|-hh:mm|+hhmm), 'T' or one space; a zone is required.
// `invalid_data` says which part was wrong.
Result<Timestamp> parse_iso8601(std::string_view text);

// Accepts YYYY-MM-DD and gives midnight UTC of that date.
Result<Timestamp> parse_date(std::string_view text);

// The wall clock, UTC.
Timestamp system_now();
// A clock for measuring spans; its zero means nothing.
Duration monotonic_now();

// The seam through which everything but the pipeline learns "now".
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Timestamp now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return system_now(); }
};

class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp now) : now_(now) {}
  [[nodiscard]] Timestamp now() const override { return now_; }
  void set(Timestamp now) { now_ = now; }

 private:
  Timestamp now_;
};

}  // namespace tapewire
