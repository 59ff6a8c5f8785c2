// SPDX-License-Identifier: Apache-2.0
// What only the log on disk promises: other processes, growth, damage, and one writer at a time.
#include <fcntl.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <random>
#include <thread>
#include <tuple>

#include "event_log_fixture.h"
#include "eventlog/embedded/data_lock.h"
#include "eventlog/embedded/verify.h"

namespace tapewire {
namespace {

namespace fs = std::filesystem;

class EmbeddedContract : public testing::Test {
 protected:
  ScratchDir dir_;
  ManualClock clock_{Timestamp{1'000}};
  fs::path log_dir() const { return dir_.path() / "log"; }
  fs::path data_file() const { return log_dir() / "data.mdb"; }

  std::unique_ptr<EmbeddedLog> open(EmbeddedLogOptions options = {}) {
    options.clock = &clock_;
    auto log = EmbeddedLog::open(log_dir(), options);
    EXPECT_TRUE(log) << log.error().message;
    return log ? std::move(*log) : nullptr;
  }
  static EmbeddedLogOptions tiny() {
    EmbeddedLogOptions options;
    options.map_size_initial = options.map_growth = std::size_t{64} << 10;
    options.sync = false;
    return options;
  }
  void expect_sound() {
    const auto report = verify_log(log_dir());
    ASSERT_TRUE(report) << report.error().message;
    for (const LogFinding& finding : report->findings) ADD_FAILURE() << to_text(finding);
  }
};

void commit_numbered(EventLog& log, Topic topic, int first, int n, std::size_t bytes = 50) {
  AppendBatch batch;
  for (int i = first; i < first + n; ++i) {
    std::string payload = std::to_string(i) + ":";
    payload.resize(bytes, 'x');
    add(batch, topic, "KEY", payload, i);
  }
  batch.put_state("position", std::to_string(first + n));
  const auto end = log.commit(batch);
  ASSERT_TRUE(end) << end.error().message;
}

// Runs `body` in a child process and gives its exit status; -n: killed by signal n.
template <class Body>
int in_child(Body&& body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body());
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST_F(EmbeddedContract, AnotherProcessReadsWhileThisOneWritesAndGrows) {
  auto log = open(tiny());
  int to_child[2];
  int from_child[2];
  ASSERT_EQ(::pipe(to_child), 0);
  ASSERT_EQ(::pipe(from_child), 0);
  constexpr int kCommits = 60;
  const pid_t pid = ::fork();
  if (pid == 0) {
    EmbeddedLogOptions options;
    options.read_only = true;
    options.map_size_initial = std::size_t{64} << 10;
    auto mine = EmbeddedLog::open(log_dir(), options);
    if (!mine) ::_exit(2);
    std::vector<TopicPosition> from{{Topic::bars, 0}};
    Offset expected = 0;
    char go = 0;
    // Each commit is announced; after that it must be there, and nothing half.
    while (::read(to_child[0], &go, 1) == 1 && go == '+') {
      bool right = true;
      std::size_t given = 1;
      while (given > 0) {
        const auto result = (*mine)->read(from, {}, [&](const RecordView& record) {
          right = right && record.offset == expected++ && record.payload.size() == 300;
          return true;
        });
        if (!result) ::_exit(3);
        given = *result;
      }
      if (!right || expected % 50 != 0) ::_exit(4);
      if (::write(from_child[1], &go, 1) != 1) ::_exit(5);
    }
    ::_exit(expected == 50 * kCommits ? 0 : 6);
  }
  char answer = 0;
  for (int i = 0; i < kCommits; ++i) {
    commit_numbered(*log, Topic::bars, 50 * i, 50, 300);
    ASSERT_EQ(::write(to_child[1], "+", 1), 1);
    ASSERT_EQ(::read(from_child[0], &answer, 1), 1) << "commit " << i;
  }
  ASSERT_EQ(::write(to_child[1], "-", 1), 1);
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  for (const int fd : {to_child[0], to_child[1], from_child[0], from_child[1]}) ::close(fd);
  EXPECT_GT(fs::file_size(data_file()), std::size_t{500} << 10);
}

TEST_F(EmbeddedContract, OneObjectPerDirectoryAndProcess) {
  auto log = open();
  const auto second = EmbeddedLog::open(log_dir(), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::in_use);
  log.reset();
  EXPECT_TRUE(EmbeddedLog::open(log_dir(), {}));
}

TEST_F(EmbeddedContract, ReadOnlyDoesNotMakeOrWrite) {
  EmbeddedLogOptions options;
  options.read_only = true;
  const auto none = EmbeddedLog::open(log_dir(), options);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::not_found);
  commit_numbered(*open(), Topic::bars, 0, 3);
  auto log = open(options);
  EXPECT_EQ(read_all(*log, all_topics()).size(), 3u);
  AppendBatch batch;
  add(batch, Topic::bars, "", "x");
  EXPECT_FALSE(log->commit(batch));
  EXPECT_FALSE(log->trim({.topic = Topic::bars, .bytes_max = 0}));
}

TEST_F(EmbeddedContract, SizeLimitIsAClearErrorAndNothingIsLost) {
  EmbeddedLogOptions options = tiny();
  options.map_size_max = std::size_t{512} << 10;
  auto log = open(options);
  int committed = 0;
  Result<Sequence> end = 0;
  for (int i = 0; i < 1000 && end; ++i) {
    AppendBatch batch;
    for (int j = 0; j < 10; ++j) add(batch, Topic::bars, "", std::string(300, 'x'));
    end = log->commit(batch);
    if (end) committed += 10;
  }
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, ErrorCode::no_space);
  EXPECT_NE(end.error().message.find("size limit"), std::string::npos) << end.error().message;
  EXPECT_EQ(read_all(*log, {{Topic::bars, 0}}).size(), static_cast<std::size_t>(committed));
  // Room made by trimming is used again (pages are free two commits after).
  ASSERT_TRUE(log->trim({.topic = Topic::bars, .bytes_max = 0}));
  for (int i = 0; i < 3; ++i) commit_numbered(*log, Topic::signals, i, 1);
  commit_numbered(*log, Topic::bars, 0, 100, 300);
  EXPECT_EQ(info_of(*log, Topic::bars).first_offset, static_cast<Offset>(committed));
  log.reset();
  expect_sound();
}

TEST_F(EmbeddedContract, KilledAtAnyInstantKeepsWhatWasAcknowledged) {
  std::mt19937_64 random(std::random_device{}());
  for (int round = 0; round < 12; ++round) {
    int acknowledged[2];
    ASSERT_EQ(::pipe(acknowledged), 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
      auto log = EmbeddedLog::open(log_dir(), {});
      if (!log) ::_exit(2);
      auto at = static_cast<int>(read_all(**log, {{Topic::bars, 0}}).size());
      while (true) {
        commit_numbered(**log, Topic::bars, at, 20);
        at += 20;
        if (::write(acknowledged[1], &at, sizeof(at)) != sizeof(at)) ::_exit(3);
      }
    }
    ::close(acknowledged[1]);
    int last = 0;
    int at = 0;
    for (auto n = 1 + random() % 30; n > 0; --n) {
      ASSERT_EQ(::read(acknowledged[0], &at, sizeof(at)), static_cast<ssize_t>(sizeof(at)));
      last = at;
    }
    ::kill(pid, SIGKILL);
    while (::read(acknowledged[0], &at, sizeof(at)) == sizeof(at)) last = at;
    ::waitpid(pid, nullptr, 0);
    ::close(acknowledged[0]);
    auto log = open();
    const auto records = read_all(*log, {{Topic::bars, 0}});
    ASSERT_GE(records.size(), static_cast<std::size_t>(last));
    ASSERT_EQ(records.size() % 20, 0u);
    ASSERT_EQ(log->state("position").value().at(0).value, std::to_string(records.size()));
    for (std::size_t i = 0; i < records.size(); ++i) {
      ASSERT_TRUE(records[i].payload.starts_with(std::to_string(i) + ":"));
    }
  }
  expect_sound();
}

TEST_F(EmbeddedContract, ADamagedRecordIsNamedAndNotServed) {
  commit_numbered(*open(), Topic::signals, 0, 1000);
  std::fstream file(data_file(), std::ios::in | std::ios::out | std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), {});
  const std::size_t at = bytes.find("777:");
  ASSERT_NE(at, std::string::npos);
  file.seekp(static_cast<std::streamoff>(at + 10));
  file.put('y');
  file.close();

  auto log = open();
  std::vector<TopicPosition> from{{Topic::signals, 0}};
  std::size_t seen = 0;
  const auto given = log->read(from, {}, [&](const RecordView&) { return ++seen > 0; });
  ASSERT_FALSE(given);
  EXPECT_EQ(given.error().code, ErrorCode::corrupt);
  for (const char* part : {"signals", "777", "verify", "checksum"}) {
    EXPECT_NE(given.error().message.find(part), std::string::npos) << given.error().message;
  }
  EXPECT_EQ(seen, 777u);
  EXPECT_EQ(from[0].offset, 777u);
  log.reset();
  const auto report = verify_log(log_dir());
  ASSERT_TRUE(report);
  ASSERT_EQ(report->findings.size(), 1u);
  EXPECT_EQ(report->findings[0].part, "signals");
  EXPECT_EQ(report->findings[0].offset, 777u);
  EXPECT_EQ(*report->findings[0].file_byte, at / 4096 * 4096);
}

TEST_F(EmbeddedContract, ATruncatedOrForeignFileIsRefused) {
  commit_numbered(*open(), Topic::signals, 0, 1000);
  const auto size = fs::file_size(data_file());
  for (const std::uintmax_t left : {size - 4096, std::uintmax_t{4096}, std::uintmax_t{10}}) {
    fs::resize_file(data_file(), left);
    const auto log = EmbeddedLog::open(log_dir(), {});
    ASSERT_FALSE(log) << left;
    EXPECT_EQ(log.error().code, ErrorCode::corrupt) << log.error().message;
    const auto report = verify_log(log_dir());
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_FALSE(report->findings.empty());
  }
  std::ofstream(data_file()) << std::string(10'000, 'z');
  EXPECT_FALSE(EmbeddedLog::open(log_dir(), {}));
}

// The map then faults where nothing can be returned to the caller any more.
TEST_F(EmbeddedContract, AFileCutShortUnderneathEndsWithAMessage) {
  commit_numbered(*open(), Topic::signals, 0, 1000);
  EXPECT_EXIT(
      {
        auto log = open();
        fs::resize_file(data_file(), 8192);
        std::ignore = log->topics();
      },
      testing::ExitedWithCode(1), "the event log at .* is damaged .*tapewire verify");
}

TEST_F(EmbeddedContract, VerifyCountsAndWorksBesideAWriter) {
  EXPECT_EQ(verify_log(log_dir()).error().code, ErrorCode::not_found);
  auto log = open();
  for (int i = 0; i < 50; ++i)
    commit_numbered(*log, i % 2 ? Topic::bars : Topic::signals, i, 40, 400);
  ASSERT_TRUE(log->trim({.topic = Topic::bars, .bytes_max = 100'000}));
  commit_numbered(*log, Topic::dead_letters, 0, 2, 100'000);
  const auto infos = log->topics().value();
  EXPECT_EQ(in_child([&] {
              std::uint64_t last_total = 0;
              const auto report = verify_log(log_dir(), [&](std::uint64_t, std::uint64_t total,
                                                            std::uint64_t) { last_total = total; });
              if (!report || !report->findings.empty()) return 2;
              for (std::size_t i = 0; i < infos.size(); ++i) {
                if (report->topics[i].records != infos[i].records) return 3;
                if (report->topics[i].bytes != infos[i].bytes) return 4;
                if (report->topics[i].first_offset != infos[i].first_offset) return 5;
              }
              return report->state_entries == 1 ? 0 : 6;
            }),
            0);
}

// Random commits, reads, state, trims and reopenings against the twin in memory.
TEST_F(EmbeddedContract, BehavesAsTheTwinInMemory) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t n) { return random() % n; };
  auto log = open(tiny());
  MemoryLog model(&clock_);
  for (int step = 0; step < 600; ++step) {
    clock_.set(clock_.now() + nanoseconds(static_cast<std::int64_t>(below(3))));
    const auto topic = kTopics[below(4)];
    const auto what = below(100);
    if (what < 60) {
      AppendBatch batch;
      for (auto n = below(40); n > 0; --n) {
        const std::size_t size = below(50) == 0 ? below(30'000) : below(200);
        add(batch, kTopics[below(4)], std::string(below(9), 'k'),
            std::string(size, static_cast<char>('a' + below(26))),
            static_cast<std::int64_t>(random()));
      }
      for (auto n = below(4); n > 0; --n) {
        const std::size_t size = below(3) == 0 ? 0 : below(3) == 0 ? below(20'000) : below(50);
        batch.put_state("s" + std::to_string(below(30)), std::string(size, 'v'));
      }
      ASSERT_EQ(log->commit(batch).value(), model.commit(batch).value());
    } else if (what < 75) {
      Retention retention{.topic = topic};
      if (below(2) == 0) retention.bytes_max = below(200'000);
      if (below(2) == 0)
        retention.append_time_before =
            clock_.now() - nanoseconds(static_cast<std::int64_t>(below(100)));
      if (below(3) == 0) retention.keep_from = below(2'000);
      ASSERT_EQ(log->trim(retention).value(), model.trim(retention).value());
    } else if (what < 80) {
      log.reset();
      log = open(tiny());
    } else {
      const std::vector<TopicPosition> from{{topic, below(3'000)},
                                            {kTopics[below(4)], below(1'000)}};
      const ReadLimit limit{.records = 1 + below(1'000), .bytes = 1 + below(100'000)};
      ASSERT_EQ(read_all(*log, from, limit), read_all(model, from, limit)) << "step " << step;
    }
  }
  EXPECT_EQ(read_all(*log, all_topics()), read_all(model, all_topics()));
  const auto mine = log->state("").value();
  const auto theirs = model.state("").value();
  ASSERT_EQ(mine.size(), theirs.size());
  for (std::size_t i = 0; i < mine.size(); ++i) {
    EXPECT_EQ(mine[i].key, theirs[i].key);
    EXPECT_EQ(mine[i].value, theirs[i].value);
  }
  for (const Topic topic : kTopics) {
    const TopicInfo a = info_of(*log, topic);
    const TopicInfo b = info_of(model, topic);
    EXPECT_EQ(a.bytes, b.bytes);
    EXPECT_EQ(a.records, b.records);
    EXPECT_EQ(a.first_offset, b.first_offset);
    EXPECT_EQ(a.end_offset, b.end_offset);
    EXPECT_EQ(a.newest_event_time, b.newest_event_time);
  }
  log.reset();
  expect_sound();
}

TEST_F(EmbeddedContract, DataDirectoryHasOneWriterAndAMark) {
  const fs::path data = dir_.path() / "data";
  {
    auto lock = DataLock::take(data);
    ASSERT_TRUE(lock) << lock.error().message;
    EXPECT_TRUE(check_data_dir(data));
    const auto second = DataLock::take(data);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::in_use);
    EXPECT_NE(second.error().message.find(std::to_string(::getpid())), std::string::npos);
    EXPECT_EQ(in_child([&] { return DataLock::take(data) ? 1 : 0; }), 0);
  }
  EXPECT_TRUE(DataLock::take(data));
  std::ofstream(data / "tapewire.json") << R"({"program": "tapewire", "format": 99})";
  const auto newer = DataLock::take(data);
  ASSERT_FALSE(newer);
  EXPECT_NE(newer.error().message.find("format 99"), std::string::npos) << newer.error().message;

  const fs::path foreign = dir_.path() / "foreign";
  fs::create_directory(foreign);
  std::ofstream(foreign / "photos.db") << "x";
  const auto refused = DataLock::take(foreign);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_data);
  EXPECT_NE(refused.error().message.find("photos.db"), std::string::npos)
      << refused.error().message;
  EXPECT_FALSE(fs::exists(foreign / "lock")) << "a foreign directory was written to";
  EXPECT_EQ(check_data_dir(dir_.path() / "none").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace tapewire
