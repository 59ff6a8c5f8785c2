// SPDX-License-Identifier: Apache-2.0
// Draws the simulated market's random numbers: the same key gives the same numbers on every machine.
//
// Source: splitmix64 (Steele, Lea, Flood, OOPSLA 2014) under Boost.Random's distributions.
#pragma once

#include <cstdint>
#include <initializer_list>

#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <boost/random/uniform_int_distribution.hpp>

namespace tapewire::simulated {

class SplitMix64 {
 public:
  using result_type = std::uint64_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return UINT64_MAX; }
  explicit SplitMix64(std::uint64_t seed) : state_(seed) {}
  result_type operator()() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

class Random {
 public:
  // A stream of its own for each list of keys: {seed, what, day, symbol}.
  Random(std::initializer_list<std::uint64_t> keys) : bits_(mix(keys)) {}
  double normal() { return normal_(bits_); }
  double uniform() { return uniform_(bits_); }  // [0, 1)
  bool chance(double p) { return uniform() < p; }
  double between(double low, double high) { return low + (high - low) * uniform(); }
  // low..high, both included.
  std::int64_t whole(std::int64_t low, std::int64_t high) {
    return boost::random::uniform_int_distribution<std::int64_t>(low, high)(bits_);
  }
  template <class List>
  const auto& pick(const List& list) {
    return list[static_cast<std::size_t>(whole(0, static_cast<std::int64_t>(list.size()) - 1))];
  }

 private:
  static std::uint64_t mix(std::initializer_list<std::uint64_t> keys) {
    std::uint64_t state = 0x7461706577697265ULL;
    for (const std::uint64_t key : keys) state = SplitMix64(state ^ key)();
    return state;
  }
  SplitMix64 bits_;
  boost::random::normal_distribution<double> normal_;
  boost::random::uniform_01<double> uniform_;
};

}  // namespace tapewire::simulated
