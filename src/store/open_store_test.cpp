// SPDX-License-Identifier: Apache-2.0
#include "store/open_store.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <random>

#include <gmock/gmock.h>

#include "store/schema.h"
#include "store/store_test_support.h"

namespace tapewire {
namespace {

using ::testing::HasSubstr;

class OpenTest : public StoreTest {
 protected:
  // The words and code of a failed open.
  std::string refusal_of_open(ErrorCode expected, bool read_only = false) {
    StoreOptions options = options_;
    options.read_only = read_only;
    auto store = Store::open(file(), options);
    if (store) return "";
    EXPECT_EQ(store.error().code, expected) << store.error().message;
    return store.error().message;
  }
  void write_file(std::string_view bytes) { std::ofstream(file(), std::ios::binary) << bytes; }
  void with_duckdb(const std::string& sql) {
    auto database = open_duck_database(file().string(), {});
    ASSERT_TRUE(database) << database.error().message;
    auto connection = DuckConnection::open(*database);
    ASSERT_TRUE(connection);
    const Status status = connection->run(sql);
    ASSERT_TRUE(status) << status.error().message;
  }
};

TEST_F(OpenTest, KeepsRowsAcrossOpenings) {
  open();
  apply_bars({stored(make_bar("AAPL", "2019-02-13T14:30:00Z", 100))});
  reopen();
  EXPECT_EQ(rows("SELECT close FROM bars"), "100\n");
}

TEST_F(OpenTest, ReadOnlyReadsAndRefusesWrites) {
  EXPECT_THAT(refusal_of_open(ErrorCode::not_found, true), HasSubstr("there is no store at"));
  open();
  apply_bars({stored(make_bar("AAPL", "2019-02-13T14:30:00Z", 100))});
  close();
  StoreOptions options = options_;
  options.read_only = true;
  open(options);
  EXPECT_EQ(rows("SELECT close FROM bars"), "100\n");
  EXPECT_EQ(findings(), "");
  const Status status = store_->apply({});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("reading only"));
}

TEST_F(OpenTest, RefusesOtherFiles) {
  write_file("symbol,open\nAAPL,1\n");
  EXPECT_THAT(refusal_of_open(ErrorCode::invalid_data), HasSubstr("is not a store of tapewire"));
  write_file("x");
  EXPECT_THAT(refusal_of_open(ErrorCode::invalid_data), HasSubstr("is not a store of tapewire"));
  std::filesystem::remove(file());
  with_duckdb("CREATE TABLE mine (a INT)");
  EXPECT_THAT(refusal_of_open(ErrorCode::invalid_data),
              HasSubstr("a DuckDB database of another program"));
  std::filesystem::remove(file());
  with_duckdb("CREATE TABLE schema_version (version INT, program VARCHAR)");
  EXPECT_THAT(refusal_of_open(ErrorCode::invalid_data),
              HasSubstr("a DuckDB database of another program"));
  std::filesystem::remove(file());
  std::filesystem::create_directories(file());
  EXPECT_THAT(refusal_of_open(ErrorCode::invalid_data), HasSubstr("is a directory"));
}

TEST_F(OpenTest, AFileWithinItsHeadersIsMadeAgain) {
  open();
  close();
  for (const std::uintmax_t size : {0U, 4096U, 8192U, 100U}) {
    std::filesystem::resize_file(file(), size);
    StoreOptions options = options_;
    options.read_only = true;
    const auto reader = Store::open(file(), options);
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().code, ErrorCode::not_found);
    open();
    EXPECT_EQ(rows("SELECT version FROM schema_version"), "1\n");
    close();
  }
}

TEST_F(OpenTest, RefusesNewerSchema) {
  open();
  close();
  with_duckdb("UPDATE schema_version SET version = 99");
  EXPECT_THAT(refusal_of_open(ErrorCode::invalid_data),
              HasSubstr("schema version 99 is newer than this program's 1"));
}

TEST_F(OpenTest, MigratesStepByStep) {
  auto database = open_duck_database(file().string(), {});
  ASSERT_TRUE(database);
  auto connection = DuckConnection::open(*database);
  ASSERT_TRUE(connection);
  ASSERT_TRUE(
      connection->run("CREATE TABLE schema_version (version INTEGER, program VARCHAR);"
                      "INSERT INTO schema_version VALUES (0, 'tapewire'); CREATE TABLE t (a INT)"));
  const std::vector<Migration> steps{
      {1, "ALTER TABLE t ADD COLUMN c INT DEFAULT 3"},
      {0, "ALTER TABLE t ADD COLUMN b INT DEFAULT 2; INSERT INTO t VALUES (1, 2)"}};
  ASSERT_TRUE(migrate_schema(*connection, steps, 2));
  EXPECT_EQ(*connection->integer("SELECT (a * 100 + b * 10 + c)::BIGINT FROM t"), 123);
  EXPECT_EQ(*read_schema_version(*connection), 2);
  // A step that fails leaves the version before it.
  const Status broken =
      migrate_schema(*connection, std::vector<Migration>{{2, "DROP TABLE t; SELECT nonsense"}}, 3);
  EXPECT_FALSE(broken);
  EXPECT_EQ(*read_schema_version(*connection), 2);
  EXPECT_EQ(*connection->integer("SELECT count(*) FROM t"), 1);
  const Status missing = migrate_schema(*connection, steps, 3);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("schema version 2 is older"));
}

TEST_F(OpenTest, OneWriterInThisProcess) {
  open();
  EXPECT_THAT(refusal_of_open(ErrorCode::in_use), HasSubstr("already open in this process"));
  EXPECT_THAT(refusal_of_open(ErrorCode::in_use, true), HasSubstr("already open in this process"));
  close();
  EXPECT_EQ(refusal_of_open(ErrorCode::in_use), "");
}

TEST_F(OpenTest, NamesTheOtherProcess) {
  open();
  close();
  int ready[2], done[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(done), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto store = Store::open(file(), options_);
    char byte = store ? '1' : '0';
    ssize_t ignored = write(ready[1], &byte, 1);
    ignored = read(done[0], &byte, 1);
    static_cast<void>(ignored);
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_EQ(byte, '1');
  for (const bool read_only : {false, true}) {
    const std::string words = refusal_of_open(ErrorCode::in_use, read_only);
    EXPECT_THAT(words,
                HasSubstr("is in use by another process (pid " + std::to_string(child) + ")"));
  }
  ASSERT_EQ(write(done[1], &byte, 1), 1);
  int status = 0;
  waitpid(child, &status, 0);
  for (const int fd : {ready[0], ready[1], done[0], done[1]}) ::close(fd);
  EXPECT_EQ(refusal_of_open(ErrorCode::in_use), "");
}

TEST_F(OpenTest, RowsSurviveAKilledProcess) {
  open();
  close();
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto store = Store::open(file(), options_);
    StoreBatch batch;
    batch.bars = {stored(make_bar("AAPL", "2019-02-13T14:30:00Z", 100))};
    batch.offsets = {{"bars", 5}};
    const bool good = store && (*store)->apply(batch);
    if (good) kill(getpid(), SIGKILL);
    _exit(1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  open();
  EXPECT_EQ(rows("SELECT close, (SELECT next_offset FROM offsets) FROM bars"), "100,5\n");
  EXPECT_EQ(findings(), "");
}

TEST_F(OpenTest, TruncatedFileIsReported) {
  open();
  std::vector<StoredBar> bars;
  for (int i = 0; i < 5'000; ++i) {
    Bar bar = make_bar("AAPL", "2019-02-13T14:30:00Z", 100 + i);
    bar.start = bar.start + minutes(i);
    bar.end = bar.start + minutes(1);
    bars.push_back(stored(bar));
  }
  apply_bars(bars);
  ASSERT_TRUE(store_->checkpoint());
  close();
  const auto size = std::filesystem::file_size(file());
  for (const std::uintmax_t rest : {size / 2, std::uintmax_t{262'144}, std::uintmax_t{12'288}}) {
    std::filesystem::resize_file(file(), rest);
    auto store = Store::open(file(), options_);
    if (!store) {
      EXPECT_THAT(store.error().message, HasSubstr(file().string()));
      continue;
    }
    const auto found = (*store)->verify();
    EXPECT_TRUE(!found || !found->empty()) << rest;
  }
}

// Flips single bits; whatever is still readable afterwards must be right.
TEST_F(OpenTest, FlippedBitsAreFoundOrUnused) {
  open();
  std::mt19937 random(20190213);
  StoreBatch batch;
  for (int i = 0; i < 3'000; ++i) {
    Bar bar = make_bar(i % 2 == 0 ? "AAPL" : "MSFT", "2019-02-13T14:30:00Z",
                       static_cast<double>(random() % 100'000) / 100);
    bar.start = bar.start + minutes(i / 2);
    bar.end = bar.start + minutes(1);
    bar.volume = Quantity{static_cast<std::int64_t>(random()) * 1000};
    batch.bars.push_back(stored(bar));
  }
  batch.news = {make_news("a", "2019-02-13T14:30:00Z", "Apple"),
                make_news("b", "2019-02-13T14:30:00Z", "Pear")};
  batch.offsets = {{"bars", 12}};
  apply(batch);
  finish_before("2019-02-14");
  const std::string content =
      "SELECT (SELECT bit_xor(hash(b)) FROM bars b), (SELECT bit_xor(hash(n)) FROM news n), "
      "(SELECT "
      "max(next_offset) FROM offsets)";
  const std::string right = rows(content);
  close();
  std::string good;
  {
    std::ifstream in(file(), std::ios::binary);
    good.assign(std::istreambuf_iterator<char>(in), {});
  }
  int reported = 0;
  for (int flip = 0; flip < 30; ++flip) {
    // Every header page gets its share, though they are a small part of the file.
    const std::size_t place = flip < 10 ? random() % 12'288 : random() % good.size();
    std::string bad = good;
    bad[place] = static_cast<char>(bad[place] ^ (1 << random() % 8));
    write_file(bad);
    std::error_code ignored;
    std::filesystem::remove(file().string() + ".wal", ignored);
    auto store = Store::open(file(), options_);
    if (!store) {
      ++reported;
      EXPECT_FALSE(store.error().message.empty());
      continue;
    }
    store_ = std::move(*store);
    const auto found = store_->verify();
    if (!found || !found->empty()) {
      ++reported;
    } else {
      EXPECT_EQ(rows(content), right) << "place " << place;
    }
    close();
  }
  EXPECT_GT(reported, 3);
}

// Whatever a damaged write-ahead log still gives is a state the store was in: rows and offset agree, and
// the consumer goes on from that offset.
TEST_F(OpenTest, FlippedBitsOfTheWriteAheadLogNeverMixStates) {
  open();
  StoreBatch batch;
  for (std::uint64_t i = 1; i <= 5; ++i) {
    Bar bar = make_bar("AAPL", "2019-02-13T14:30:00Z", 100);
    bar.start = bar.start + minutes(static_cast<std::int64_t>(i));
    bar.end = bar.start + minutes(1);
    batch.bars = {stored(bar)};
    batch.offsets = {{"bars", i}};
    apply(batch);
  }
  const auto read = [](const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  // Copies by other processes, as DuckDB's lock goes with any handle this one closes.
  const std::filesystem::path copy = directory_ / "copy.duckdb";
  const std::string command = "cp " + file().string() + " " + copy.string() + " && cp " +
                              file().string() + ".wal " + copy.string() + ".wal";
  ASSERT_EQ(std::system(command.c_str()), 0);
  const std::string good = read(copy), log = read(copy.string() + ".wal");
  ASSERT_GT(log.size(), 100U);
  std::mt19937 random(7);
  for (int flip = 0; flip < 25; ++flip) {
    std::string bad = log;
    // The first one is whole and gives all five.
    const std::size_t place = random() % bad.size();
    if (flip > 0) bad[place] = static_cast<char>(bad[place] ^ (1 << random() % 8));
    std::ofstream(copy, std::ios::binary) << good;
    std::ofstream(copy.string() + ".wal", std::ios::binary) << bad;
    auto store = Store::open(copy, options_);
    if (!store) {
      EXPECT_GT(flip, 0);
      EXPECT_THAT(store.error().message, HasSubstr(copy.string()));
      continue;
    }
    const auto offsets = (*store)->offsets();
    const auto bars = (*store)->bars({.symbol = "AAPL", .width = Width::m1, .from = {}, .to = {}});
    ASSERT_TRUE(offsets && bars);
    const std::uint64_t offset = offsets->empty() ? 0 : offsets->at(0).offset;
    EXPECT_EQ(bars->size(), offset) << "place " << place;
    if (flip == 0) {
      EXPECT_EQ(offset, 5U);
    }
  }
}

}  // namespace
}  // namespace tapewire
