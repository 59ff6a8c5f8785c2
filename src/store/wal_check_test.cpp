// SPDX-License-Identifier: Apache-2.0
#include "store/wal_check.h"

#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include <gmock/gmock.h>

#include "store/store_test_support.h"

namespace tapewire {
namespace {

using ::testing::HasSubstr;

class WalTest : public StoreTest {
 protected:
  static constexpr int kTransactions = 4;

  // A store that a killed process left: four transactions behind the schema's, none in the file itself.
  WalTest() {
    open();
    close();
    const pid_t child = fork();
    if (child == 0) {
      auto store = Store::open(file(), options_);
      for (int i = 0; store && i < kTransactions; ++i) {
        const std::string start = "2019-02-13T14:3" + std::to_string(i) + ":00Z";
        StoreBatch batch;
        batch.bars = {stored(make_bar("AAPL", start, 100 + i))};
        batch.offsets = {{"bars", static_cast<std::uint64_t>(i) + 1}};
        if (!(*store)->apply(batch)) _exit(1);
        ends_on_disk();
      }
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    bytes_ = read(wal());
    store_bytes_ = read(file());
    std::ifstream in(directory_ / "ends");
    for (std::uint64_t end = 0; in >> end;) ends_.push_back(end);
  }

  [[nodiscard]] std::filesystem::path wal() const { return file().string() + ".wal"; }
  void ends_on_disk() const {
    std::ofstream(directory_ / "ends", std::ios::app) << std::filesystem::file_size(wal()) << "\n";
  }
  static std::string read(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void write(const std::filesystem::path& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  WalCheck check(std::string_view bytes) {
    write(wal(), bytes);
    auto out = check_wal(wal());
    EXPECT_TRUE(out) << out.error().message;
    return out.value_or(WalCheck{});
  }
  [[nodiscard]] std::string flipped(std::size_t bit) const {
    std::string out = bytes_;
    out[bit / 8] = static_cast<char>(out[bit / 8] ^ (1 << bit % 8));
    return out;
  }
  std::string error_of_open(bool read_only) {
    StoreOptions options = options_;
    options.read_only = read_only;
    const auto store = Store::open(file(), options);
    return store ? "" : store.error().message;
  }

  std::string bytes_, store_bytes_;
  std::vector<std::uint64_t> ends_;  // of the log, behind each transaction
};

TEST_F(WalTest, AnUndamagedLogIsWhole) {
  const WalCheck found = check(bytes_);
  EXPECT_EQ(found.state, WalState::whole);
  EXPECT_EQ(found.commits_end, bytes_.size());
  EXPECT_EQ(check("").state, WalState::whole);
  std::filesystem::remove(wal());
  EXPECT_EQ(check_wal(wal())->state, WalState::whole);
}

TEST_F(WalTest, NoFlippedBitIsOverlooked) {
  const std::size_t bits = bytes_.size() * 8;
  // Of the beginning and the last commit every one, of the rest a part.
  std::vector<std::size_t> places;
  for (std::size_t bit = 0; bit < 512; ++bit) places.push_back(bit);
  for (std::size_t bit = bits - 400; bit < bits; ++bit) places.push_back(bit);
  std::mt19937 random(11);
  for (int i = 0; i < 200; ++i) places.push_back(random() % bits);
  for (const std::size_t bit : places) {
    const WalState state = check(flipped(bit)).state;
    // Only what names the database may pass: DuckDB compares it with the file.
    if (state == WalState::whole && bit < 400) {
      if (bit % 7 != 0) continue;
      write(file(), store_bytes_);
      EXPECT_NE(error_of_open(true), "") << "bit " << bit;
      continue;
    }
    EXPECT_EQ(state,
              bit / 8 >= ends_[kTransactions - 2] ? WalState::last_damaged : WalState::damaged)
        << "bit " << bit << " of " << bits;
  }
}

TEST_F(WalTest, ACutLogIsUnfinished) {
  for (std::uint64_t size = ends_[2] + 1; size < ends_[3]; size += size % 16 + 1) {
    const WalCheck found = check(bytes_.substr(0, size));
    EXPECT_TRUE(found.state == WalState::unfinished || found.state == WalState::whole) << size;
    EXPECT_EQ(found.commits_end, ends_[2]);
  }
}

TEST_F(WalTest, ADamagedLastTransactionIsCutOffByAWriterAndRefusedToReaders) {
  std::string lost = bytes_;
  // As after a loss of power: the end was written, what stands before it was not.
  std::fill_n(lost.begin() + static_cast<std::ptrdiff_t>(ends_[2]) + 10, 40, '\0');
  for (const std::string& bytes :
       {lost, flipped(8 * ends_[2] + 3), flipped(8 * bytes_.size() - 170),
        flipped(8 * bytes_.size() - 1)}) {
    write(file(), store_bytes_);
    write(wal(), bytes);
    const std::string words = error_of_open(true);
    EXPECT_THAT(words,
                HasSubstr("the last transaction of " + wal().string() + " is damaged at byte"));
    EXPECT_THAT(words, HasSubstr("makes it again from the event log"));
    open();
    EXPECT_THAT(store_->opening_note(), HasSubstr(wal().string()));
    EXPECT_EQ(rows("SELECT count(*), (SELECT next_offset FROM offsets) FROM bars"), "3,3\n");
    close();
    EXPECT_EQ(error_of_open(true), "");
  }
}

TEST_F(WalTest, DamageBeforeOtherTransactionsIsRefused) {
  for (const std::size_t bit :
       {std::size_t{3}, std::size_t{8 * 7}, static_cast<std::size_t>(8 * ends_[0] + 70)}) {
    for (const bool read_only : {true, false}) {
      write(file(), store_bytes_);
      write(wal(), flipped(bit));
      EXPECT_THAT(error_of_open(read_only), HasSubstr(wal().string() + " is damaged at byte"));
    }
  }
  // What the words advise.
  std::filesystem::remove(file());
  std::filesystem::remove(wal());
  open();
  EXPECT_EQ(rows("SELECT count(*) FROM bars"), "0\n");
}

TEST_F(WalTest, AKilledWritersUnfinishedTransactionIsNoDamage) {
  write(wal(), std::string_view(bytes_).substr(0, bytes_.size() - 30));
  StoreOptions reading = options_;
  reading.read_only = true;
  open(reading);
  EXPECT_EQ(rows("SELECT count(*) FROM bars"), "3\n");
  close();
  open();
  EXPECT_EQ(store_->opening_note(), "");
  EXPECT_EQ(rows("SELECT count(*) FROM bars"), "3\n");
}

}  // namespace
}  // namespace tapewire
