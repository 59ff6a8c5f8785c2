// SPDX-License-Identifier: Apache-2.0
// Breaks the event log at every point where it writes, and looks at what is left.
//
// A writer, under shim.cpp, opens a data directory and takes a fixed row of steps (commits, a trim, a
// reopening); after each it says so on a pipe. A dry run counts the calls that change files. Then, for
// each call and each kind of fault, the writer runs against it in a fresh directory:
//   - an error that happens once (ENOSPC, EIO, half a write): it must be told clearly, the same step
//     taken again must succeed, and everything must be there once;
//   - an error that stays: the writer gives up with a message, what it had said is there;
//   - the power goes before or after the call, losing all or some unsynced sectors and names: what it
//     had said is there, and of the next step all or nothing.
// The directory must then open without help, verify clean and take another commit.
// As a control a writer that does not sync must be seen to lose what it had said.
//
// usage: log_file_layer --slice|--full [--seed N] [--kind KIND --at N] [--keep]
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "eventlog/embedded/data_lock.h"
#include "eventlog/embedded/embedded_log.h"
#include "eventlog/embedded/verify.h"
#include "eventlog/memory/memory_log.h"

namespace tapewire {
namespace {

namespace fs = std::filesystem;

constexpr int kSteps = 14;
constexpr int kTrimStep = 8;
constexpr int kReopenAfter = 10;
constexpr int kRetries = 3;

EmbeddedLogOptions log_options(const Clock& clock, bool sync = true) {
  EmbeddedLogOptions options;
  options.sync = sync;
  options.map_size_initial = options.map_growth = std::size_t{128} << 10;
  options.clock = &clock;
  return options;
}

void add(AppendBatch& batch, Topic topic, const std::string& payload) {
  batch.add(topic, RecordKind::bar, kLiveRun, {1}, {2}, "KEY",
            [&](std::string& out) { out.append(payload); });
}

// Step `step` on any log; the same every time.
Status take_step(EventLog& log, int step) {
  if (step == kTrimStep) {
    TRY(log.trim({.topic = Topic::stock_prices, .bytes_max = 3'000}));
    return {};
  }
  AppendBatch batch;
  for (int i = 0; i < 5 + step * 7 % 40; ++i) {
    add(batch, i % 3 == 0 ? Topic::news_articles : Topic::stock_prices,
        fmt::format("step {} record {} {}", step, i,
                    std::string(static_cast<std::size_t>(i), '.')));
  }
  if (step == 5) add(batch, Topic::dead_letters, std::string(200'000, 'L'));
  batch.put_state("position", fmt::format("{}", step));
  if (step % 4 == 1)
    batch.put_state("snapshot", std::string(10'000, static_cast<char>('a' + step)));
  if (step == 12) batch.put_state("snapshot", "");
  TRY(log.commit(batch));
  return {};
}

// What a log holds, as one text.
Result<std::string> contents(EventLog& log) {
  std::string out;
  TRY_ASSIGN(const auto infos, log.topics());
  for (const TopicInfo& info : infos) {
    out += fmt::format("{} {}..{} {} {}\n", to_string(info.topic), info.first_offset,
                       info.end_offset, info.records, info.bytes);
    TopicPosition from{info.topic, 0};
    while (true) {
      TRY_ASSIGN(const std::size_t given, log.read({&from, 1}, {}, [&](const RecordView& r) {
        out += fmt::format("  {} {} {}\n", r.offset, r.sequence, r.payload);
        return true;
      }));
      if (given == 0) break;
    }
  }
  TRY_ASSIGN(const auto state, log.state(""));
  for (const StateWrite& write : state) out += fmt::format("{}={}\n", write.key, write.value);
  return out;
}

// Tries again what failed, as a program that is told to would; says each failure.
bool persist(const char* what, const std::function<Status()>& action) {
  for (int attempt = 0; attempt < kRetries; ++attempt) {
    const Status done = action();
    if (done) return true;
    std::fprintf(stderr, "error: %s: %s\n", what, done.error().message.c_str());
  }
  return false;
}

int run_writer(const fs::path& data, bool sync) {
  const ManualClock clock(Timestamp{1'000});
  std::optional<DataLock> lock;
  if (!persist("lock", [&]() -> Status {
        TRY_ASSIGN(lock, DataLock::take(data));
        return {};
      })) {
    return 1;
  }
  std::unique_ptr<EmbeddedLog> log;
  const auto open = [&]() -> Status {
    TRY_ASSIGN(log, EmbeddedLog::open(data / "log", log_options(clock, sync)));
    return {};
  };
  if (!persist("open", open)) return 1;
  for (int step = 0; step < kSteps; ++step) {
    if (!persist("step", [&] { return take_step(*log, step); })) return 1;
    const char said = '+';
    if (::write(STDOUT_FILENO, &said, 1) != 1) return 1;
    if (step != kReopenAfter) continue;
    log.reset();
    if (!persist("open", open)) return 1;
  }
  return 0;
}

struct Fault {
  std::string kind;
  std::uint64_t at = 0;
  std::uint64_t times = 1;
  std::uint64_t seed = 0;  // power: 0 loses every unsynced sector
};

struct Ran {
  int status = 0;
  int said = 0;
  std::uint64_t calls = 0;
  std::uint64_t faults = 0;
  std::string errors;
};

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {(std::istreambuf_iterator<char>(file)), {}};
}

class Campaign {
 public:
  explicit Campaign(fs::path root, bool sync = true) : root_(std::move(root)), sync_(sync) {
    MemoryLog model(&clock_);
    expected_.push_back(contents(model).value());
    for (int step = 0; step < kSteps; ++step) {
      if (!take_step(model, step)) std::abort();
      expected_.push_back(contents(model).value());
    }
  }

  // How many calls there are to break.
  std::uint64_t dry_run() {
    const Ran ran = run({"count"});
    if (ran.status != 0 || ran.said != kSteps) {
      std::printf("the dry run failed: status %d, %d steps: %s\n", ran.status, ran.said,
                  ran.errors.c_str());
      std::exit(1);
    }
    return ran.calls;
  }

  bool goes_wrong(const Fault& fault) { return !judge(fault, run(fault)).empty(); }

  void attempt(const Fault& fault) {
    const Ran ran = run(fault);
    const std::string wrong = judge(fault, ran);
    if (wrong.empty()) {
      ++passed;
      return;
    }
    ++failed;
    std::printf("FAILED: --kind %s --at %llu (times %llu, seed %llu): %s\n%s", fault.kind.c_str(),
                static_cast<unsigned long long>(fault.at),
                static_cast<unsigned long long>(fault.times),
                static_cast<unsigned long long>(fault.seed), wrong.c_str(), ran.errors.c_str());
  }

  int passed = 0;
  int failed = 0;

 private:
  fs::path data() const { return root_ / "data"; }

  Ran run(const Fault& fault) {
    fs::remove_all(data());
    fs::remove_all(root_ / "side");
    fs::create_directory(root_ / "side");
    const fs::path counters = root_ / "counters";
    std::ofstream(counters, std::ios::binary).write(std::string(16, '\0').data(), 16);
    int pipe[2];
    if (::pipe2(pipe, O_CLOEXEC) != 0) std::abort();
    const pid_t pid = ::fork();
    if (pid == 0) {
      start_writer(fault, counters, pipe[1]);
      ::_exit(126);
    }
    ::close(pipe[1]);
    Ran out;
    char said = 0;
    while (::read(pipe[0], &said, 1) == 1) ++out.said;
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(pid, &status, 0);
    out.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    const std::string numbers = read_text(counters);
    std::memcpy(&out.calls, numbers.data(), 8);
    std::memcpy(&out.faults, numbers.data() + 8, 8);
    out.errors = read_text(root_ / "errors");
    return out;
  }

  void start_writer(const Fault& fault, const fs::path& counters, int said) const {
    ::dup2(said, STDOUT_FILENO);
    const int errors = ::open((root_ / "errors").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ::dup2(errors, STDERR_FILENO);
    const fs::path self = fs::read_symlink("/proc/self/exe");
    ::setenv("LD_PRELOAD", (self.parent_path() / "fault_shim.so").c_str(), 1);
    // AddressSanitizer wants to come first, but does not need to.
    ::setenv("ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0", 1);
    ::setenv("TAPEWIRE_FAULT_PATH", (data().string() + "/").c_str(), 1);
    ::setenv("TAPEWIRE_FAULT_SIDE", (root_ / "side").c_str(), 1);
    ::setenv("TAPEWIRE_FAULT_COUNT", counters.c_str(), 1);
    ::setenv("TAPEWIRE_FAULT_NAMES", "1", 1);
    ::setenv("TAPEWIRE_FAULT_KIND", fault.kind.c_str(), 1);
    ::setenv("TAPEWIRE_FAULT_AT", fmt::format("{}", fault.at).c_str(), 1);
    ::setenv("TAPEWIRE_FAULT_TIMES", fmt::format("{}", fault.times).c_str(), 1);
    ::setenv("TAPEWIRE_FAULT_SEED", fmt::format("{}", fault.seed).c_str(), 1);
    ::execl(self.c_str(), self.c_str(), sync_ ? "--writer" : "--unsynced-writer", data().c_str(),
            nullptr);
  }

  // Empty: right.
  std::string judge(const Fault& fault, const Ran& ran) const {
    if (ran.faults == 0) return "the fault did not happen";
    const bool power = fault.kind.starts_with("power");
    if (power && ran.status != 137) return fmt::format("ended with status {}", ran.status);
    if (!power && ran.status != 0 && ran.status != 1)
      return fmt::format("ended with status {}", ran.status);
    if (!power && fault.times == 1 && (ran.status != 0 || ran.said != kSteps)) {
      return fmt::format("gave up after {} steps although the fault was over", ran.said);
    }
    if (!power && ran.status != 0 && ran.errors.find("error: ") == std::string::npos) {
      return "gave up without a message";
    }
    if (!power && fault.kind == "enospc" && ran.status != 0 &&
        ran.errors.find("full") == std::string::npos &&
        ran.errors.find("No space") == std::string::npos) {
      return "did not say that the disk is full";
    }
    const bool gave_up = !power && ran.status != 0;
    return look_at_what_is_left(power ? 1 : 0, ran.said, gave_up);
  }

  std::string verify() const {
    const auto report = verify_log(data() / "log");
    if (!report) return "cannot verify: " + report.error().message;
    if (!report->findings.empty()) return "verify: " + to_text(report->findings.front());
    return {};
  }

  // `unsaid`: how many steps more than it said may be there. `half_mark`: the mark of a commit that was
  // never acknowledged may stand half written until the next commit.
  std::string look_at_what_is_left(int unsaid, int said, bool half_mark) const {
    const auto lock = DataLock::take(data());
    if (!lock) return "cannot lock again: " + lock.error().message;
    if (!half_mark && fs::exists(data() / "log" / "data.mdb")) {
      if (std::string wrong = verify(); !wrong.empty()) return wrong;
    }
    auto log = EmbeddedLog::open(data() / "log", log_options(clock_));
    if (!log) return "cannot open again: " + log.error().message;
    const auto held = contents(**log);
    if (!held) return "cannot read: " + held.error().message;
    int steps = said;
    while (steps <= said + unsaid && steps <= kSteps &&
           expected_[static_cast<std::size_t>(steps)] != *held) {
      ++steps;
    }
    if (steps > said + unsaid || steps > kSteps) {
      return fmt::format("what is there is neither {} steps nor {}", said, said + unsaid);
    }
    AppendBatch batch;
    add(batch, Topic::bars, "afterwards");
    const auto end = (*log)->commit(batch);
    if (!end) return "cannot commit again: " + end.error().message;
    log->reset();
    return verify();
  }

  const fs::path root_;
  const bool sync_;
  const ManualClock clock_{Timestamp{1'000}};
  std::vector<std::string> expected_;  // after so many steps
};

void run_all(Campaign& campaign, bool full, std::uint64_t seed) {
  const std::uint64_t calls = campaign.dry_run();
  std::printf("%llu calls to break\n", static_cast<unsigned long long>(calls));
  std::mt19937_64 random(seed);
  // The slice takes every stride-th call of each kind, from a place that the seed gives.
  const std::uint64_t stride = full ? 1 : std::max<std::uint64_t>(1, calls / 7);
  constexpr std::uint64_t kForever = UINT64_MAX / 2;
  for (const char* kind : {"enospc", "eio", "short", "power_before", "power_after"}) {
    const bool power = std::strncmp(kind, "power", 5) == 0;
    for (std::uint64_t at = 1 + random() % stride; at <= calls; at += stride) {
      campaign.attempt({kind, at, 1, 0});
      if (power) campaign.attempt({kind, at, 1, 1 + random() % 1'000'000});
      if (!power) campaign.attempt({kind, at, kForever, 0});
    }
  }
}

// The shim must be able to take away what was not synced, or it proves nothing.
bool control(const fs::path& root) {
  Campaign unsynced(root, false);
  const std::uint64_t calls = unsynced.dry_run();
  return unsynced.goes_wrong({"power_before", calls, 1, 0});
}

int run(int argc, char** argv) {
  bool full = false;
  bool keep = false;
  std::uint64_t seed = std::random_device{}();
  std::uint64_t fault_seed = 0;
  Fault only;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool has_value = i + 1 < argc;
    if (word == "--writer" && has_value) return run_writer(argv[i + 1], true);
    if (word == "--unsynced-writer" && has_value) return run_writer(argv[i + 1], false);
    if (word == "--full") {
      full = true;
    } else if (word == "--keep") {
      keep = true;
    } else if (word == "--seed" && has_value) {
      fault_seed = seed = std::strtoull(argv[++i], nullptr, 10);
    } else if (word == "--kind" && has_value) {
      only.kind = argv[++i];
    } else if (word == "--at" && has_value) {
      only.at = std::strtoull(argv[++i], nullptr, 10);
    } else if (word == "--times" && has_value) {
      only.times = std::strtoull(argv[++i], nullptr, 10);
    } else if (word != "--slice") {
      std::fprintf(stderr,
                   "usage: log_file_layer --slice|--full [--seed N] [--kind KIND --at N [--times "
                   "N]] [--keep]\n");
      return 2;
    }
  }
  std::string pattern = (fs::temp_directory_path() / "tapewire_faults_XXXXXX").string();
  const fs::path root = ::mkdtemp(pattern.data());
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  Campaign campaign(root);
  if (only.kind.empty()) {
    const bool control_lost = control(root);
    ++(control_lost ? campaign.passed : campaign.failed);
    if (!control_lost) std::printf("FAILED: a writer that does not sync lost nothing\n");
    run_all(campaign, full, seed);
  } else {
    only.seed = fault_seed;
    campaign.attempt(only);
  }
  if (!keep) fs::remove_all(root);
  std::printf("%d passed, %d failed\n", campaign.passed, campaign.failed);
  return campaign.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace tapewire

int main(int argc, char** argv) { return tapewire::run(argc, argv); }
