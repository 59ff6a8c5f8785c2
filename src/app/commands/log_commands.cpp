// SPDX-License-Identifier: Apache-2.0
// `topics` and `tail`: what lies in the log, beside a running program or without one.
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands/command.h"
#include "app/data_directory.h"
#include "app/record_text.h"
#include "app/signals.h"
#include "app/store_client.h"

namespace tapewire {
namespace {

std::string time_text(Timestamp t) { return t == kMinTimestamp ? "-" : to_iso8601(t); }

void print_topics(const std::vector<TopicInfo>& topics,
                  const std::vector<ConsumerOffset>& consumers, bool json) {
  std::map<Topic, Offset> ends;
  if (!json)
    fmt::print("{:<22} {:>12} {:>12} {:>12} {:>14}  {}\n", "topic", "first", "end", "records",
               "bytes", "newest event");
  for (const TopicInfo& t : topics) {
    ends[t.topic] = t.end_offset;
    if (json) {
      nlohmann::ordered_json row{{"topic", to_string(t.topic)},
                                 {"first_offset", t.first_offset},
                                 {"end_offset", t.end_offset},
                                 {"records", t.records},
                                 {"bytes", t.bytes}};
      row["newest_event_time"] = t.newest_event_time == kMinTimestamp
                                     ? nlohmann::ordered_json(nullptr)
                                     : nlohmann::ordered_json(to_iso8601(t.newest_event_time));
      fmt::print("{}\n", row.dump());
    } else {
      fmt::print("{:<22} {:>12} {:>12} {:>12} {:>14}  {}\n", to_string(t.topic), t.first_offset,
                 t.end_offset, t.records, t.bytes, time_text(t.newest_event_time));
    }
  }
  if (!json) fmt::print("\n{:<12} {:<22} {:>12} {:>12}\n", "consumer", "topic", "offset", "lag");
  for (const ConsumerOffset& c : consumers) {
    const auto topic = parse_topic(c.topic);
    const Offset end = topic ? ends[*topic] : c.offset;
    const Offset lag = end - std::min(end, c.offset);
    if (json) {
      fmt::print(
          "{}\n",
          nlohmann::ordered_json{
              {"consumer", c.consumer}, {"topic", c.topic}, {"offset", c.offset}, {"lag", lag}}
              .dump());
    } else {
      fmt::print("{:<12} {:<22} {:>12} {:>12}\n", c.consumer, c.topic, c.offset, lag);
    }
  }
}

int topics(const CommonOptions& options) {
  const auto directory = options.data_directory();
  if (!directory) return report(directory.error());
  auto log = open_log_for_reading(*directory);
  if (!log) return report(log.error());
  const auto infos = (*log)->topics();
  if (!infos) return report(infos.error());
  const auto consumers = consumer_offsets(**log, DataPaths(*directory));
  if (!consumers) return report(consumers.error());
  print_topics(*infos, *consumers, options.json);
  return kDone;
}

struct TailOptions {
  CommonOptions common;
  std::string topic;
  std::optional<Offset> from;
  std::optional<std::uint64_t> last;
  bool follow = false;
};

Result<TopicPosition> tail_start(EventLog& log, const TailOptions& options) {
  const auto topic = parse_topic(options.topic);
  if (!topic) {
    std::string names;
    for (const Topic t : kTopics)
      names += fmt::format("{}{}", names.empty() ? "" : ", ", to_string(t));
    return fail(ErrorCode::invalid_argument,
                fmt::format("unknown topic \"{}\"; expected one of {}", options.topic, names));
  }
  if (options.from) return TopicPosition{*topic, *options.from};
  TRY_ASSIGN(const auto infos, log.topics());
  for (const TopicInfo& info : infos) {
    if (info.topic != *topic) continue;
    const std::uint64_t last = options.last.value_or(options.follow ? 10 : UINT64_MAX);
    const Offset back = std::min<Offset>(info.end_offset, last);
    return TopicPosition{*topic, std::max(info.first_offset, info.end_offset - back)};
  }
  return TopicPosition{*topic, 0};
}

Status print_records(EventLog& log, const TailOptions& options) {
  TRY_ASSIGN(const TopicPosition start, tail_start(log, options));
  std::vector<TopicPosition> position{start};
  while (true) {
    Status shown;
    TRY_ASSIGN(const std::size_t count, log.read(position, {}, [&](const RecordView& record) {
      const auto text = options.common.json ? record_json(record) : record_line(record);
      if (!text) {
        shown = std::unexpected(text.error());
        return false;
      }
      return std::fwrite(text->data(), 1, text->size(), stdout) == text->size() &&
             std::fputc('\n', stdout) != EOF;
    }));
    TRY(shown);
    std::fflush(stdout);
    if (std::ferror(stdout) != 0) return {};  // the reader went away
    if (count > 0 && !stop_asked(Duration{0})) continue;
    if (!options.follow || stop_asked(milliseconds(100))) return {};
  }
}

int tail(const TailOptions& options) {
  const auto directory = options.common.data_directory();
  if (!directory) return report(directory.error());
  auto log = open_log_for_reading(*directory);
  if (!log) return report(log.error());
  if (const Status status = print_records(**log, options); !status) return report(status.error());
  return kDone;
}

}  // namespace

void add_topics(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<CommonOptions>();
  CLI::App* verb =
      app.add_subcommand("topics", "Offsets and sizes per topic, position and lag per consumer");
  verb->footer("Example: tapewire topics --data ./tapewire-data");
  options->add_to(*verb, true);
  verb->callback([&line, options] { line.run = [options] { return topics(*options); }; });
}

void add_tail(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<TailOptions>();
  CLI::App* verb = app.add_subcommand("tail", "Records of a topic, decoded");
  verb->footer("Example: tapewire tail stock-prices --last 5 --json");
  verb->add_option("TOPIC", options->topic,
                   "stock-prices, news-articles, dead-letters, bars, signals ...")
      ->required();
  auto* from = verb->add_option("--from", options->from, "First offset");
  verb->add_option("--last", options->last, "Only the newest N")->excludes(from);
  verb->add_flag("--follow", options->follow, "Go on with what comes, until stopped");
  options->common.add_to(*verb, true);
  verb->callback([&line, options] { line.run = [options] { return tail(*options); }; });
}

}  // namespace tapewire
