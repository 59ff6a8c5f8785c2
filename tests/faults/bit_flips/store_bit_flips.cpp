// SPDX-License-Identifier: Apache-2.0
// Flips single bits of a store's files and looks at what comes of it.
//
// For each flip, on a copy and in a process of its own: `verify`, every view and every question of the
// API, then a writer that takes in what is missing, and everything again. Right is: verify reports it,
// or every answer is as it was. Wrong, always: rows that differ without an error, an error that does not
// name the file, and an end without a message. Some flips are shown to the program itself as well: its
// exit status must be 0 or 1, with words.
//
// usage: store_bit_flips --slice|--full [--seed N] [--image NAME --byte N --bit N]
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <random>

#include <fmt/format.h>

#include "damaged_store.h"

namespace tapewire {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHeaders = 3 * 4096;

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {(std::istreambuf_iterator<char>(file)), {}};
}

std::string program_path() {
  if (const char* given = std::getenv("TAPEWIRE")) return given;
  return (fs::read_symlink("/proc/self/exe").parent_path() / "../../tapewire")
      .lexically_normal()
      .string();
}

class Campaign {
 public:
  Campaign(fs::path root, std::uint64_t seed)
      : root_(std::move(root)), random_(seed), program_(program_path()) {
    make_data(program_, root_ / "data");
    images_ = make_images(root_ / "data", root_);
    for (const StoreImage& image : images_) before_.push_back(undamaged(image));
    // The first is complete: the others equal it once their writer has caught up.
    std::printf("%zu images:", images_.size());
    for (const StoreImage& image : images_) {
      std::printf(" %s (%zu bytes, log %zu)", image.name.c_str(), image.store.size(),
                  image.wal.size());
    }
    std::printf("\n");
  }

  void flip_file(std::size_t image) {
    flip(image, random_() % images_[image].store.size(), false, "file");
  }
  void flip_header(std::size_t image) {
    flip(image, random_() % 3 * 4096 + random_() % 128, false, "header");
  }
  void flip_wal(std::size_t image) {
    flip(image, random_() % images_[image].wal.size(), true, "log");
  }
  // The first entry says what the file is; of it every bit counts.
  void flip_wal_start(std::size_t image, std::size_t bit) {
    flip_bit(image, bit / 8, bit % 8, true, "log's start");
  }
  void flip_wal_end(std::size_t image, std::size_t bit) {
    flip_bit(image, images_[image].wal.size() - 1 - bit / 8, bit % 8, true, "log's end");
  }
  // The frames of entries: size and checksum.
  void flip_wal_frame(std::size_t image) {
    const auto& frames = frames_of(image);
    flip(image, frames[random_() % frames.size()] + random_() % 16, true, "log's frame");
  }
  void flip_only(std::size_t image, std::size_t at, std::size_t bit) {
    const std::size_t size = images_[image].store.size();
    flip_bit(image, at < size ? at : at - size, bit, at >= size, "chosen");
  }
  [[nodiscard]] std::optional<std::size_t> image_called(const std::string& name) const {
    for (std::size_t i = 0; i < images_.size(); ++i) {
      if (images_[i].name == name) return i;
    }
    return std::nullopt;
  }
  [[nodiscard]] int failed() const { return failed_; }
  void show() const {
    for (const auto& [outcome, count] : outcomes_) std::printf("%s: %d\n", outcome.c_str(), count);
    std::printf("NOTE %d flips, %d of them shown to the program\n", flips_, shown_);
    std::printf("%d passed, %d failed\n", passed_, failed_);
  }

 private:
  Answers undamaged(const StoreImage& image) {
    put_image(image, root_ / "data", root_ / "copy");
    const int status = in_child(root_ / "said", [&] {
      std::ofstream out(root_ / "answers");
      for (const auto& [question, answer] : answers_of(root_ / "copy"))
        out << question << '\n' << answer << '\n';
      return out.good() ? 0 : 1;
    });
    Answers out;
    std::ifstream in(root_ / "answers");
    for (std::string question, answer; std::getline(in, question) && std::getline(in, answer);)
      out[question] = answer;
    const bool bad = std::ranges::any_of(
        out, [](const auto& entry) { return entry.second.starts_with("ERROR "); });
    if (status != 0 || out.empty() || bad) {
      std::fprintf(stderr, "store_bit_flips: the undamaged store cannot be read: %s\n",
                   read_text(root_ / "said").c_str());
      std::exit(1);
    }
    return out;
  }

  // Where entries of the store's log begin: [size u64][checksum u64][size bytes], after a bare first entry.
  const std::vector<std::size_t>& frames_of(std::size_t image) {
    auto& frames = frames_[image];
    const std::string& wal = images_[image].wal;
    for (std::size_t start = 0; frames.empty() && start < std::min<std::size_t>(wal.size(), 256);
         ++start) {
      std::vector<std::size_t> found;
      std::size_t at = start;
      while (at + 16 < wal.size()) {
        std::uint64_t size = 0;
        std::memcpy(&size, wal.data() + at, 8);
        if (size > wal.size() || size < 4) break;
        found.push_back(at);
        at += 16 + size;
      }
      if (at == wal.size()) frames = found;
    }
    if (frames.empty()) frames.push_back(0);
    return frames;
  }

  void flip(std::size_t image, std::size_t at, bool wal, const char* where) {
    flip_bit(image, at, random_() % 8, wal, where);
  }

  void flip_bit(std::size_t image, std::size_t at, std::size_t bit, bool wal, const char* where) {
    StoreImage& bytes = images_[image];
    std::string& file = wal ? bytes.wal : bytes.store;
    file[at] = static_cast<char>(file[at] ^ (1 << bit));
    put_image(bytes, root_ / "data", root_ / "copy");
    file[at] = static_cast<char>(file[at] ^ (1 << bit));
    const std::string place = fmt::format("--image '{}' --byte {} --bit {} ({})", bytes.name,
                                          wal ? bytes.store.size() + at : at, bit, where);
    if (++flips_ % 20 == 1) show_to_program(place);
    const int status = in_child(root_ / "said", [&] {
      return live_with_damage(root_ / "copy", before_[image], before_[0]);
    });
    judge(status, place, where);
  }

  // The words and the status that a person sees.
  void show_to_program(const std::string& place) {
    for (const char* verb : {"verify", "sql 'select * from bars order by all'", "topics"}) {
      const std::string command =
          fmt::format("'{}' {} --data '{}' >'{}' 2>&1", program_, verb, (root_ / "copy").string(),
                      (root_ / "shown").string());
      const int status = std::system(command.c_str());
      const bool right = WIFEXITED(status) &&
                         (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 1) &&
                         (WEXITSTATUS(status) == 0 || !read_text(root_ / "shown").empty());
      if (right) continue;
      ++failed_;
      std::printf("FAIL %s: tapewire %s: status %d: %s\n", place.c_str(), verb, status,
                  read_text(root_ / "shown").c_str());
    }
    ++shown_;
  }

  void judge(int status, const std::string& place, const char* where) {
    const std::string words = read_text(root_ / "said");
    std::string outcome =
        fmt::format("KILLED BY SIGNAL {}", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    bool right = false;
    if (WIFEXITED(status)) {
      switch (WEXITSTATUS(status)) {
        case kSoundAndEqual: outcome = "not in use"; break;
        case kReported: outcome = "reported"; break;
        case kServedWrong: outcome = "WRONG ROWS SERVED"; break;
        case kUnreported: outcome = "UNREPORTED"; break;
        case kNameless: outcome = "FILE NOT NAMED"; break;
        default: outcome = fmt::format("ENDED WITH {}", WEXITSTATUS(status));
      }
      right = WEXITSTATUS(status) == kSoundAndEqual || WEXITSTATUS(status) == kReported;
    }
    ++outcomes_[fmt::format("{}, {}", where, outcome)];
    ++(right ? passed_ : failed_);
    if (!right) std::printf("FAIL %s: %s: %s\n", place.c_str(), outcome.c_str(), words.c_str());
    std::fflush(stdout);
  }

  const fs::path root_;
  std::mt19937_64 random_;
  const std::string program_;
  std::vector<StoreImage> images_;
  std::vector<Answers> before_;
  std::map<std::size_t, std::vector<std::size_t>> frames_;
  std::map<std::string, int> outcomes_;
  int flips_ = 0;
  int shown_ = 0;
  int passed_ = 0;
  int failed_ = 0;
};

void run_all(Campaign& campaign, bool full) {
  for (int i = 0; i < (full ? 700 : 8); ++i) campaign.flip_file(static_cast<std::size_t>(i) % 2);
  for (int i = 0; i < (full ? 200 : 4); ++i) campaign.flip_header(static_cast<std::size_t>(i) % 2);
  for (int i = 0; i < (full ? 300 : 6); ++i) campaign.flip_wal(1 + static_cast<std::size_t>(i) % 2);
  for (int i = 0; i < (full ? 200 : 6); ++i)
    campaign.flip_wal_frame(1 + static_cast<std::size_t>(i) % 2);
  for (std::size_t bit = 0; bit < 64 * 8; bit += full ? 1 : 103) campaign.flip_wal_start(1, bit);
  for (std::size_t bit = 0; bit < 24 * 8; bit += full ? 1 : 41) campaign.flip_wal_end(1, bit);
}

}  // namespace
}  // namespace tapewire

int main(int argc, char** argv) {
  using namespace tapewire;
  bool full = false;
  std::uint64_t seed = std::random_device{}();
  std::string image;
  std::size_t byte = 0;
  std::size_t bit = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool has_value = i + 1 < argc;
    if (word == "--full") {
      full = true;
    } else if (word == "--seed" && has_value) {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else if (word == "--image" && has_value) {
      image = argv[++i];
    } else if (word == "--byte" && has_value) {
      byte = std::strtoull(argv[++i], nullptr, 10);
    } else if (word == "--bit" && has_value) {
      bit = std::strtoull(argv[++i], nullptr, 10);
    } else if (word != "--slice") {
      std::fprintf(
          stderr,
          "usage: store_bit_flips --slice|--full [--seed N] [--image NAME --byte N --bit N]\n");
      return 2;
    }
  }
  std::string pattern = (std::filesystem::temp_directory_path() / "tapewire_flips_XXXXXX").string();
  const std::filesystem::path root = ::mkdtemp(pattern.data());
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  int failed = 0;
  {
    Campaign campaign(root, seed);
    if (const auto chosen = campaign.image_called(image)) {
      campaign.flip_only(*chosen, byte, bit);
    } else {
      run_all(campaign, full);
    }
    campaign.show();
    failed = campaign.failed();
  }
  std::filesystem::remove_all(root);
  return failed == 0 ? 0 : 1;
}
