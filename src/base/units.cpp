// SPDX-License-Identifier: Apache-2.0
#include "base/units.h"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace tapewire {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::array<Unit, 7> kDurations{{{"d", 86'400'000'000'000},
                                          {"h", 3'600'000'000'000},
                                          {"m", 60'000'000'000},
                                          {"s", 1'000'000'000},
                                          {"ms", 1'000'000},
                                          {"us", 1'000},
                                          {"ns", 1}}};
constexpr std::array<Unit, 9> kSizes{{{"TiB", 1LL << 40},
                                      {"GiB", 1LL << 30},
                                      {"MiB", 1LL << 20},
                                      {"KiB", 1LL << 10},
                                      {"TB", 1'000'000'000'000},
                                      {"GB", 1'000'000'000},
                                      {"MB", 1'000'000},
                                      {"kB", 1'000},
                                      {"B", 1}}};

template <std::size_t N>
Result<std::int64_t> parse_with_unit(std::string_view text, const std::array<Unit, N>& units,
                                     std::string_view what, std::string_view example) {
  const auto bad = [&](std::string_view why) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("\"{}\" is not a {}: {}; expected such as {}", text, what, why, example));
  };
  double number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || !std::isfinite(number)) return bad("it does not begin with a number");
  if (number < 0) return bad("it is negative");
  const std::string_view name(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  if (name.empty()) return bad("the unit is missing");
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    const double value = number * static_cast<double>(unit.factor);
    if (value > 9e18) return bad("it is too large");
    return static_cast<std::int64_t>(std::llround(value));
  }
  return bad(fmt::format("unknown unit \"{}\"", name));
}

template <std::size_t N>
std::string largest_unit(std::int64_t value, const std::array<Unit, N>& units) {
  if (value == 0) return fmt::format("0{}", units.back().name);
  for (const Unit& unit : units) {
    if (value % unit.factor == 0) return fmt::format("{}{}", value / unit.factor, unit.name);
  }
  return fmt::format("{}{}", value, units.back().name);
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  TRY_ASSIGN(const std::int64_t ns,
             parse_with_unit(text, kDurations, "duration", R"("500ms", "2s" or "1h")"));
  return Duration{ns};
}

std::string to_text(Duration d) { return largest_unit(d.ns, kDurations); }

Result<std::uint64_t> parse_size(std::string_view text) {
  TRY_ASSIGN(const std::int64_t bytes,
             parse_with_unit(text, kSizes, "size", R"("64MiB" or "2GiB")"));
  return static_cast<std::uint64_t>(bytes);
}

std::string size_to_text(std::uint64_t bytes) {
  return largest_unit(static_cast<std::int64_t>(bytes), kSizes);
}

}  // namespace tapewire
