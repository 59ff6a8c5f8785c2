// SPDX-License-Identifier: Apache-2.0
#include "model/calendar.h"

#include <string>
#include <vector>

#include <date/date.h>
#include <date/tz.h>
#include <gtest/gtest.h>

#include "model/calendar_rules.h"

namespace tapewire {
namespace {

TradingDate date(std::string_view text) {
  const auto parsed = parse_trading_date(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(TradingDate{});
}
Timestamp at(std::string_view text) { return *parse_iso8601(text); }

struct Year {
  int year;
  std::string_view closed;        // weekdays without trading, MM-DD
  std::string_view early_closes;  // days that end at 13:00
};

// As the exchange announced and kept them (to 2027), and as its rules give them (after). Cross-checked against two
// public calendars that are made by hand.
const std::vector<Year> kYears{
    {2000, "01-17 02-21 04-21 05-29 07-04 09-04 11-23 12-25", "07-03 11-24"},
    {2001, "01-01 01-15 02-19 04-13 05-28 07-04 09-03 09-11 09-12 09-13 09-14 11-22 12-25",
     "07-03 11-23 12-24"},
    {2002, "01-01 01-21 02-18 03-29 05-27 07-04 09-02 11-28 12-25", "07-05 11-29 12-24"},
    {2003, "01-01 01-20 02-17 04-18 05-26 07-04 09-01 11-27 12-25", "07-03 11-28 12-24 12-26"},
    {2004, "01-01 01-19 02-16 04-09 05-31 06-11 07-05 09-06 11-25 12-24", "11-26"},
    {2005, "01-17 02-21 03-25 05-30 07-04 09-05 11-24 12-26", "11-25"},
    {2006, "01-02 01-16 02-20 04-14 05-29 07-04 09-04 11-23 12-25", "07-03 11-24"},
    {2007, "01-01 01-02 01-15 02-19 04-06 05-28 07-04 09-03 11-22 12-25", "07-03 11-23 12-24"},
    {2008, "01-01 01-21 02-18 03-21 05-26 07-04 09-01 11-27 12-25", "07-03 11-28 12-24"},
    {2009, "01-01 01-19 02-16 04-10 05-25 07-03 09-07 11-26 12-25", "11-27 12-24"},
    {2010, "01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 12-24", "11-26"},
    {2011, "01-17 02-21 04-22 05-30 07-04 09-05 11-24 12-26", "11-25"},
    {2012, "01-02 01-16 02-20 04-06 05-28 07-04 09-03 10-29 10-30 11-22 12-25",
     "07-03 11-23 12-24"},
    {2013, "01-01 01-21 02-18 03-29 05-27 07-04 09-02 11-28 12-25", "07-03 11-29 12-24"},
    {2014, "01-01 01-20 02-17 04-18 05-26 07-04 09-01 11-27 12-25", "07-03 11-28 12-24"},
    {2015, "01-01 01-19 02-16 04-03 05-25 07-03 09-07 11-26 12-25", "11-27 12-24"},
    {2016, "01-01 01-18 02-15 03-25 05-30 07-04 09-05 11-24 12-26", "11-25"},
    {2017, "01-02 01-16 02-20 04-14 05-29 07-04 09-04 11-23 12-25", "07-03 11-24"},
    {2018, "01-01 01-15 02-19 03-30 05-28 07-04 09-03 11-22 12-05 12-25", "07-03 11-23 12-24"},
    {2019, "01-01 01-21 02-18 04-19 05-27 07-04 09-02 11-28 12-25", "07-03 11-29 12-24"},
    {2020, "01-01 01-20 02-17 04-10 05-25 07-03 09-07 11-26 12-25", "11-27 12-24"},
    {2021, "01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 12-24", "11-26"},
    {2022, "01-17 02-21 04-15 05-30 06-20 07-04 09-05 11-24 12-26", "11-25"},
    {2023, "01-02 01-16 02-20 04-07 05-29 06-19 07-04 09-04 11-23 12-25", "07-03 11-24"},
    {2024, "01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25", "07-03 11-29 12-24"},
    {2025, "01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25",
     "07-03 11-28 12-24"},
    {2026, "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25", "11-27 12-24"},
    {2027, "01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24", "11-26"},
    {2028, "01-17 02-21 04-14 05-29 06-19 07-04 09-04 11-23 12-25", "07-03 11-24"},
    {2029, "01-01 01-15 02-19 03-30 05-28 06-19 07-04 09-03 11-22 12-25", "07-03 11-23 12-24"},
    {2030, "01-01 01-21 02-18 04-19 05-27 06-19 07-04 09-02 11-28 12-25", "07-03 11-29 12-24"},
    {2031, "01-01 01-20 02-17 04-11 05-26 06-19 07-04 09-01 11-27 12-25", "07-03 11-28 12-24"},
    {2032, "01-01 01-19 02-16 03-26 05-31 06-18 07-05 09-06 11-25 12-24", "11-26"},
    {2033, "01-17 02-21 04-15 05-30 06-20 07-04 09-05 11-24 12-26", "11-25"},
    {2034, "01-02 01-16 02-20 04-07 05-29 06-19 07-04 09-04 11-23 12-25", "07-03 11-24"},
    {2035, "01-01 01-15 02-19 03-23 05-28 06-19 07-04 09-03 11-22 12-25", "07-03 11-23 12-24"},
};

bool is_listed(std::string_view list, std::string_view month_and_day) {
  return list.find(month_and_day) != std::string_view::npos;
}

TEST(Calendar, KnowsEveryDayOfEveryYear) {
  ASSERT_EQ(kYears.size(), 36U);
  for (const Year& year : kYears) {
    std::string text = std::to_string(year.year);
    const TradingDate end = date(std::to_string(year.year) + "-12-31");
    std::size_t closed = 0;
    std::size_t early = 0;
    for (TradingDate day = date(text + "-01-01"); day <= end; ++day.days) {
      const std::string name = to_string(day);
      const std::string_view month_and_day = std::string_view(name).substr(5);
      const int of_week = (day.days + 3) % 7;  // 0: Monday
      const bool weekend = of_week >= 5;
      const bool holiday = is_listed(year.closed, month_and_day);
      EXPECT_EQ(calendar().is_trading_day(day), !weekend && !holiday) << name;
      EXPECT_EQ(calendar().holiday(day).empty(), !holiday) << name;
      EXPECT_TRUE(calendar().covers(day));
      const auto hours_of_day = calendar().hours(day);
      ASSERT_EQ(hours_of_day.has_value(), !weekend && !holiday) << name;
      if (!hours_of_day) {
        ++closed;
        continue;
      }
      EXPECT_EQ(hours_of_day->early_close, is_listed(year.early_closes, month_and_day)) << name;
      if (hours_of_day->early_close) ++early;
    }
    // Every listed day was met.
    EXPECT_EQ(early, (year.early_closes.size() + 1) / 6) << year.year;
    EXPECT_GE(closed, (year.closed.size() + 1) / 6) << year.year;
  }
}

TEST(Calendar, NamesWhyADayIsClosed) {
  struct Case {
    std::string_view date;
    std::string_view name;
  };
  for (const Case& c : std::vector<Case>{{"2019-01-01", "New Year's Day"},
                                         {"2023-01-02", "New Year's Day"},
                                         {"2019-01-21", "Martin Luther King, Jr. Day"},
                                         {"2019-02-18", "Washington's Birthday"},
                                         {"2019-04-19", "Good Friday"},
                                         {"2019-05-27", "Memorial Day"},
                                         {"2022-06-20", "Juneteenth National Independence Day"},
                                         {"2020-07-03", "Independence Day"},
                                         {"2021-07-05", "Independence Day"},
                                         {"2019-09-02", "Labor Day"},
                                         {"2019-11-28", "Thanksgiving Day"},
                                         {"2021-12-24", "Christmas Day"},
                                         {"2001-09-11", "Terrorist attacks of September 11"},
                                         {"2001-09-14", "Terrorist attacks of September 11"},
                                         {"2004-06-11", "Day of mourning for President Reagan"},
                                         {"2007-01-02", "Day of mourning for President Ford"},
                                         {"2012-10-30", "Hurricane Sandy"},
                                         {"2018-12-05", "Day of mourning for President Bush"},
                                         {"2025-01-09", "Day of mourning for President Carter"},
                                         {"2019-02-13", ""},
                                         {"2019-02-16", ""},
                                         {"2021-12-31", ""},
                                         {"2021-06-18", ""},
                                         {"2010-12-31", ""}}) {
    EXPECT_EQ(calendar().holiday(date(c.date)), c.name) << c.date;
  }
}

TEST(Calendar, GivesTheHoursOfADayInUtc) {
  const auto winter = calendar().hours(date("2019-02-13"));
  ASSERT_TRUE(winter);
  EXPECT_EQ(winter->pre_market_open, at("2019-02-13T09:00:00Z"));
  EXPECT_EQ(winter->open, at("2019-02-13T14:30:00Z"));
  EXPECT_EQ(winter->close, at("2019-02-13T21:00:00Z"));
  EXPECT_EQ(winter->after_hours_close, at("2019-02-14T01:00:00Z"));
  EXPECT_FALSE(winter->early_close);
  const auto summer = calendar().hours(date("2019-06-12"));
  ASSERT_TRUE(summer);
  EXPECT_EQ(summer->open, at("2019-06-12T13:30:00Z"));
  EXPECT_EQ(summer->close, at("2019-06-12T20:00:00Z"));
  const auto early = calendar().hours(date("2019-11-29"));
  ASSERT_TRUE(early);
  EXPECT_TRUE(early->early_close);
  EXPECT_EQ(early->close, at("2019-11-29T18:00:00Z"));
  EXPECT_EQ(early->after_hours_close, at("2019-11-29T22:00:00Z"));
}

TEST(Calendar, PlacesInstantsInSessions) {
  using enum TradingSession;
  struct Case {
    std::string_view time;
    TradingSession session;
  };
  for (const Case& c : std::vector<Case>{
           {"2019-02-13T08:59:59.999999999Z", none},
           {"2019-02-13T09:00:00Z", pre_market},
           {"2019-02-13T14:29:59.999999999Z", pre_market},
           {"2019-02-13T14:30:00Z", regular},
           {"2019-02-13T20:59:59.999999999Z", regular},
           {"2019-02-13T21:00:00Z", after_hours},
           {"2019-02-14T00:59:59.999999999Z", after_hours},
           {"2019-02-14T01:00:00Z", none},
           {"2019-02-14T05:00:00Z", none},
           // Summer time.
           {"2019-06-12T08:00:00Z", pre_market},
           {"2019-06-12T13:30:00Z", regular},
           {"2019-06-12T20:00:00Z", after_hours},
           {"2019-06-13T00:00:00Z", none},
           // An early close.
           {"2019-11-29T17:59:59Z", regular},
           {"2019-11-29T18:00:00Z", after_hours},
           {"2019-11-29T21:59:59Z", after_hours},
           {"2019-11-29T22:00:00Z", none},
           // Weekend, holiday, closure.
           {"2019-02-16T15:00:00Z", none},
           {"2019-02-18T15:00:00Z", none},
           {"2025-01-09T15:00:00Z", none},
           // The Mondays after the clocks changed: 2006 by the old law, 2007 by the new.
           {"2006-03-13T13:30:00Z", pre_market},
           {"2007-03-12T13:30:00Z", regular},
           {"2006-11-03T13:30:00Z", pre_market},
           {"2007-11-02T13:30:00Z", regular},
           {"2019-03-08T14:29:00Z", pre_market},
           {"2019-03-11T13:30:00Z", regular},
           {"2019-11-01T13:30:00Z", regular},
           {"2019-11-04T14:29:00Z", pre_market}}) {
    EXPECT_EQ(calendar().session_of(at(c.time)), c.session) << c.time;
  }
}

TEST(Calendar, CountsAWeekOfMinutesRight) {
  // 2019-02-11..17: five full days; 2019-11-25..12-01: three full, one closed, one short.
  struct Case {
    std::string_view from;
    int regular, pre, after;
  };
  for (const Case& c : std::vector<Case>{{"2019-02-11", 5 * 390, 5 * 330, 5 * 240},
                                         {"2019-11-25", 3 * 390 + 210, 4 * 330, 4 * 240}}) {
    int regular = 0, pre = 0, after = 0;
    Timestamp t = calendar().midnight(date(c.from));
    for (int minute = 0; minute < 7 * 1'440; ++minute, t = t + minutes(1)) {
      const TradingSession session = calendar().session_of(t);
      regular += session == TradingSession::regular;
      pre += session == TradingSession::pre_market;
      after += session == TradingSession::after_hours;
    }
    EXPECT_EQ(regular, c.regular) << c.from;
    EXPECT_EQ(pre, c.pre) << c.from;
    EXPECT_EQ(after, c.after) << c.from;
  }
}

TEST(Calendar, FindsTheNewYorkDateAtEveryHour) {
  const date::time_zone* zone = date::locate_zone("America/New_York");
  for (Timestamp t = at("1999-12-25T00:00:00Z"); t < at("2036-01-10T00:00:00Z"); t = t + hours(1)) {
    const date::sys_seconds second{std::chrono::seconds{t.ns / 1'000'000'000}};
    const auto local = date::floor<date::days>(zone->to_local(second));
    const auto want = static_cast<std::int32_t>(local.time_since_epoch().count());
    ASSERT_EQ(calendar().date_of(t).days, want) << to_iso8601(t);
    const Timestamp midnight = calendar().midnight({want});
    ASSERT_LE(midnight, t);
    ASSERT_LT(t, calendar().midnight({want + 1})) << to_iso8601(t);
    if (t == midnight) {
      ASSERT_EQ(calendar().date_of(t - Duration{1}).days, want - 1);
    }
  }
}

TEST(Calendar, MidnightsFollowDaylightSaving) {
  EXPECT_EQ(calendar().midnight(date("2019-03-10")), at("2019-03-10T05:00:00Z"));
  EXPECT_EQ(calendar().midnight(date("2019-03-11")), at("2019-03-11T04:00:00Z"));
  EXPECT_EQ(calendar().midnight(date("2019-11-03")), at("2019-11-03T04:00:00Z"));
  EXPECT_EQ(calendar().midnight(date("2019-11-04")), at("2019-11-04T05:00:00Z"));
  // The law of 2007 moved both ends.
  EXPECT_EQ(calendar().midnight(date("2006-03-20")), at("2006-03-20T05:00:00Z"));
  EXPECT_EQ(calendar().midnight(date("2007-03-20")), at("2007-03-20T04:00:00Z"));
  EXPECT_EQ(calendar().midnight(date("2006-11-01")), at("2006-11-01T05:00:00Z"));
  EXPECT_EQ(calendar().midnight(date("2007-11-01")), at("2007-11-01T04:00:00Z"));
}

TEST(Calendar, RuleAndZoneDatabaseAgree) {
  const date::time_zone* zone = date::locate_zone("America/New_York");
  const std::int64_t end = at("2036-01-01T00:00:00Z").ns / 1'000'000'000;
  for (std::int64_t t = at("1987-01-01T00:00:00Z").ns / 1'000'000'000; t < end; t += 1'800) {
    const auto info = zone->get_info(date::sys_seconds{std::chrono::seconds{t}});
    ASSERT_EQ(calendar_rules::new_york_offset(t), info.offset.count())
        << to_iso8601(Timestamp{t * 1'000'000'000});
  }
}

TEST(Calendar, StepsOverWeekendsAndHolidays) {
  struct Case {
    std::string_view from, next, previous;
  };
  for (const Case& c : std::vector<Case>{{"2019-02-13", "2019-02-14", "2019-02-12"},
                                         {"2019-02-15", "2019-02-19", "2019-02-14"},
                                         {"2019-02-16", "2019-02-19", "2019-02-15"},
                                         {"2001-09-10", "2001-09-17", "2001-09-07"},
                                         {"2001-09-17", "2001-09-18", "2001-09-10"},
                                         {"2021-12-31", "2022-01-03", "2021-12-30"},
                                         {"2035-12-31", "2036-01-01", "2035-12-28"}}) {
    EXPECT_EQ(to_string(calendar().next_trading_day(date(c.from))), c.next) << c.from;
    EXPECT_EQ(to_string(calendar().previous_trading_day(date(c.from))), c.previous) << c.from;
  }
}

TEST(Calendar, OutsideItsYearsWeekdaysTrade) {
  EXPECT_FALSE(calendar().covers(date("1999-12-31")));
  EXPECT_FALSE(calendar().covers(date("2036-01-01")));
  EXPECT_TRUE(calendar().is_trading_day(date("2036-12-25")));  // a Thursday
  EXPECT_FALSE(calendar().is_trading_day(date("2036-12-27")));  // a Saturday
  EXPECT_EQ(calendar().holiday(date("2036-12-25")), "");
  EXPECT_EQ(calendar().session_of(at("1998-07-01T13:30:00Z")), TradingSession::regular);
  EXPECT_EQ(calendar().session_of(at("2050-07-01T13:30:00Z")), TradingSession::regular);
  EXPECT_EQ(calendar().session_of(at("2050-01-03T14:29:00Z")), TradingSession::pre_market);
  EXPECT_EQ(calendar().midnight(date("1999-07-01")), at("1999-07-01T04:00:00Z"));
  EXPECT_EQ(calendar().midnight(date("2050-07-01")), at("2050-07-01T04:00:00Z"));
  // The ends of time have a date too.
  for (const Timestamp t : {kMinTimestamp, kMaxTimestamp}) {
    const TradingDate day = calendar().date_of(t);
    EXPECT_EQ(to_string(day), to_iso8601(t).substr(0, 4) == "1677" ? "1677-09-20" : "2262-04-11");
    static_cast<void>(calendar().session_of(t));
    static_cast<void>(calendar().midnight(day));
    static_cast<void>(calendar().hours(day));
  }
}

TEST(Calendar, ParsesAndPrintsDates) {
  EXPECT_EQ(date("1970-01-01").days, 0);
  EXPECT_EQ(date("1969-12-31").days, -1);
  EXPECT_EQ(date("2019-02-13").days, 17'940);
  EXPECT_EQ(to_string(TradingDate{17'940}), "2019-02-13");
  EXPECT_EQ(to_string(TradingDate{-1}), "1969-12-31");
  for (const std::string_view text :
       {"", "today", "2019-02-30", "20190213", "2019-02-13T00:00:00Z"}) {
    EXPECT_FALSE(parse_trading_date(text)) << text;
  }
}

}  // namespace
}  // namespace tapewire
