// SPDX-License-Identifier: Apache-2.0
#include "app/store_feed.h"

#include <unistd.h>

#include <filesystem>

#include <gmock/gmock.h>

#include "eventlog/memory/memory_log.h"

namespace tapewire {
namespace {

using ::testing::HasSubstr;

class StoreFeedTest : public ::testing::Test {
 protected:
  StoreFeedTest() {
    directory_ =
        std::filesystem::temp_directory_path() / ("tapewire-feed-" + std::to_string(getpid()));
    std::filesystem::create_directories(directory_);
    store_ = Store::open(directory_ / "store.duckdb", {}).value();
    AppendBatch batch;
    for (int i = 0; i < 10; ++i) {
      batch.add(Topic::bars, RecordKind::heartbeat, kLiveRun, {i}, {i}, "", [](std::string&) {});
    }
    EXPECT_TRUE(log_.commit(batch));
  }
  ~StoreFeedTest() override { std::filesystem::remove_all(directory_); }

  // What becomes of a store that has taken bars up to `offset`.
  std::string recovered(std::uint64_t offset) {
    StoreBatch batch;
    batch.offsets = {{"bars", offset}};
    EXPECT_TRUE(store_->apply(batch));
    StoreFeed feed(log_, *store_, {});
    const Status status = feed.recover();
    return status ? "" : status.error().message;
  }

  std::filesystem::path directory_;
  MemoryLog log_;
  std::unique_ptr<Store> store_;
};

TEST_F(StoreFeedTest, GoesOnWhereTheLogCan) {
  EXPECT_EQ(recovered(4), "");
  EXPECT_EQ(recovered(10), "");
}

TEST_F(StoreFeedTest, RefusesAStoreThatIsAheadOfTheLog) {
  EXPECT_THAT(recovered(11), HasSubstr("has taken bars up to offset 11, but the log ends at 10"));
}

TEST_F(StoreFeedTest, RefusesAStoreThatTheLogNoLongerContinues) {
  ASSERT_TRUE(log_.trim({.topic = Topic::bars, .bytes_max = 1, .keep_from = 6}));
  EXPECT_THAT(recovered(4), HasSubstr("has taken bars up to offset 4, but the log begins at 6"));
  EXPECT_EQ(recovered(6), "");
}

}  // namespace
}  // namespace tapewire
