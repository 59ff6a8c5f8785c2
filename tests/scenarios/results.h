// SPDX-License-Identifier: Apache-2.0
// Collects what a pipeline gave out and holds it against a scenario's expectations.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "analytics/pipeline.h"
#include "scenario.h"

namespace tapewire::scenario {

class Results {
 public:
  void take(const PipelineOutput& output, RunId run);
  // What is wrong, in words; empty: the expectation holds. A dead letter is used up by its expectation.
  std::string check(const Expectation& expectation, const Pipeline& pipeline);

  // Every output in order, as text with all its values.
  [[nodiscard]] const std::vector<std::string>& all() const { return all_; }
  // The newest value of each key, without revisions, and the dead letters, sorted.
  [[nodiscard]] std::vector<std::string> final_values() const;
  [[nodiscard]] std::vector<std::string> unexpected_dead_letters() const;

 private:
  using BarKey = std::tuple<RunId, std::string, Width, std::int64_t>;
  using SignalKey = std::tuple<RunId, std::string, std::int64_t>;

  std::string check_bar(const Expectation& e) const;
  std::string check_signal(const Expectation& e) const;
  std::string check_dead_letter(const Expectation& e);

  std::map<BarKey, Bar> bars_;
  std::map<SignalKey, SignalSet> signals_;
  std::deque<RefusedRecord> dead_letters_;  // not yet expected
  std::vector<std::string> all_;
  std::vector<std::string> refused_;
};

std::string describe(const Bar& bar, bool with_revision = true);
std::string describe(const SignalSet& signals, bool with_revision = true);
std::string describe(const DeadLetter& letter);

}  // namespace tapewire::scenario
