// SPDX-License-Identifier: Apache-2.0
#include "sources/files/followed_files.h"

#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/files/files_test_support.h"
#include "sources/files/line_reader.h"

namespace tapewire {
namespace {

using test::State;
using test::TempFolder;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kHeader = "ticker,volume,open,close,high,low,window_start\n";

std::string row(std::string_view symbol) {
  return std::string(symbol) + ",1,2,2,2,2,1550068200000000000\n";
}

class Following : public testing::Test {
 protected:
  TempFolder folder;
  State state;
  ManualClock clock{Timestamp{1'700'000'000'000'000'000}};
  FollowedFilesOptions options;
  std::unique_ptr<FollowedFiles> source;
  std::vector<std::string> notices;
  std::vector<DeadLetter> refused;

  void SetUp() override {
    options.bars = {folder.path("minute_aggs_v1")};
    options.news = {folder.path("news/today.ndjson")};
    options.poll = Duration{0};
    options.notice = [this](std::string text) { notices.push_back(std::move(text)); };
  }
  void start() {
    auto opened = FollowedFiles::open(options, clock, state.reader());
    ASSERT_TRUE(opened) << opened.error().message;
    source = *std::move(opened);
  }
  void append(std::string_view name, std::string_view text) const {
    std::filesystem::create_directories(std::filesystem::path(folder.path(name)).parent_path());
    std::ofstream(folder.path(name), std::ios::binary | std::ios::app) << text;
  }
  // What comes until nothing does: symbols and titles.
  std::vector<std::string> poll() {
    std::vector<std::string> out;
    EventBatch batch;
    for (int i = 0; i < 10'000; ++i) {
      batch.clear();
      const auto step = source->next(batch, {});
      EXPECT_TRUE(step);
      for (const EventBatch::Ref& ref : batch.order) {
        EXPECT_EQ(ref.receive_time, clock.now());
        if (ref.kind == EventBatch::Kind::bar) out.push_back(batch.bars[ref.index].symbol.str());
        if (ref.kind == EventBatch::Kind::news) out.push_back(batch.news[ref.index].title);
        if (ref.kind == EventBatch::Kind::rejected) {
          out.push_back("refused");
          refused.push_back(batch.rejected[ref.index].letter);
        }
      }
      state.commit(batch);
      if (*step == SourceStep::idle) return out;
    }
    ADD_FAILURE() << "never idle";
    return out;
  }
};

TEST_F(Following, GivesCompleteLinesAsTheyAreWritten) {
  start();
  EXPECT_THAT(poll(), ElementsAre());
  append("minute_aggs_v1/a.csv", "\xef\xbb\xbfticker,volume,open,close,");
  EXPECT_THAT(poll(), ElementsAre());
  append("minute_aggs_v1/a.csv", "high,low,window_start\r\n" + row("A") + "B,1,2,");
  EXPECT_THAT(poll(), ElementsAre("A"));
  append("minute_aggs_v1/a.csv", "2,2,2,1550068200000000000\n\n" + row("C"));
  append("minute_aggs_v1/b.csv", std::string(kHeader) + row("D"));
  append("news/today.ndjson", R"({"published_at":"2019-02-13T14:30:00Z","headline":"E"})"
                              "\n");
  clock.set(clock.now() + seconds(1));
  const auto got = poll();
  EXPECT_THAT(got, testing::UnorderedElementsAre("B", "C", "D", "E"));
  EXPECT_THAT(poll(), ElementsAre());
}

TEST_F(Following, GoesOnAfterARestartAtAnyPoint) {
  for (std::size_t cut = 1; cut < 12; ++cut) {
    SCOPED_TRACE(cut);
    const std::string name = fmt::format("minute_aggs_v1/{}.csv", cut);
    options.bars = {folder.path(name)};
    options.batch_rows = 3;
    std::string text(kHeader);
    std::vector<std::string> expected;
    for (int i = 0; i < 12; ++i) {
      text += row(fmt::format("S{}", i));
      expected.push_back(fmt::format("S{}", i));
    }
    const std::size_t bytes = text.size() * cut / 12;
    start();
    append(name, text.substr(0, bytes));
    std::vector<std::string> got = poll();
    start();
    append(name, text.substr(bytes));
    for (const std::string& one : poll()) got.push_back(one);
    EXPECT_EQ(got, expected);
    start();
    EXPECT_THAT(poll(), ElementsAre());
  }
}

TEST_F(Following, TakesAReplacedTruncatedOrMovedFileAsNew) {
  const std::string path = "minute_aggs_v1/a.csv";
  start();
  folder.write(path, std::string(kHeader) + row("A") + row("B"));
  EXPECT_THAT(poll(), ElementsAre("A", "B"));
  folder.write(path, std::string(kHeader) + row("C"));
  EXPECT_THAT(poll(), ElementsAre("C"));
  folder.write(path, std::string(kHeader) + row("D") + row("E") + row("F"));
  EXPECT_THAT(poll(), ElementsAre("D", "E", "F"));
  // Moved away with lines unread, the last without its end.
  append(path, row("G") + "H,1,2,2,2,2,1550068200000000000");
  std::filesystem::rename(folder.path(path), folder.path("old"));
  folder.write(path, std::string(kHeader) + row("I"));
  EXPECT_THAT(poll(), ElementsAre("G", "H", "I"));
  source.reset();
  folder.write(path, std::string("window_start,") +
                         std::string(kHeader.substr(0, kHeader.find(",window"))) +
                         "\n1550068200000000000,J,1,2,2,2,2\n");
  start();
  EXPECT_THAT(poll(), ElementsAre("J"));
  append(path, "1550068200000000000,K,1,2,2,2,2\n");
  start();
  EXPECT_THAT(poll(), ElementsAre("K"));
}

TEST_F(Following, RefusesBadLinesAndFilesByName) {
  folder.write("minute_aggs_v1/bad.csv", "ticker,volume\nA,1\n");
  folder.write("minute_aggs_v1/good.csv", std::string(kHeader) + "A,1\n" + row("B"));
  folder.write("minute_aggs_v1/packed.csv.gz", "x");
  start();
  EXPECT_THAT(poll(), testing::UnorderedElementsAre("refused", "refused", "B"));
  EXPECT_THAT(refused.at(0).reason, HasSubstr("bad.csv: the header lacks"));
  EXPECT_THAT(refused.at(1).origin, HasSubstr("good.csv:2"));
  EXPECT_THAT(notices, ElementsAre(HasSubstr("packed.csv.gz")));
  folder.write("minute_aggs_v1/bad.csv", std::string(kHeader) + row("C"));
  EXPECT_THAT(poll(), ElementsAre("C"));
  const std::string longer(kLineBytesMax * 2, 'x');
  append("minute_aggs_v1/good.csv", longer);
  EXPECT_THAT(poll(), ElementsAre());
  append("minute_aggs_v1/good.csv", "\n" + row("D"));
  EXPECT_THAT(poll(), ElementsAre("refused", "D"));
  EXPECT_THAT(refused.back().reason, HasSubstr(fmt::format("{} bytes", longer.size())));
  options.bars = {folder.path("minute_aggs_v1/packed.csv.gz")};
  EXPECT_THAT(FollowedFiles::open(options, clock, state.reader()).error().message,
              HasSubstr("packed.csv.gz"));
  options.bars = {folder.write("loose.csv", "")};
  EXPECT_THAT(FollowedFiles::open(options, clock, state.reader()).error().message,
              HasSubstr("width"));
}

}  // namespace
}  // namespace tapewire
