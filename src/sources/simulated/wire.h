// SPDX-License-Identifier: Apache-2.0
// Plans one simulated day's news and what it does to prices, with the truth beside it.
//
// Time:  UTC; an effect begins with the first minute bar that starts at or after `from`, and is over
//        when `to` is reached. All of it lies in one regular session: a story before the open moves
//        the open, one after the close the next day's.
// Halts: no effect lies in one. News that comes in a halt moves the minute after it.
// Units: sizes are log returns added to the price path.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/calendar.h"
#include "model/news_item.h"
#include "sources/simulated/companies.h"

namespace tapewire::simulated {

enum class StoryKind : std::uint8_t { company, several, passing, duplicate, live_blog, null_story };
std::string_view to_string(StoryKind kind);

// How a planted effect spreads over time.
enum class Shape : std::uint8_t { at_once, drifting, leaked, jump };
std::string_view to_string(Shape shape);

// A leak goes over so many minutes and ends with the last minute before publication.
inline constexpr int kLeakMinutes = 30;

struct Effect {
  std::size_t company = 0;  // index into the companies
  Shape shape = Shape::at_once;
  Timestamp published_at;  // of the story; of the jump itself without one
  Timestamp from, to;  // [from, to): minutes over which it spreads
  double size = 0;  // log return in all
  double leaked = 0;  // the part of it before publication
  std::string news_id;  // empty: a jump without a story
};

struct Story {
  StoryKind kind = StoryKind::company;
  NewsItem item;  // as published; revisions of a live blog are stories of the same id
  std::string duplicate_of;  // id of the story it nearly repeats
};

enum class HaltReason : std::uint8_t { news_pending, volatility_pause };
std::string_view to_string(HaltReason reason);

struct Halt {
  std::size_t company = 0;
  HaltReason reason = HaltReason::news_pending;
  Timestamp from, to;
};

struct WireDay {
  std::vector<Story> stories;  // by publication time
  std::vector<Effect> effects;
  std::vector<Halt> halts;
};

WireDay plan_wire(std::uint64_t seed, const std::vector<Company>& companies, TradingDate date,
                  const SessionHours& hours);

}  // namespace tapewire::simulated
