// SPDX-License-Identifier: Apache-2.0
// Reads a scenario file: the records that go into the log, and what must have come out by then.
//
// Errors: a line that says nothing known gives `invalid_data` with file and line.
// Source: tests/scenarios/README.md.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analytics/pipeline_options.h"
#include "base/result.h"
#include "eventlog/event_log.h"

namespace tapewire::scenario {

struct Input {
  Topic topic = Topic::stock_prices;
  RecordKind kind = RecordKind::bar;
  RunId run = kLiveRun;
  Timestamp event_time;
  Timestamp receive_time;
  std::string key;
  std::string payload;
  std::string identity;  // records of one identity keep their order when arrivals are permuted

  [[nodiscard]] RecordView view(Offset offset) const;
};

enum class Claim {
  bar,
  no_bar,
  signal,
  no_signal,
  dead_letter,
  no_dead_letter,
  counters,
  watermark
};

// What must hold after the first `after` inputs.
struct Expectation {
  int line = 0;
  std::string text;
  std::size_t after = 0;
  Claim claim = Claim::bar;
  RunId run = kLiveRun;
  std::string symbol;
  Width width = Width::m1;
  Timestamp time;
  std::vector<std::string> values;            // open high low close volume; "-" is any
  std::map<std::string, std::string> options;
  std::string words;                          // of a dead letter
};

struct Scenario {
  std::string name;
  PipelineOptions options;
  bool permute = true;
  std::vector<Input> inputs;
  std::vector<Expectation> expectations;
};

Result<Scenario> read_scenario(const std::filesystem::path& file);

}  // namespace tapewire::scenario
