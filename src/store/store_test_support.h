// SPDX-License-Identifier: Apache-2.0
// Words for the store's tests: a store in a directory of its own, bars from few values, SQL as text.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/store.h"

namespace tapewire {

// "2019-02-13 14:30:00" without a zone is not ISO for us: at("2019-02-13T14:30:00Z").
Timestamp at(std::string_view iso);
Bar make_bar(std::string_view symbol, std::string_view start, double close,
             Origin origin = Origin::vendor, Width width = Width::m1);
StoredBar stored(const Bar& bar, RunId run = 1);
StoredNews make_news(std::string_view id, std::string_view published, std::string_view title);
SignalSet make_signals(std::string_view symbol, std::string_view time,
                       std::optional<double> change_5m,
                       std::optional<double> delta_10s = std::nullopt);

class StoreTest : public ::testing::Test {
 protected:
  StoreTest();
  ~StoreTest() override;
  void open(StoreOptions options = {});
  void close() { store_.reset(); }
  void reopen() {
    close();
    open(options_);
  }
  void apply(const StoreBatch& batch);
  void apply_bars(std::vector<StoredBar> bars);
  // The rows of a query as csv without its header: "AAPL,1.5\nMSFT,2\n".
  std::string rows(std::string_view sql);
  // The error of a query, or "" when it ran.
  std::string refusal(std::string_view sql, SqlLimits limits = {},
                      ErrorCode expected = ErrorCode::invalid_argument);
  std::string findings();
  void finish_before(std::string_view date);
  [[nodiscard]] std::filesystem::path file() const { return directory_ / "store.duckdb"; }

  std::filesystem::path directory_;
  StoreOptions options_;
  std::unique_ptr<Store> store_;
};

}  // namespace tapewire
