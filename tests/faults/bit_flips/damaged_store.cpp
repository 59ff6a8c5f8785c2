// SPDX-License-Identifier: Apache-2.0
#include "damaged_store.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <fmt/format.h>

#include "app/data_directory.h"
#include "app/store_feed.h"
#include "app/verify.h"
#include "base/digest.h"

namespace tapewire {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 10> kViews{
    "bars", "bars_vendor",  "bars_1m",      "bars_1d", "signals",
    "news", "news_symbols", "dead_letters", "gaps",    "trades"};
// Answered from statistics, or from some blocks only.
constexpr std::array<const char*, 4> kQueries{
    "select count(*), min(start_time), max(start_time), max(close) from bars_1m",
    "select symbol, count(*), sum(volume) from bars_5m group by symbol order by symbol",
    "select max(time) from signals where kind = 'change_10m'",
    "select * from bars_1m where symbol = 'none'"};

constexpr const char* kSymbol = "FRNL";  // of the generated market

[[noreturn]] void stop(const std::string& words) {
  std::fprintf(stderr, "store_bit_flips: %s\n", words.c_str());
  std::exit(1);
}

template <class T>
T must(Result<T> result) {
  if (!result) stop(result.error().message);
  return std::move(*result);
}
void must(const Status& status) {
  if (!status) stop(status.error().message);
}

std::string read_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {(std::istreambuf_iterator<char>(file)), {}};
}

void write_bytes(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

fs::path wal_of(const fs::path& data) { return DataPaths(data).store.string() + ".wal"; }

StoreOptions options(bool read_only) {
  StoreOptions out;
  out.read_only = read_only;
  out.memory_bytes = std::uint64_t{256} << 20;
  return out;
}

std::string error_text(const Error& error) { return "ERROR " + error.message; }

// The typed questions of the API, each as one text.
void ask_api(Store& store, Answers& out) {
  BarQuery query;
  query.symbol = kSymbol;
  const auto bars = store.bars(query);
  std::string text;
  for (const Bar& bar : bars.value_or(std::vector<Bar>())) {
    text += fmt::format("{} {} {}\n", bar.start.ns, bar.close.raw, bar.revision);
  }
  out["API bars"] = bars ? sha256_hex(text) : error_text(bars.error());
  const auto symbols = store.symbols();
  text.clear();
  for (const SymbolRow& row : symbols.value_or(std::vector<SymbolRow>())) {
    text +=
        fmt::format("{} {} {} {}\n", row.symbol, row.first_time.value_or(Timestamp{}).ns,
                    row.last_time.value_or(Timestamp{}).ns, row.last_close.value_or(Price{}).raw);
  }
  out["API symbols"] = symbols ? sha256_hex(text) : error_text(symbols.error());
  const auto news = store.news({});
  text.clear();
  for (const StoredNews& row : news.value_or(NewsPage()).news)
    text += row.item.id + " " + row.item.title + "\n";
  out["API news"] = news ? sha256_hex(text) : error_text(news.error());
  const auto offsets = store.offsets();
  text.clear();
  for (const StoreOffset& row : offsets.value_or(std::vector<StoreOffset>())) {
    text += fmt::format("{} {}\n", row.topic, row.offset);
  }
  out["API offsets"] = offsets ? sha256_hex(text) : error_text(offsets.error());
}

Answers ask_all(Store& store) {
  Answers out;
  const auto ask = [&](const std::string& name, const std::string& query) {
    std::string rows;
    const Status status = store.sql(query, SqlFormat::csv, {}, [&](std::string_view piece) {
      rows += piece;
      return true;
    });
    out[name] = status ? sha256_hex(rows) : error_text(status.error());
  };
  for (const char* query : kQueries) ask(query, query);
  for (const char* view : kViews) ask(view, fmt::format("select * from {} order by all", view));
  ask_api(store, out);
  return out;
}

// 0: each is what it should be, or an error that names the file. `errors` counts these.
int compare(const char* when, const Answers& expected, const Answers& got, const fs::path& store,
            int& errors) {
  for (const auto& [question, answer] : expected) {
    const auto at = got.find(question);
    if (at != got.end() && at->second == answer) continue;
    if (at == got.end() || !at->second.starts_with("ERROR ")) {
      std::fprintf(stderr, "%s: %s: other rows than undamaged\n", when, question.c_str());
      return kServedWrong;
    }
    std::fprintf(stderr, "%s: %s: %s\n", when, question.c_str(), at->second.c_str());
    ++errors;
    if (at->second.find(store.string()) == std::string::npos) return kNameless;
  }
  return 0;
}

int named(const char* when, const Error& error, const fs::path& store) {
  std::fprintf(stderr, "%s: %s\n", when, error.message.c_str());
  return error.message.find(store.string()) == std::string::npos ? kNameless : 0;
}

// Takes in what is missing and finishes the days; an error ends it.
Status catch_up(const fs::path& data, Store& store, std::size_t rows_max = 500'000) {
  TRY_ASSIGN(const auto log, open_log_for_reading(data));
  StoreFeedOptions feed_options;
  feed_options.rows_max = rows_max;
  StoreFeed feed(*log, store, feed_options);
  TRY(feed.recover());
  while (true) {
    TRY_ASSIGN(const std::size_t count, feed.gather());
    if (count == 0 && !feed.pending()) break;
    TRY(feed.commit());
  }
  TRY(store.finish_days(*parse_trading_date("2030-01-01")));
  return store.checkpoint();
}

StoreImage take_image(std::string name, const fs::path& data) {
  return {std::move(name), read_bytes(DataPaths(data).store), read_bytes(wal_of(data))};
}

fs::path bare_copy(const fs::path& data, const fs::path& copy) {
  fs::remove_all(copy);
  fs::create_directories(copy / "tmp");
  fs::copy_file(data / "tapewire.json", copy / "tapewire.json");
  fs::create_directory_symlink(data / "log", copy / "log");
  return copy;
}

// Writes rows in several transactions and dies without closing the store.
StoreImage killed(std::string name, const fs::path& data, const fs::path& work, int finish_after) {
  const fs::path copy = bare_copy(data, work / "killed");
  const int status = in_child(work / "said", [&] {
    auto log = must(open_log_for_reading(copy));
    auto store = must(Store::open(DataPaths(copy).store, options(false)));
    StoreFeed feed(*log, *store, {.keep_trades = false, .keep_quotes = false, .rows_max = 900});
    for (int transaction = 0; transaction < 9; ++transaction) {
      must(feed.gather());
      must(feed.commit());
      if (transaction == finish_after) must(store->finish_days(*parse_trading_date("2030-01-01")));
    }
    ::_exit(0);
    return 0;
  });
  if (status != 0) stop(read_bytes(work / "said"));
  return take_image(std::move(name), copy);
}

}  // namespace

int in_child(const fs::path& said, const std::function<int()>& work) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    const int fd = ::open(said.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ::dup2(fd, STDERR_FILENO);
    ::alarm(60);
    ::_exit(work());
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status;
}

void make_data(const std::string& program, const fs::path& data) {
  const std::string source = data.string() + "-source";
  const std::string file = data.string() + "-bad.csv";
  std::string bad = "ticker,volume,open,close,high,low,window_start,transactions\n";
  for (int i = 0; i < 40; ++i)
    bad += fmt::format("BAD,{},x,1.5,1.5,1,{},1\n", i, 1719999000000000000 + i * 60000000000);
  write_bytes(file, bad);
  for (const std::string& command :
       {fmt::format("'{}' generate --out '{}' --symbols 4 --days 2 --start 2024-07-02 --seed 5",
                    program, source),
        fmt::format(
            "'{}' replay --bars '{}/minute_aggs_v1' '{}' --width 1m --news '{}/news' --data '{}'",
            program, source, file, source, data.string())}) {
    if (std::system((command + " --quiet >/dev/null").c_str()) != 0) stop("failed: " + command);
  }
}

std::vector<StoreImage> make_images(const fs::path& data, const fs::path& work) {
  return {take_image("closed", data), killed("killed after finished days", data, work, 4),
          killed("killed at once", data, work, -1)};
}

void put_image(const StoreImage& image, const fs::path& data, const fs::path& copy) {
  bare_copy(data, copy);
  write_bytes(DataPaths(copy).store, image.store);
  if (!image.wal.empty()) write_bytes(wal_of(copy), image.wal);
}

Answers answers_of(const fs::path& data) {
  return ask_all(*must(Store::open(DataPaths(data).store, options(true))));
}

int live_with_damage(const fs::path& data, const Answers& before, const Answers& after) {
  const fs::path file = DataPaths(data).store;
  Config config;
  config.data = data.string();
  const auto report = verify_data(config, [](double, double, std::uint64_t) {});
  const bool reported = !report || !report->findings.empty();
  int errors = 0;
  if (auto store = Store::open(file, options(true))) {
    if (const int wrong = compare("reading", before, ask_all(**store), file, errors)) return wrong;
  } else {
    ++errors;
    if (const int wrong = named("opening", store.error(), file)) return wrong;
  }
  if (errors > 0 && !reported) return kUnreported;
  if (auto store = Store::open(file, options(false))) {
    const Status caught = catch_up(data, **store);
    // What could not be taken in is missing; then only errors can be told from wrong rows below.
    if (!caught) return named("writing", caught.error(), file) != 0 ? kNameless : kReported;
    if (const int wrong = compare("after writing", after, ask_all(**store), file, errors))
      return wrong;
    store->reset();
    if (auto again = Store::open(file, options(true))) {
      if (const int wrong = compare("after reopening", after, ask_all(**again), file, errors))
        return wrong;
    } else if (const int wrong = named("opening after writing", again.error(), file)) {
      return wrong;
    }
  } else if (const int wrong = named("opening to write", store.error(), file)) {
    return wrong;
  }
  return reported ? kReported : kSoundAndEqual;
}

}  // namespace tapewire
