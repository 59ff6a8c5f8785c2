// SPDX-License-Identifier: Apache-2.0
// Counts what became of everything that was read; the sums always add up.
//
// Rule: read = appended + duplicate + dead_lettered + dropped, per topic, at every commit.
//       A too-late record was appended and is dead-lettered later by the pipeline; it is counted beside.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/record.h"

namespace tapewire {

struct TopicAccount {
  std::uint64_t read = 0;
  std::uint64_t appended = 0;
  std::uint64_t duplicate = 0;
  std::uint64_t dead_lettered = 0;
  std::uint64_t too_late = 0;
  std::uint64_t dropped = 0;

  [[nodiscard]] bool adds_up() const {
    return read == appended + duplicate + dead_lettered + dropped;
  }
  friend bool operator==(const TopicAccount&, const TopicAccount&) = default;
};

struct Account {
  TopicAccount prices;  // stock-prices
  TopicAccount news;  // news-articles
  std::uint64_t rounded = 0;  // decimals rounded to the scale while parsing

  [[nodiscard]] TopicAccount& of(Topic topic) {
    return topic == Topic::news_articles ? news : prices;
  }
  [[nodiscard]] bool adds_up() const { return prices.adds_up() && news.adds_up(); }
  friend bool operator==(const Account&, const Account&) = default;
};

// One line "read=1;appended=1;..." as kept in the log's state under "account/<topic>".
std::string to_state(const TopicAccount& account);
Result<TopicAccount> parse_account(std::string_view text);
// {"read":1,"appended":1,...}
std::string to_json(const TopicAccount& account);

}  // namespace tapewire
