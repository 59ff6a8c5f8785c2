// SPDX-License-Identifier: Apache-2.0
#include "sources/simulated/wire.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "sources/simulated/random.h"

namespace tapewire::simulated {
namespace {

struct Phrase {
  std::string_view headline;  // {0} the company, {1} another
  std::string_view summary;
  int direction;  // of the reaction; 0: none
};

constexpr std::array<Phrase, 10> kCompanyPhrases{{
    {"{0} raises its forecast for the year after strong orders",
     "{0} said demand in the quarter ran well above its own plan.", 1},
    {"{0} beats expectations as margins widen",
     "Quarterly profit of {0} came in above every published estimate.", 1},
    {"{0} wins a ten-year supply contract", "The contract is the largest in the history of {0}.",
     1},
    {"Regulator clears the main product of {0}",
     "The decision came three months before it was due; {0} plans to start sales at once.", 1},
    {"{0} to buy back a tenth of its shares",
     "The board of {0} approved the programme on a unanimous vote.", 1},
    {"{0} cuts its forecast and blames weak demand", "{0} now sees revenue below last year's.", -1},
    {"Finance chief of {0} steps down with immediate effect",
     "{0} gave no reason and named an interim successor.", -1},
    {"{0} recalls its best-selling product",
     "{0} said it had found a fault in a part from a supplier.", -1},
    {"Authorities open an inquiry into accounts of {0}", "{0} said it would cooperate fully.", -1},
    {"{0} loses its largest customer", "The customer made up a fifth of revenue of {0}.", -1},
}};
constexpr std::array<Phrase, 4> kSeveralPhrases{{
    {"{0} and {1} agree to merge in an all-share deal",
     "Shareholders of {0} and {1} are to vote within two months.", 1},
    {"{0} and {1} settle their long patent dispute",
     "Terms were not given; both {0} and {1} withdraw their claims.", 1},
    {"New tariffs hit {0} and {1} hardest, analysts say",
     "Both {0} and {1} import most of what they sell.", -1},
    {"{0} and {1} call off their planned merger",
     "The boards of {0} and {1} could not agree on terms.", -1},
}};
constexpr std::array<Phrase, 3> kPassingPhrases{{
    {"Five charts that explain the week in markets",
     "Among others, {0} is mentioned for its long dividend record.", 0},
    {"How to read a balance sheet: a beginner's guide",
     "Examples include {0}, but the lesson is general.", 0},
    {"City marathon draws record field", "Sponsors include {0} and local firms.", 0},
}};
constexpr std::array<Phrase, 4> kNullPhrases{{
    {"{0} opens a new visitor centre", "The centre of {0} is open on weekdays.", 0},
    {"{0} names the winners of its annual staff award",
     "The award has been given since the founding of {0}.", 0},
    {"{0} to present at an industry conference", "The talk of {0} will be streamed.", 0},
    {"{0} changes its logo", "{0} said the old one had served it well.", 0},
}};
constexpr std::array<std::string_view, 3> kUpdates{"shares swing as traders weigh the news",
                                                   "analysts give their first views",
                                                   "chief executive speaks to reporters"};

// Of a real market's symbol-days about one in two hundred has a halt.
constexpr double kHaltsPerSymbolDay = 0.005;
// A move that wide within a minute pauses trading; near the open and the close bands are wider.
constexpr double kPausingMove = 0.08;
constexpr std::uint64_t kWireStream = 2;
constexpr std::uint64_t kHaltStream = 6;

// Whole halts of a date, spread evenly: any run of weekdays has the rate's number, give or take one.
std::size_t halts_on(std::uint64_t seed, TradingDate date, std::size_t symbols) {
  const double rate = kHaltsPerSymbolDay * static_cast<double>(symbols);
  const double phase = Random{seed, kHaltStream}.uniform();
  const std::int32_t since_monday = date.days + 3;  // 1970-01-01 was a Thursday
  const std::int32_t weekdays = since_monday / 7 * 5 + std::min(since_monday % 7, 4);
  return static_cast<std::size_t>(std::floor(phase + rate * (weekdays + 1)) -
                                  std::floor(phase + rate * weekdays));
}

class Planner {
 public:
  Planner(std::uint64_t seed, const std::vector<Company>& companies, TradingDate date,
          const SessionHours& hours)
      : companies_(companies),
        date_(date),
        hours_(hours),
        next_open_(calendar().hours(calendar().next_trading_day(date))->open),
        halts_(halts_on(seed, date, companies.size())),
        random_{seed, kWireStream, static_cast<std::uint64_t>(date.days)} {}

  WireDay plan() {
    const auto count = static_cast<std::size_t>(
        std::clamp(static_cast<double>(companies_.size()) * 0.5, 12.0, 1500.0));
    // First, so that whatever comes later keeps clear of them.
    for (std::size_t i = 0; i < halts_; ++i) halt();
    for (std::size_t i = 0; i < count; ++i) story();
    const auto jumps = std::max<std::size_t>(1, companies_.size() / 40);
    for (std::size_t i = 0; i < jumps; ++i) jump();
    std::ranges::stable_sort(day_.stories, {}, [](const Story& s) { return s.item.published_at; });
    return std::move(day_);
  }

 private:
  std::size_t any_company() {
    return static_cast<std::size_t>(
        random_.whole(0, static_cast<std::int64_t>(companies_.size()) - 1));
  }
  Timestamp within(Timestamp a, Timestamp b) {
    return floor_to(a + Duration{random_.whole(0, (b - a).ns - 1)}, seconds(1));
  }
  // Most stories come in regular hours, some before and after.
  Timestamp publication_time() {
    const double where = random_.uniform();
    if (where < 0.12) return within(hours_.pre_market_open + hours(2), hours_.open);
    if (where > 0.92) return within(hours_.close, hours_.after_hours_close);
    return within(hours_.open, hours_.close - minutes(10));
  }
  Timestamp next_minute(Timestamp t) {
    const Timestamp floor = floor_to(t, minutes(1));
    return floor == t ? t : floor + minutes(1);
  }
  NewsItem article(std::size_t company, std::size_t other, const Phrase& phrase, Timestamp when,
                   StoryKind kind) {
    NewsItem item;
    const std::string& name = companies_[company].name;
    const std::string& second = companies_[other].name;
    item.id = fmt::format("simulated/{}/{:05}", to_string(date_), ++serial_);
    item.source = "simulated";
    item.published_at = when;
    item.precision = Precision::second;
    item.title = fmt::format(fmt::runtime(phrase.headline), name, second);
    item.summary = fmt::format(fmt::runtime(phrase.summary), name, second);
    item.url = "https://wire.example/" + item.id;
    item.section = companies_[company].sector;
    item.symbols.push_back(companies_[company].symbol.str());
    if (kind == StoryKind::several) item.symbols.push_back(companies_[other].symbol.str());
    return item;
  }
  // An effect of one minute, at once; the caller may spread it.
  static Effect effect_at(std::size_t company, Timestamp from, double size) {
    Effect effect;
    effect.company = company;
    effect.published_at = effect.from = from;
    effect.to = from + minutes(1);
    effect.size = size;
    return effect;
  }
  void plant(std::size_t company, int direction, Timestamp published, const std::string& id) {
    const double volatility = companies_[company].daily_volatility;
    const double size = direction * std::clamp(volatility * random_.between(0.6, 2.2), 0.006, 0.12);
    // Outside regular hours the next regular minute takes the reaction.
    const Timestamp start = published >= hours_.close ? next_open_
                            : published < hours_.open ? hours_.open
                                                      : next_minute(published);
    Effect effect = effect_at(company, start, size);
    effect.published_at = published;
    effect.news_id = id;
    const double kind = random_.uniform();
    const Timestamp leak = floor_to(published, minutes(1)) - minutes(kLeakMinutes);
    if (published >= hours_.close || kind < 0.5) {
      // At once.
    } else if (kind < 0.8) {
      effect.shape = Shape::drifting;
      effect.to = std::min(start + minutes(random_.whole(15, 45)), hours_.close);
    } else if (leak >= hours_.open) {
      effect.shape = Shape::leaked;
      effect.from = leak;
      effect.leaked = size * random_.between(0.3, 0.6);
    }
    add(std::move(effect), start);
  }
  // Keeps the effect out of halts: one that would run into a halt is had at once, after it if need be.
  void add(Effect effect, Timestamp start) {
    for (bool moved = true; moved;) {
      moved = false;
      for (const Halt& h : day_.halts) {
        if (h.company != effect.company || effect.from >= h.to || h.from >= effect.to) continue;
        if (start >= h.from && start < h.to) start = h.to;
        if (effect.shape != Shape::jump) effect.shape = Shape::at_once;
        effect.leaked = 0;
        effect.from = start;
        effect.to = start + minutes(1);
        moved = true;
      }
    }
    if (effect.news_id.empty()) effect.published_at = effect.from;
    const bool sudden = effect.shape == Shape::at_once || effect.shape == Shape::jump;
    if (sudden && std::abs(effect.size) >= kPausingMove) pause_after(effect);
    day_.effects.push_back(std::move(effect));
  }
  void pause_after(const Effect& effect) {
    const Halt pause{effect.company, HaltReason::volatility_pause, effect.to,
                     effect.to + minutes(random_.chance(0.8) ? 5 : 10)};
    if (effect.from < hours_.open + minutes(15) || pause.to > hours_.close - minutes(15)) return;
    if (is_clear(pause)) day_.halts.push_back(pause);
  }
  // No effect in it, and a minute of trading at least between it and another halt.
  [[nodiscard]] bool is_clear(const Halt& halt) const {
    return std::ranges::none_of(day_.halts,
                                [&](const Halt& h) {
                                  return h.company == halt.company && h.from <= halt.to &&
                                         halt.from <= h.to;
                                }) &&
           std::ranges::none_of(day_.effects, [&](const Effect& e) {
             return e.company == halt.company && e.from < halt.to && halt.from < e.to;
           });
  }
  // Trading stops for news that is about to come, or after a move that is too wide.
  void halt() {
    std::size_t company = any_company();
    for (int i = 0; i < 20 && has_halt(company); ++i) company = any_company();
    if (has_halt(company)) return;
    const double volatility = companies_[company].daily_volatility;
    const Phrase& phrase = random_.pick(kCompanyPhrases);
    const double kind = random_.uniform();
    if (kind < 0.2) {
      const Timestamp from =
          floor_to(within(hours_.open + minutes(20), hours_.close - minutes(40)), minutes(1));
      Effect jump = effect_at(company, from, phrase.direction * pausing_size(volatility));
      jump.shape = Shape::jump;
      add(std::move(jump), from);
      return;
    }
    const Timestamp published = within(hours_.open + minutes(20), hours_.close - minutes(75));
    publish(StoryKind::company, article(company, company, phrase, published, StoryKind::company));
    Effect effect = effect_at(company, next_minute(published), 0);
    if (kind < 0.6) {
      effect.size = phrase.direction * pausing_size(volatility);
    } else {
      const Timestamp from = floor_to(published, minutes(1)) - minutes(random_.whole(1, 5));
      effect.from = from + minutes(5 * random_.whole(4, 9));
      effect.to = effect.from + minutes(1);
      // Below the size that would pause trading again.
      effect.size = phrase.direction *
                    std::clamp(volatility * random_.between(1.5, 4.0), 0.02, kPausingMove - 0.001);
      day_.halts.push_back({company, HaltReason::news_pending, from, effect.from});
    }
    effect.published_at = published;
    effect.news_id = last_id();
    const Timestamp start = effect.from;
    add(std::move(effect), start);
  }
  [[nodiscard]] bool has_halt(std::size_t company) const {
    return std::ranges::find(day_.halts, company, &Halt::company) != day_.halts.end();
  }
  double pausing_size(double volatility) {
    return std::clamp(volatility * random_.between(4.0, 7.0), kPausingMove, 0.15);
  }
  void story() {
    const std::size_t company = any_company();
    const std::size_t other = any_company();
    const Timestamp when = publication_time();
    const double which = random_.uniform();
    if (which < 0.34) {
      const Phrase& phrase = random_.pick(kCompanyPhrases);
      publish(StoryKind::company, article(company, other, phrase, when, StoryKind::company));
      plant(company, phrase.direction, when, last_id());
      if (random_.chance(0.4)) near_duplicate();
    } else if (which < 0.46 && other != company) {
      const Phrase& phrase = random_.pick(kSeveralPhrases);
      publish(StoryKind::several, article(company, other, phrase, when, StoryKind::several));
      const std::string id = last_id();
      plant(company, phrase.direction, when, id);
      plant(other, phrase.direction, when, id);
    } else if (which < 0.62) {
      NewsItem item =
          article(company, other, random_.pick(kPassingPhrases), when, StoryKind::passing);
      publish(StoryKind::passing, std::move(item));
    } else if (which < 0.70) {
      live_blog(company, when);
    } else {
      publish(StoryKind::null_story,
              article(company, other, random_.pick(kNullPhrases), when, StoryKind::null_story));
    }
  }
  void near_duplicate() {
    Story copy = day_.stories.back();
    copy.duplicate_of = copy.item.id;
    copy.kind = StoryKind::duplicate;
    copy.item.id = fmt::format("simulated/{}/{:05}", to_string(date_), ++serial_);
    copy.item.url = "https://wire.example/" + copy.item.id;
    copy.item.title = "Update 1: " + copy.item.title;
    copy.item.published_at =
        copy.item.published_at + minutes(random_.whole(3, 90)) + seconds(random_.whole(0, 59));
    day_.stories.push_back(std::move(copy));
  }
  void live_blog(std::size_t company, Timestamp when) {
    const Phrase& phrase = random_.pick(kCompanyPhrases);
    NewsItem item = article(company, company, phrase, when, StoryKind::live_blog);
    item.title += " - live";
    item.first_published_at = when;
    const std::string title = item.title;
    publish(StoryKind::live_blog, item);
    plant(company, phrase.direction, when, item.id);
    for (const std::string_view update : kUpdates) {
      item.published_at = item.published_at + minutes(random_.whole(4, 25));
      item.title = fmt::format("{}: {}", title, update);
      publish(StoryKind::live_blog, item);
    }
  }
  void jump() {
    const std::size_t company = any_company();
    const Timestamp from =
        hours_.open +
        minutes(random_.whole(10, (hours_.close - hours_.open).ns / minutes(1).ns - 10));
    const int sign = random_.chance(0.5) ? 1 : -1;
    Effect effect = effect_at(company, from, sign * random_.between(0.01, 0.05));
    effect.shape = Shape::jump;
    add(std::move(effect), from);
  }
  void publish(StoryKind kind, NewsItem item) {
    day_.stories.push_back({kind, std::move(item), ""});
  }
  [[nodiscard]] std::string last_id() const { return day_.stories.back().item.id; }

  const std::vector<Company>& companies_;
  const TradingDate date_;
  const SessionHours& hours_;
  const Timestamp next_open_;
  const std::size_t halts_;
  Random random_;
  WireDay day_;
  int serial_ = 0;
};

}  // namespace

std::string_view to_string(StoryKind kind) {
  switch (kind) {
    case StoryKind::company: return "company";
    case StoryKind::several: return "several";
    case StoryKind::passing: return "passing_mention";
    case StoryKind::duplicate: return "near_duplicate";
    case StoryKind::live_blog: return "live_blog";
    case StoryKind::null_story: return "null";
  }
  return "";
}

std::string_view to_string(Shape shape) {
  switch (shape) {
    case Shape::at_once: return "at_once";
    case Shape::drifting: return "drifting";
    case Shape::leaked: return "leaked";
    case Shape::jump: return "jump";
  }
  return "";
}

std::string_view to_string(HaltReason reason) {
  return reason == HaltReason::news_pending ? "news_pending" : "volatility_pause";
}

WireDay plan_wire(std::uint64_t seed, const std::vector<Company>& companies, TradingDate date,
                  const SessionHours& hours) {
  return Planner(seed, companies, date, hours).plan();
}

}  // namespace tapewire::simulated
