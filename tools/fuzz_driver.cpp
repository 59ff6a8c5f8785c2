// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target without libFuzzer: every file of the corpus, then seeded mutations of them.
//
//   NAME_fuzz [--corpus DIR] [--seed N] [--seconds N] [--runs N]
//   NAME_fuzz FILE                       this input only, as with libFuzzer
//
// It knows nothing of coverage: it is the short run of `./dev test`, in the build the tests use; `./dev fuzz` searches.
// On a crash the input stands in crash-<seed>-<run> beside the working folder's other files, and its name on stderr.

#include <fcntl.h>
#include <sanitizer/common_interface_defs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;
using Random = std::mt19937_64;

struct Options {
  fs::path corpus;
  std::uint64_t seed = 1;
  std::int64_t seconds = 2;
  std::uint64_t runs = 200'000;
};

constexpr std::size_t kInputBytesMax = 4096;
// clang-format off
constexpr std::array<std::string_view, 24> kTokens = {
    "{", "}", "[", "]", "\"", ",", ":", "%", " ", "\n", "\r\n", "\\u0000", "null", "NaN", "1e400", "1e-400",
    "-0", "-1", "0.1", "9223372036854775808", "T24:00:00Z", "\xff", "\xf0\x9f\x98\x80", "\xef\xbb\xbf"};
// clang-format on

// What the crash handler writes; plain pointers because it runs inside a signal handler.
const char* input_data = nullptr;
std::size_t input_size = 0;
std::array<char, 64> crash_name{};

void save_input() {
  const int file = ::open(crash_name.data(), O_CREAT | O_WRONLY | O_TRUNC, 0644);
  if (file < 0) return;
  if (::write(file, input_data, input_size) >= 0) {
    static constexpr std::string_view kSaved = "\nthe input that did it is in ";
    [[maybe_unused]] ssize_t written = ::write(2, kSaved.data(), kSaved.size());
    written = ::write(2, crash_name.data(), std::string_view(crash_name.data()).size());
    written = ::write(2, "\n", 1);
  }
  ::close(file);
}

void on_abort(int signal_number) {
  save_input();
  std::signal(signal_number, SIG_DFL);
  std::raise(signal_number);
}

void run_one(const std::string& input, std::uint64_t seed, std::uint64_t run) {
  std::snprintf(crash_name.data(), crash_name.size(), "crash-%llu-%llu",
                static_cast<unsigned long long>(seed), static_cast<unsigned long long>(run));
  // An exact heap copy, so that one byte read past its end is seen.
  const auto bytes = std::make_unique_for_overwrite<std::uint8_t[]>(input.size());
  std::ranges::copy(input, bytes.get());
  input_data = input.data();
  input_size = input.size();
  LLVMFuzzerTestOneInput(bytes.get(), input.size());
}

std::size_t below(Random& random, std::size_t bound) {
  return bound == 0 ? 0 : static_cast<std::size_t>(random() % bound);
}

void mutate_once(std::string& input, const std::vector<std::string>& corpus, Random& random) {
  const std::size_t at = below(random, input.size() + 1);
  const std::size_t length = std::min(below(random, 32) + 1, input.size() - at);
  switch (below(random, 7)) {
    case 0:
      if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(random, 8)));
      break;
    case 1:
      if (at < input.size()) input[at] = static_cast<char>(random());
      break;
    case 2: input.insert(at, 1, static_cast<char>(random())); break;
    case 3: input.erase(at, length); break;
    case 4: input.insert(at, input.substr(at, length)); break;
    case 5: input.insert(at, kTokens[below(random, kTokens.size())]); break;
    default: {
      const std::string& other = corpus[below(random, corpus.size())];
      const std::size_t from = below(random, other.size() + 1);
      input.insert(at, other.substr(from, below(random, 256)));
    }
  }
}

std::string read_file(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::vector<std::string> read_corpus(const fs::path& folder) {
  std::vector<std::string> corpus;
  if (fs::is_directory(folder)) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    for (const fs::path& file : files) corpus.push_back(read_file(file));
  }
  corpus.emplace_back();
  return corpus;
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--corpus") options.corpus = argv[i + 1];
    if (name == "--seed") options.seed = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--seconds") options.seconds = std::strtoll(argv[i + 1], nullptr, 10);
    if (name == "--runs") options.runs = std::strtoull(argv[i + 1], nullptr, 10);
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2) {
    run_one(read_file(argv[1]), 0, 0);
    return 0;
  }
  const Options options = parse(argc, argv);
  const std::vector<std::string> corpus = read_corpus(options.corpus);
  __sanitizer_set_death_callback(save_input);
  std::signal(SIGABRT, on_abort);

  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(options.seconds);
  std::uint64_t run = 0;
  for (const std::string& input : corpus) run_one(input, options.seed, run++);
  while (run < options.runs && std::chrono::steady_clock::now() < end) {
    Random random(options.seed * 0x9e3779b97f4a7c15ULL + run);
    std::string input = corpus[below(random, corpus.size())];
    for (std::size_t count = below(random, 6) + 1; count > 0; --count) {
      mutate_once(input, corpus, random);
    }
    input.resize(std::min(input.size(), kInputBytesMax));
    run_one(input, options.seed, run++);
  }
  std::printf("NOTE %llu executions of %zu seeds, seed %llu\n1 passed, 0 failed\n",
              static_cast<unsigned long long>(run), corpus.size() - 1,
              static_cast<unsigned long long>(options.seed));
  return 0;
}
