// SPDX-License-Identifier: Apache-2.0
// Flips single bits of an event log's file and looks at what comes of it.
//
// For each flip, on a copy and in a process of its own: `verify_log`, a whole read, then a writer that
// commits and a whole read again. Right is: verify reports it, or every record and state entry is as it
// was. Wrong, always: a record or entry that differs or is missing without an error, and an end without
// a message.
//
// usage: log_bit_flips --slice|--full [--seed N]
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "eventlog/embedded/embedded_log.h"
#include "eventlog/embedded/verify.h"

namespace tapewire {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPage = 4096;

// What a child's exit status says.
enum Outcome : int {
  kSoundAndEqual = 10,  // verify found nothing, and everything was as before
  kReported = 11,  // verify reported it, nothing wrong was served
  kServedWrong = 20,  // a record, entry or count differs
  kLostSilently = 21,  // something is missing and nobody said so
  kUnreported = 22,  // reading failed, but verify found nothing
};

struct Kept {
  Sequence sequence;
  std::string key, payload;
  friend bool operator==(const Kept&, const Kept&) = default;
};

struct Contents {
  std::map<std::pair<Topic, Offset>, Kept> records;
  std::map<std::string, std::string> state;
};

void add(AppendBatch& batch, Topic topic, std::string_view key, std::string_view payload) {
  batch.add(topic, RecordKind::bar, kLiveRun, {7}, {9}, key,
            [&](std::string& out) { out.append(payload); });
}

[[noreturn]] void stop(const std::string& words) {
  std::fprintf(stderr, "log_bit_flips: %s\n", words.c_str());
  std::exit(1);
}

template <class T>
T must(Result<T> result) {
  if (!result) stop(result.error().message);
  return std::move(*result);
}

std::unique_ptr<EmbeddedLog> open_log(const fs::path& dir) {
  EmbeddedLogOptions options;
  options.sync = false;
  options.map_size_initial = std::size_t{8} << 20;
  return must(EmbeddedLog::open(dir, options));
}

// A log with everything in it: several topics, deep trees, large values, state, trimmed pages.
void make_log(const fs::path& dir, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  auto log = open_log(dir);
  // The number of commits decides which mark is the newer and what its number's bits are.
  const int commits = 120 + static_cast<int>(seed % 4);
  for (int commit = 0; commit < commits; ++commit) {
    AppendBatch batch;
    for (int i = 0; i < 60; ++i) {
      std::string payload = fmt::format("{} {} ", commit, i);
      const std::size_t size = random() % 997 == 0 ? 9'000 : 30 + random() % 60;
      while (payload.size() < size) payload += static_cast<char>('a' + random() % 26);
      add(batch, kTopics[random() % 3 == 0 ? random() % kTopics.size() : 0], "SYMB", payload);
    }
    for (int i = 0; i < 3; ++i) {
      batch.put_state(fmt::format("position/{}", random() % 200),
                      std::string(random() % 60, static_cast<char>('A' + commit % 26)));
    }
    if (commit % 40 == 3)
      batch.put_state("snapshot", std::string(20'000, static_cast<char>(commit)));
    must(log->commit(batch));
    if (commit % 30 == 29) must(log->trim({.topic = Topic::stock_prices, .bytes_max = 150'000}));
  }
}

// Reads everything there is; an error ends the topic. Returns whether all was read.
bool read_all(EventLog& log, Contents& out) {
  bool whole = true;
  for (const Topic topic : kTopics) {
    std::vector<TopicPosition> from{{topic, 0}};
    while (true) {
      const auto given = log.read(from, {.records = 500}, [&](const RecordView& r) {
        out.records[{topic, r.offset}] = {r.sequence, std::string(r.key), std::string(r.payload)};
        return true;
      });
      whole = whole && given.has_value();
      if (!given || *given == 0) break;
    }
  }
  const auto state = log.state("");
  whole = whole && state.has_value();
  if (state) {
    for (const StateWrite& write : *state) out.state[write.key] = write.value;
  }
  return whole;
}

// Compares what was served with what was written; `whole`: nothing may be missing.
int compare(const Contents& expected, const Contents& served, bool whole) {
  for (const auto& [place, record] : served.records) {
    const auto at = expected.records.find(place);
    if (at == expected.records.end() || !(at->second == record)) return kServedWrong;
  }
  for (const auto& [key, value] : served.state) {
    const auto at = expected.state.find(key);
    if (at == expected.state.end() || at->second != value) return kServedWrong;
  }
  if (whole && (served.records.size() != expected.records.size() ||
                served.state.size() != expected.state.size())) {
    return kLostSilently;
  }
  return 0;
}

// Runs in a child: the whole life of a log with one flipped bit.
int live_with_damage(const fs::path& dir, Contents expected) {
  const auto report = verify_log(dir);
  const bool reported = !report || !report->findings.empty();
  bool whole = true;
  {
    EmbeddedLogOptions options;
    options.read_only = true;
    auto log = EmbeddedLog::open(dir, options);
    Contents served;
    whole = log && read_all(**log, served);
    if (const int wrong = compare(expected, served, whole); wrong != 0) return wrong;
    if (!log) std::fprintf(stderr, "%s\n", log.error().message.c_str());
  }
  EmbeddedLogOptions options;
  options.sync = false;
  options.map_size_initial = std::size_t{8} << 20;
  if (auto log = EmbeddedLog::open(dir, options)) {
    for (int i = 0; i < 3; ++i) {
      AppendBatch batch;
      for (const Topic topic : kTopics) add(batch, topic, "NEW", fmt::format("new {}", i));
      batch.put_state("position/new", fmt::format("{}", i));
      const auto end = (*log)->commit(batch);
      if (!end) break;
      expected.state["position/new"] = fmt::format("{}", i);
      Sequence sequence = *end - kTopics.size();
      const auto infos = (*log)->topics();
      if (!infos) break;
      for (const TopicInfo& info : *infos) {
        expected.records[{info.topic, info.end_offset - 1}] = {sequence++, "NEW",
                                                               fmt::format("new {}", i)};
      }
    }
    Contents served;
    const bool all = read_all(**log, served);
    if (const int wrong = compare(expected, served, all); wrong != 0) return wrong;
  }
  if (reported) return kReported;
  return whole ? kSoundAndEqual : kUnreported;
}

struct Tally {
  std::map<std::string, int> outcomes;
  int passed = 0;
  int failed = 0;
};

class Campaign {
 public:
  Campaign(fs::path root, std::uint64_t seed) : root_(std::move(root)), random_(seed) {
    make_log(root_ / "log", seed);
    std::ifstream file(root_ / "log" / "data.mdb", std::ios::binary);
    image_.assign((std::istreambuf_iterator<char>(file)), {});
    auto log = open_log(root_ / "log");
    if (!read_all(*log, expected_)) stop("the undamaged log cannot be read");
  }

  // Anywhere in the file; or where structure is: commit marks, and heads and pointers of pages.
  void flip_anywhere() { flip(random_() % image_.size(), "anywhere"); }
  void flip_structure() {
    if (random_() % 8 == 0) {
      flip(random_() % 2 * kPage + random_() % 160, "commit mark");
    } else {
      const std::size_t page = 2 + random_() % (image_.size() / kPage - 2);
      flip(page * kPage + random_() % 48, "page head");
    }
  }
  void flip_mark_bit(std::size_t bit) { flip_bit(bit / 8, bit % 8, "every bit of a mark"); }
  const Tally& tally() const { return tally_; }
  std::size_t pages() const { return image_.size() / kPage; }
  std::size_t records() const { return expected_.records.size(); }

 private:
  void flip(std::size_t at, const char* where) { flip_bit(at, random_() % 8, where); }

  void flip_bit(std::size_t at, std::size_t bit, const char* where) {
    const fs::path copy = root_ / "copy";
    fs::remove_all(copy);
    fs::create_directory(copy);
    image_[at] = static_cast<char>(image_[at] ^ (1 << bit));
    std::ofstream(copy / "data.mdb", std::ios::binary)
        .write(image_.data(), static_cast<std::streamsize>(image_.size()));
    image_[at] = static_cast<char>(image_[at] ^ (1 << bit));

    const fs::path said = root_ / "said";
    const pid_t pid = ::fork();
    if (pid == 0) {
      const int fd = ::open(said.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
      ::dup2(fd, STDERR_FILENO);
      ::_exit(live_with_damage(copy, expected_));
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    judge(status, said, fmt::format("byte {} bit {} ({})", at, bit, where));
  }

  void judge(int status, const fs::path& said, const std::string& where) {
    std::ifstream file(said);
    const std::string words((std::istreambuf_iterator<char>(file)), {});
    std::string outcome;
    bool right = false;
    if (WIFEXITED(status)) {
      switch (WEXITSTATUS(status)) {
        case kSoundAndEqual:
          outcome = "not in use";
          right = true;
          break;
        case kReported:
          outcome = "reported";
          right = true;
          break;
        case kServedWrong: outcome = "WRONG DATA SERVED"; break;
        case kLostSilently: outcome = "LOST SILENTLY"; break;
        case kUnreported: outcome = "UNREPORTED"; break;
        default:
          right = words.find("is damaged") != std::string::npos;
          outcome = right ? "ended with a message" : "ENDED WITHOUT A MESSAGE";
      }
    } else {
      outcome = fmt::format("KILLED BY SIGNAL {}", WTERMSIG(status));
    }
    ++tally_.outcomes[outcome];
    ++(right ? tally_.passed : tally_.failed);
    if (!right) std::printf("FAILED: %s: %s %s\n", where.c_str(), outcome.c_str(), words.c_str());
  }

  const fs::path root_;
  std::mt19937_64 random_;
  std::string image_;
  Contents expected_;
  Tally tally_;
};

int run(bool full, std::uint64_t seed) {
  std::string pattern = (fs::temp_directory_path() / "tapewire_flips_XXXXXX").string();
  const fs::path root = ::mkdtemp(pattern.data());
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  Tally tally;
  {
    Campaign campaign(root, seed);
    std::printf("%zu records, %zu pages\n", campaign.records(), campaign.pages());
    for (int i = 0; i < (full ? 2500 : 50); ++i) campaign.flip_anywhere();
    for (int i = 0; i < (full ? 2500 : 50); ++i) campaign.flip_structure();
    // The last eight bytes of a mark are its commit's number: a wrong one could bring back an older log.
    constexpr std::size_t kMarkBits = std::size_t{8} * (16 + 136);
    for (std::size_t bit = full ? 0 : kMarkBits - 64; bit < kMarkBits - (full ? 0 : 60); ++bit) {
      campaign.flip_mark_bit(bit);
      campaign.flip_mark_bit(8 * kPage + bit);
    }
    tally = campaign.tally();
  }
  fs::remove_all(root);
  for (const auto& [outcome, count] : tally.outcomes) {
    std::printf("%s: %d\n", outcome.c_str(), count);
  }
  std::printf("%d passed, %d failed\n", tally.passed, tally.failed);
  return tally.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace tapewire

int main(int argc, char** argv) {
  bool full = false;
  std::uint64_t seed = std::random_device{}();
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--full") == 0) {
      full = true;
    } else if (std::strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else if (std::strcmp(argv[i], "--slice") != 0) {
      std::fprintf(stderr, "usage: log_bit_flips --slice|--full [--seed N]\n");
      return 2;
    }
  }
  return tapewire::run(full, seed);
}
