// SPDX-License-Identifier: Apache-2.0
#include "sources/files/recorded_files.h"

#include <algorithm>
#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/calendar.h"
#include "sources/files/files_test_support.h"

namespace tapewire {
namespace {

using test::play;
using test::Played;
using test::State;
using test::TempFolder;
using testing::HasSubstr;

constexpr std::string_view kBarHeader =
    "ticker,volume,open,close,high,low,window_start,transactions\n";
constexpr std::int64_t kOpen = 1550068200;  // 2019-02-13 14:30 UTC

std::string bar_row(std::string_view symbol, std::int64_t minute, int volume = 100) {
  return fmt::format("{},{},2,2,2,2,{}000000000,1\n", symbol, volume, kOpen + minute * 60);
}

std::string news_line(std::int64_t second, std::string_view headline) {
  return fmt::format("{{\"source\":\"a\",\"published_at\":\"{}\",\"headline\":\"{}\"}}\n",
                     to_iso8601(Timestamp{(kOpen + second) * 1'000'000'000}), headline);
}

// A small recording of every kind, sorted by symbol as vendors do, with bad rows among the good.
class Recording {
 public:
  TempFolder folder;
  RecordedFilesOptions options;
  explicit Recording(std::size_t batch_rows = 7) {
    std::string bars(kBarHeader);
    bars += "nonsense\n";
    for (const char* symbol : {"AAPL", "BRK.A", "MSFT", "ZZZ"}) {
      for (int minute = 0; minute < 12; ++minute) bars += bar_row(symbol, minute);
      if (symbol[0] == 'M') bars += "MSFT,-1,2,2,2,2,1550068200000000000,1\n";
    }
    folder.write("a/minute_aggs_v1/2019-02-13.csv.gz", test::gzipped(bars));
    // A name that lies about its day, and rows out of order.
    folder.write("a/minute_aggs_v1/2001-01-01.csv", std::string(kBarHeader) + bar_row("LATE", 30) +
                                                        bar_row("LATE", 3) + bar_row("AAPL", 40));
    folder.write("a/minute_aggs_v1/2031-01-01.csv",
                 std::string(kBarHeader) + bar_row("EARLY", -500));
    folder.write("a/trades_v1/2019-02-13.csv",
                 "ticker,price,sip_timestamp,size,sequence_number\n"
                 "AAPL,2,1550068200000000005,1,3\nAAPL,2,1550068200000000005,1,2\nAAPL,2,"
                 "1550068230000000000,1,9\nAAPL,x,1,1,1\n");
    folder.write("a/quotes_v1/2019-02-13.csv",
                 "ticker,ask_price,bid_price,sip_timestamp\nAAPL,3,2,1550068200000000005\n");
    folder.write("a/news/2019-02.ndjson", news_line(65, "second") + "not json\n" +
                                              news_line(5, "first") + news_line(900, "last"));
    folder.write("a/news/empty.ndjson", "");
    const std::string root = folder.path("a");
    options.bars = options.trades = options.quotes = options.news = {root};
    options.temp_dir = folder.path();
    options.batch_rows = batch_rows;
  }
};

TEST(RecordedFiles, MergesAllFilesInTheOrderOfTime) {
  const Recording recording;
  State state;
  const Played played = play(recording.options, state, 5);
  ASSERT_EQ(played.error, "");
  ASSERT_TRUE(played.finished);
  EXPECT_EQ(played.events.size(), 50U + 3 + 1 + 4 + 1 + 4);
  EXPECT_TRUE(std::ranges::is_sorted(played.events, {}, [](const std::string& event) {
    return parse_iso8601(event.substr(0, event.find(' ')))->ns;
  }));
  EXPECT_THAT(played.events[0], HasSubstr("bar EARLY"));
  const auto place = [&](std::string_view what) {
    return std::ranges::find_if(
               played.events,
               [&](const std::string& event) { return event.find(what) != event.npos; }) -
           played.events.begin();
  };
  EXPECT_LT(place("bar AAPL"), place("bar BRK.A"));
  EXPECT_LT(place("14:30:00.000000005Z trade"), place("14:30:00.000000005Z quote"));
  EXPECT_LT(place("14:31:00Z bar ZZZ"), place("14:31:05Z news"));
  // Refused rows stand where the row before them stands; without one, at the first of their file.
  EXPECT_EQ(played.refused.size(), 4U);
  EXPECT_THAT(played.events[static_cast<std::size_t>(place("2019-02-13.csv.gz:2"))],
              HasSubstr("2019-02-13T14:31:00Z refused"));
  EXPECT_THAT(played.events[static_cast<std::size_t>(place("2019-02.ndjson:2"))],
              HasSubstr("2019-02-13T14:31:05Z refused"));
  // The run is over, every file is done.
  for (const auto& [key, value] : state.entries) {
    EXPECT_THAT(value, testing::EndsWith("done=1")) << key;
    EXPECT_THAT(value, testing::StartsWith("run=5;")) << key;
  }
  EXPECT_EQ(state.entries.size(), 7U);
}

TEST(RecordedFiles, GivesTheSameInAnyMemoryAndBatch) {
  State unused;
  const Recording recording;
  const std::vector<std::string> whole = play(recording.options, unused, 1).events;
  for (const std::size_t memory : {std::size_t{1}, std::size_t{100'000}, std::size_t{1} << 30}) {
    for (const std::size_t batch : {1U, 3U, 1000U}) {
      RecordedFilesOptions options = recording.options;
      options.memory_bytes = memory;
      options.batch_rows = batch;
      State state;
      EXPECT_EQ(play(options, state, 1).events, whole) << memory << " " << batch;
    }
  }
}

TEST(RecordedFiles, GoesOnWhereItStopped) {
  const Recording recording(3);
  State straight_state;
  const Played straight = play(recording.options, straight_state, 1);
  for (std::size_t stop = 1; stop < straight.events.size() / 3 + 4; ++stop) {
    SCOPED_TRACE(stop);
    State state;
    const Played first = play(recording.options, state, 1, stop);
    ASSERT_EQ(first.error, "");
    const std::size_t known = first.events.size();
    const auto plan = plan_replay(recording.options, state.reader());
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->open_run, first.finished ? std::nullopt : std::optional<RunId>(1));
    EXPECT_TRUE(plan->abandoned.empty());
    const Played rest = play(recording.options, state, 2);
    std::vector<std::string> both = first.events;
    both.insert(both.end(), rest.events.begin(), rest.events.end());
    EXPECT_EQ(both, straight.events);
    EXPECT_EQ(rest.duplicate_prices + rest.duplicate_news, known);
    EXPECT_EQ(first.rounded + rest.rounded, straight.rounded);
    EXPECT_EQ(state.entries, straight_state.entries);
  }
}

TEST(RecordedFiles, CountsAFinishedFileAsDuplicates) {
  const Recording recording;
  State state;
  play(recording.options, state, 1);
  const auto before = state.entries;
  const Played again = play(recording.options, state, 2);
  EXPECT_TRUE(again.events.empty());
  EXPECT_EQ(again.duplicate_prices, 59U);
  EXPECT_EQ(again.duplicate_news, 4U);
  EXPECT_EQ(state.entries, before);
  EXPECT_TRUE(plan_replay(recording.options, state.reader())->all_done);
  // Under another name, and named twice, it is the same file.
  const TempFolder other;
  std::filesystem::copy(recording.folder.path("a/news"), other.path("news"));
  RecordedFilesOptions options;
  options.news = {other.path("news"), other.path("news/2019-02.ndjson")};
  EXPECT_EQ(play(options, state, 3).duplicate_news, 8U);
  State fresh;
  const Played twice = play(options, fresh, 3);
  EXPECT_EQ(twice.events.size(), 4U);
  EXPECT_EQ(twice.duplicate_news, 4U);
}

TEST(RecordedFiles, AbandonsARunWhoseFilesComeInAnotherSet) {
  const Recording recording(3);
  State state;
  play(recording.options, state, 1, 10);
  ASSERT_TRUE(state.entries.contains("files/run/1"));
  RecordedFilesOptions fewer = recording.options;
  fewer.news.clear();
  const auto plan = plan_replay(fewer, state.reader());
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->open_run, std::nullopt);
  EXPECT_EQ(plan->abandoned, std::vector<RunId>{1});
  State fresh;
  const Played expected = play(fewer, fresh, 2);
  const Played played = play(fewer, state, 2);
  // What was done in the abandoned run stays done; what was not starts anew.
  EXPECT_EQ(played.events.size() + played.duplicate_prices, expected.events.size());
  EXPECT_GT(played.duplicate_prices, 0U);
  EXPECT_FALSE(state.entries.contains("files/run/1"));
  // The news of the abandoned run start anew as well.
  RecordedFilesOptions news;
  news.news = recording.options.news;
  const Played rest = play(news, state, 3);
  EXPECT_EQ(rest.events.size() + rest.duplicate_news, 4U);
}

TEST(RecordedFiles, GoesOnWithARunWhoseRowsAreAllReadUntilItIsEnded) {
  const Recording recording(1000);
  State state;
  play(recording.options, state, 4, 1);
  const auto plan = plan_replay(recording.options, state.reader());
  EXPECT_EQ(plan->open_run, 4U);
  EXPECT_TRUE(plan->all_done);
}

TEST(RecordedFiles, NamesWhatIsWrong) {
  const Recording recording;
  State state;
  RecordedFilesOptions none;
  EXPECT_THAT(play(none, state, 1).error, HasSubstr("nothing to replay"));
  RecordedFilesOptions options = recording.options;
  recording.folder.write("a/minute_aggs_v1/2019-02-14.csv", "ticker,volume\n");
  EXPECT_THAT(play(options, state, 1).error, HasSubstr("2019-02-14.csv: the header lacks"));
  std::filesystem::remove(recording.folder.path("a/minute_aggs_v1/2019-02-14.csv"));
  auto plan = plan_replay(options, state.reader());
  recording.folder.write("a/minute_aggs_v1/2001-01-01.csv",
                         std::string(kBarHeader) + bar_row("NEW", 1));
  RecordedFiles source(options, *std::move(plan), 1);
  EventBatch batch;
  const auto step = source.next(batch, {});
  ASSERT_FALSE(step);
  EXPECT_THAT(step.error().message, HasSubstr("2001-01-01.csv changed"));
  state.entries[file_state_key("x")] = "rows=many";
  state.entries["files/run/x"] = "";
  EXPECT_THAT(play(options, state, 1).error, HasSubstr("files/run/x"));
  options.temp_dir = recording.folder.path("absent");
  options.memory_bytes = 1;
  std::string many(kBarHeader);
  for (int i = 0; i < 5000; ++i) many += bar_row("S", i);
  options.bars = {recording.folder.write("b/minute_aggs_v1/x.csv", many)};
  State fresh;
  EXPECT_THAT(play(options, fresh, 1).error, HasSubstr("temporary file"));
}

TEST(RecordedFiles, StopsSoonAndGoesOn) {
  const Recording recording;
  State state;
  auto plan = plan_replay(recording.options, state.reader());
  RecordedFiles source(recording.options, *std::move(plan), 1);
  EventBatch batch;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(*source.next(batch, stop.get_token()), SourceStep::idle);
  EXPECT_TRUE(batch.empty());
  std::size_t rows = 0;
  for (int i = 0; i < 1000; ++i) {
    batch.clear();
    if (*source.next(batch, {}) == SourceStep::finished) break;
    rows += batch.order.size();
  }
  EXPECT_EQ(rows, 63U);
  EXPECT_EQ(source.progress().rows_given, 63U);
  EXPECT_EQ(source.progress().files_done, 7U);
  EXPECT_EQ(source.progress().parts_per_million, 1'000'000U);
}

TEST(RecordedFiles, TellsAnUnknownColumnOnce) {
  const TempFolder folder;
  for (const char* day : {"2019-02-12", "2019-02-13"}) {
    folder.write(fmt::format("minute_aggs_v1/{}.csv", day),
                 std::string("ticker,volume,open,close,high,low,window_start,otc\nA,1,2,2,2,2,"
                             "1550068200000000000,") +
                     day + "\n");
  }
  RecordedFilesOptions options;
  options.bars = {folder.path()};
  std::vector<std::string> notices;
  options.notice = [&](std::string text) { notices.push_back(std::move(text)); };
  State state;
  EXPECT_EQ(play(options, state, 1).events.size(), 2U);
  EXPECT_THAT(notices, testing::ElementsAre(HasSubstr("otc")));
}

TEST(RecordedFiles, ReplaysTheRealWeek) {
  const std::string real = test::real_data();
  if (real.empty()) GTEST_SKIP() << "SKIPPED: ../shared/real is not here";
  RecordedFilesOptions options;
  options.bars = {real + "/minute_aggs_v1"};
  options.news = {real + "/news"};
  State state;
  const Played played = play(options, state, 1);
  ASSERT_EQ(played.error, "");
  const std::size_t bars = 8631 + 8596 + 8604 + 8612 + 8721 + 745;
  EXPECT_EQ(played.events.size() - played.refused.size(), bars + 413)
      << (played.refused.empty() ? "" : played.refused[0].reason);
  EXPECT_EQ(played.refused.size(), 0U);
  State other;
  options.memory_bytes = 1;
  options.batch_rows = 1000;
  EXPECT_TRUE(play(options, other, 1).events == played.events);
  EXPECT_EQ(other.entries, state.entries);
}

TEST(FilePosition, IsReadAsWritten) {
  for (const FilePosition& position :
       {FilePosition{}, FilePosition{3, 17, 20, false}, FilePosition{4'000'000'000, 1, 1, true}}) {
    EXPECT_EQ(*parse_file_position(to_text(position)), position);
  }
  for (const char* text :
       {"", "run=1", "run=1;rows=2;total=?;done=1", "run=x;rows=2;total=3;done=0",
        "run=1;rows=-2;total=3;done=0", "run=1;rows=2;total=3;done=2"}) {
    EXPECT_FALSE(parse_file_position(text)) << text;
  }
}

TEST(SortedRows, MergesSpilledRunsAsOneSort) {
  std::mt19937 random(20190213);
  const TempFolder folder;
  std::vector<std::string> expected;
  for (const std::size_t limit :
       {std::size_t{1} << 30, std::size_t{1} << 20, std::size_t{64} << 10}) {
    random.seed(20190213);
    MemoryBudget budget{limit, 0};
    SortedRows rows(budget, folder.path());
    RowBatch batch;
    for (std::int64_t i = 0; i < 20'000; ++i) {
      const Timestamp time{kOpen * 1'000'000'000 + static_cast<std::int64_t>(random() % 500)};
      const Symbol symbol(fmt::format("S{}", random() % 40));
      if (random() % 50 == 0) {
        batch.reject(DeadLetter{"t", "parse", "files", fmt::format("{}", i), "", "", "",
                                std::string(random() % 3000, 'x')});
      } else {
        Trade trade;
        trade.symbol = symbol;
        trade.time = time;
        trade.sequence = static_cast<std::int64_t>(random() % 3);
        trade.price = whole_price(1);
        trade.size = whole_quantity(i);
        batch.add(trade, static_cast<std::uint8_t>(random() % 2));
      }
      if (batch.size() == 100) {
        ASSERT_TRUE(rows.add(batch));
        batch.clear();
      }
    }
    ASSERT_TRUE(rows.finish());
    EXPECT_EQ(rows.spilled_runs() > 0, limit < (1U << 30));
    EXPECT_LE(budget.used, std::max<std::size_t>(limit + (8 << 10), limit / 8 * 9));
    EventBatch out;
    std::vector<std::string> got;
    RowOrder last{kMinTimestamp, EventBatch::Kind::bar, {}, 0};
    while (!rows.at_end()) {
      EXPECT_LE(last, rows.head());
      last = rows.head();
      out.clear();
      ASSERT_TRUE(rows.take(rows.head().time, out));
      got.push_back(test::described(out, out.order[0]) + std::to_string(out.rounded));
    }
    if (expected.empty()) expected = got;
    EXPECT_TRUE(got == expected) << limit;
    EXPECT_EQ(got.size(), 20'000U);
  }
}

}  // namespace
}  // namespace tapewire
