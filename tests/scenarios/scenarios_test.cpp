// SPDX-License-Identifier: Apache-2.0
// Runs every scenario straight, restored after every record, through both logs in batches of several sizes,
// crashed at every record and at every commit, and with arrivals permuted.
#include <algorithm>
#include <filesystem>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analytics/pipeline_stage.h"
#include "eventlog/embedded/embedded_log.h"
#include "eventlog/memory/memory_log.h"
#include "model/codec.h"
#include "results.h"
#include "scenario.h"

namespace tapewire::scenario {
namespace {

namespace fs = std::filesystem;

fs::path scenario_file(const std::string& name) {
  return fs::path(TAPEWIRE_SOURCE_DIR) / "tests/scenarios" / (name + ".scenario");
}

std::vector<std::string> scenario_names() {
  std::vector<std::string> out;
  for (const auto& entry :
       fs::directory_iterator(fs::path(TAPEWIRE_SOURCE_DIR) / "tests/scenarios")) {
    if (entry.path().extension() == ".scenario") out.push_back(entry.path().stem().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Those that are not about the order itself. One that cannot be read stays in, to fail by name.
std::vector<std::string> permutable_names() {
  std::vector<std::string> out;
  for (const std::string& name : scenario_names()) {
    const auto read = read_scenario(scenario_file(name));
    if (!read || read->permute) out.push_back(name);
  }
  return out;
}

// Offsets count per topic, as in a log.
std::vector<RecordView> views(const std::vector<Input>& inputs) {
  std::map<Topic, Offset> next;
  std::vector<RecordView> out;
  for (const Input& input : inputs) out.push_back(input.view(next[input.topic]++));
  return out;
}

Results run_straight(const Scenario& scenario, const std::vector<Input>& inputs,
                     bool restore_always) {
  Results results;
  Pipeline pipeline(scenario.options);
  PipelineOutput output;
  for (const RecordView& record : views(inputs)) {
    output.clear();
    pipeline.apply(record, output);
    results.take(output, record.run);
    if (!restore_always) continue;
    std::string bytes;
    pipeline.snapshot(bytes);
    auto restored = Pipeline::restore(bytes, scenario.options);
    EXPECT_TRUE(restored) << restored.error().message;
    if (!restored) return results;
    std::string again;
    restored->snapshot(again);
    EXPECT_EQ(bytes, again) << "a snapshot does not come back as it was";
    pipeline = std::move(*restored);
  }
  return results;
}

void append(EventLog& log, const std::vector<Input>& inputs) {
  AppendBatch batch;
  for (const Input& input : inputs) {
    batch.add(input.topic, input.kind, input.run, input.event_time, input.receive_time, input.key,
              [&](std::string& out) { out += input.payload; });
  }
  const auto committed = log.commit(batch);
  ASSERT_TRUE(committed) << committed.error().message;
}

std::vector<std::string> outputs_in(EventLog& log) {
  std::vector<std::string> out;
  TopicPosition from[] = {{Topic::bars, 0}, {Topic::signals, 0}, {Topic::dead_letters, 0}};
  const auto describe_record = [](const RecordView& record) -> std::string {
    if (record.topic == Topic::bars)
      return describe(decode_bar(record.key, record.payload).value());
    if (record.topic == Topic::signals) {
      return describe(decode_signals(record.key, record.payload).value());
    }
    return describe(decode_dead_letter(record.key, record.payload).value());
  };
  for (int round = 0; round < 1'000'000; ++round) {
    const auto count = log.read(from, {}, [&](const RecordView& record) {
      out.push_back("run " + std::to_string(record.run) + " " + describe_record(record));
      return true;
    });
    EXPECT_TRUE(count) << count.error().message;
    if (!count || *count == 0) break;
  }
  return out;
}

// Small limits, so that snapshots, re-reading and many commits all happen in a short scenario.
PipelineStageLimits limits(std::size_t batch) {
  PipelineStageLimits out;
  out.records_per_commit = batch;
  out.records_per_snapshot = 5;
  out.snapshot_chunk_bytes = 512;
  return out;
}

// Steps until the end of the log; with `crash`, a new stage recovers before every step.
void drain(EventLog& log, const Scenario& scenario, std::size_t batch, bool crash) {
  auto stage = std::make_unique<PipelineStage>(log, scenario.options, limits(batch));
  for (std::size_t i = 0; i < 4 * scenario.inputs.size() + 10; ++i) {
    if (i == 0 || crash) {
      stage = std::make_unique<PipelineStage>(log, scenario.options, limits(batch));
      const Status recovered = stage->recover();
      ASSERT_TRUE(recovered) << recovered.error().message;
    }
    const auto count = stage->step();
    ASSERT_TRUE(count) << count.error().message;
    if (*count == 0) return;
  }
  FAIL() << "the stage does not come to the end of the log";
}

// A log whose every second commit is refused.
class RefusingLog final : public EventLog {
 public:
  explicit RefusingLog(EventLog& log) : log_(log) {}
  Result<Sequence> commit(const AppendBatch& batch) override {
    if (++commits_ % 2 == 1) return fail(ErrorCode::no_space, "no room", true);
    return log_.commit(batch);
  }
  Result<std::size_t> read(std::span<TopicPosition> from, ReadLimit limit,
                           const Visitor& visit) override {
    return log_.read(from, limit, visit);
  }
  Result<std::vector<StateWrite>> state(std::string_view prefix) override {
    return log_.state(prefix);
  }
  Result<std::vector<TopicInfo>> topics() override { return log_.topics(); }
  Result<std::uint64_t> trim(const Retention& retention) override { return log_.trim(retention); }

 private:
  EventLog& log_;
  std::uint64_t commits_ = 0;
};

class TemporaryLog {
 public:
  TemporaryLog() {
    std::string pattern = (fs::temp_directory_path() / "tapewire-scenario-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    EmbeddedLogOptions options;
    options.sync = false;
    auto opened = EmbeddedLog::open(directory_ / "log", options);
    EXPECT_TRUE(opened) << opened.error().message;
    if (opened) log_ = std::move(*opened);
  }
  ~TemporaryLog() {
    log_.reset();
    fs::remove_all(directory_);
  }
  EventLog& operator*() { return *log_; }
  [[nodiscard]] bool ok() const { return log_ != nullptr; }

 private:
  fs::path directory_;
  std::unique_ptr<EventLog> log_;
};

// Moves arrivals by less than the lateness that is allowed; heartbeats and run frames stay in place.
std::vector<Input> permute(const Scenario& scenario, std::uint64_t seed) {
  Duration bound = scenario.options.trade_allowed_lateness;
  bound = std::min(bound, scenario.options.vendor_allowed_lateness.value_or(bound));
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<std::int64_t> jitter(0, bound.ns / 10 * 9);
  std::vector<Input> out = scenario.inputs;
  const auto is_frame = [](const Input& input) { return input.topic == Topic::heartbeat; };
  for (auto begin = out.begin(); begin != out.end();) {
    const auto end = std::find_if(begin, out.end(), is_frame);
    std::map<std::string, std::int64_t> latest;
    std::vector<std::pair<std::int64_t, Input>> moved;
    std::vector<Timestamp> receive_times;
    for (auto at = begin; at != end; ++at) {
      std::int64_t place = at->event_time.ns + jitter(random);
      if (!at->identity.empty()) {
        auto [known, added] = latest.try_emplace(at->identity, place);
        place = known->second = added ? place : std::max(place, known->second);
      }
      receive_times.push_back(at->receive_time);
      moved.emplace_back(place, *at);
    }
    std::stable_sort(moved.begin(), moved.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    Timestamp received = kMinTimestamp;
    for (std::size_t i = 0; i < moved.size(); ++i, ++begin) {
      received = std::max({received, receive_times[i], moved[i].second.event_time});
      *begin = std::move(moved[i].second);
      begin->receive_time = received;
    }
    while (begin != out.end() && is_frame(*begin)) ++begin;
  }
  return out;
}

class ScenarioTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto read = read_scenario(scenario_file(GetParam()));
    ASSERT_TRUE(read) << read.error().message;
    scenario_ = std::move(*read);
    ASSERT_FALSE(scenario_.inputs.empty());
  }
  std::vector<std::string> expected() {
    return run_straight(scenario_, scenario_.inputs, false).all();
  }
  Scenario scenario_;
};

TEST_P(ScenarioTest, GivesWhatIsExpected) {
  Results results;
  Pipeline pipeline(scenario_.options);
  PipelineOutput output;
  const std::vector<RecordView> records = views(scenario_.inputs);
  std::size_t applied = 0;
  for (const Expectation& expectation : scenario_.expectations) {
    for (; applied < expectation.after; ++applied) {
      output.clear();
      pipeline.apply(records[applied], output);
      results.take(output, records[applied].run);
    }
    const std::string wrong = results.check(expectation, pipeline);
    EXPECT_EQ(wrong, "") << GetParam() << ".scenario:" << expectation.line << ": "
                         << expectation.text;
  }
  for (; applied < records.size(); ++applied) {
    output.clear();
    pipeline.apply(records[applied], output);
    results.take(output, records[applied].run);
  }
  EXPECT_THAT(results.unexpected_dead_letters(), testing::IsEmpty());
}

TEST_P(ScenarioTest, GivesTheSameRestoredAfterEveryRecord) {
  EXPECT_EQ(run_straight(scenario_, scenario_.inputs, true).all(), expected());
}

TEST_P(ScenarioTest, GivesTheSameInBatchesOnBothLogs) {
  for (const std::size_t batch : {1, 7, 1000}) {
    for (const bool crash : {false, true}) {
      SCOPED_TRACE(testing::Message()
                   << "batch " << batch << (crash ? ", crashed at every commit" : ""));
      MemoryLog memory;
      append(memory, scenario_.inputs);
      drain(memory, scenario_, batch, crash);
      EXPECT_EQ(outputs_in(memory), expected()) << "memory log";
      TemporaryLog embedded;
      ASSERT_TRUE(embedded.ok());
      append(*embedded, scenario_.inputs);
      drain(*embedded, scenario_, batch, crash);
      EXPECT_EQ(outputs_in(*embedded), expected()) << "embedded log";
    }
  }
}

TEST_P(ScenarioTest, GivesTheSameCrashedAtEachRecord) {
  for (std::size_t k = 1; k <= scenario_.inputs.size(); ++k) {
    SCOPED_TRACE(testing::Message() << "crashed after record " << k);
    MemoryLog log;
    const auto middle = scenario_.inputs.begin() + static_cast<std::ptrdiff_t>(k);
    append(log, {scenario_.inputs.begin(), middle});
    drain(log, scenario_, 1000, false);
    if (middle != scenario_.inputs.end()) append(log, {middle, scenario_.inputs.end()});
    drain(log, scenario_, 1000, false);
    ASSERT_EQ(outputs_in(log), expected());
  }
}

TEST_P(ScenarioTest, GivesTheSameWhenCommitsFail) {
  MemoryLog log;
  append(log, scenario_.inputs);
  RefusingLog refusing(log);
  PipelineStage stage(refusing, scenario_.options, limits(3));
  ASSERT_TRUE(stage.recover());
  std::size_t refused = 0;
  for (std::size_t i = 0; i < 4 * scenario_.inputs.size() + 10; ++i) {
    const auto count = stage.step();
    if (count && *count == 0) break;
    if (!count) ++refused;
  }
  EXPECT_GT(refused, 0U);
  EXPECT_EQ(outputs_in(log), expected());
}

class PermutedScenarioTest : public ScenarioTest {};

TEST_P(PermutedScenarioTest, EndsWithTheSameValuesInAnyOrderWithinTheLateness) {
  const auto wanted = run_straight(scenario_, scenario_.inputs, false).final_values();
  const std::uint64_t first_seed =
      testing::UnitTest::GetInstance()->random_seed() != 0
          ? static_cast<std::uint64_t>(testing::UnitTest::GetInstance()->random_seed())
          : 1;
  for (std::uint64_t seed = first_seed; seed < first_seed + 10; ++seed) {
    const auto values = run_straight(scenario_, permute(scenario_, seed), false).final_values();
    EXPECT_EQ(values, wanted) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, ScenarioTest, testing::ValuesIn(scenario_names()),
                         [](const auto& scenario) { return scenario.param; });
INSTANTIATE_TEST_SUITE_P(Files, PermutedScenarioTest, testing::ValuesIn(permutable_names()),
                         [](const auto& scenario) { return scenario.param; });

}  // namespace
}  // namespace tapewire::scenario
