// SPDX-License-Identifier: Apache-2.0
// Names the topics, the kinds of records in them, and the small records of our own.
//
// Source: docs/formats.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "model/symbol.h"

namespace tapewire {

enum class Topic : std::uint8_t {
  stock_prices,
  news_articles,
  dead_letters,
  heartbeat,
  bars,
  signals,
  reactions,
  stock_prices_backfill,
};
inline constexpr std::array<Topic, 8> kTopics{
    Topic::stock_prices, Topic::news_articles, Topic::dead_letters, Topic::heartbeat,
    Topic::bars,         Topic::signals,       Topic::reactions,    Topic::stock_prices_backfill};

std::string_view to_string(Topic topic);  // "stock-prices" ...
std::optional<Topic> parse_topic(std::string_view text);

// What a record's payload is; the numbers are on disk.
enum class RecordKind : std::uint8_t {
  bar = 1,
  trade = 2,
  quote = 3,
  news = 4,
  dead_letter = 5,
  heartbeat = 6,
  run_begin = 7,
  run_end = 8,
  run_abandon = 9,
  signal = 10,
};
std::string_view to_string(RecordKind kind);
bool is_record_kind(std::uint8_t value);

// One pipeline instance with its own watermark; 0 is the live run.
using RunId = std::uint32_t;
inline constexpr RunId kLiveRun = 0;

// Something refused: the original bytes and why. Key of its topic: the source.
struct DeadLetter {
  std::string topic;     // where it would have gone: "stock-prices"
  std::string stage;     // "parse", "validate", "ingest", "pipeline", "store"
  std::string source;    // "files", "polygon" ...
  std::string origin;    // file and line, or connection; may be empty
  std::string reason;    // one sentence, with what it was
  std::string field;     // the field at fault; empty: the whole record
  std::string expected;  // what would have been right
  std::string payload;   // original bytes
  friend bool operator==(const DeadLetter&, const DeadLetter&) = default;
};

// The 1 Hz "now" of a run, and its frame (run_begin, run_end, run_abandon).
struct Heartbeat {
  Timestamp now;
  std::string market;  // "open", "closed", "early_hours", "after_hours"; run_begin: what the run is
  friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};

enum class SignalKind : std::uint8_t { change_5m, change_10m, change_15m, delta_10s, change_10s };
inline constexpr std::size_t kSignalKinds = 5;
std::string_view to_string(SignalKind kind);
std::optional<SignalKind> parse_signal_kind(std::string_view text);

// All signals of one symbol at one instant (the end of the bar they were computed at).
// Units: change_* percent, delta_10s currency units. A revision replaces the whole record.
struct SignalSet {
  Symbol symbol;
  Timestamp time;
  std::array<std::optional<double>, kSignalKinds> values;  // by SignalKind; absent: none
  std::int32_t revision = 0;
  friend bool operator==(const SignalSet&, const SignalSet&) = default;
};

}  // namespace tapewire
