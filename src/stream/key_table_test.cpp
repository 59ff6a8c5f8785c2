// SPDX-License-Identifier: Apache-2.0
#include "stream/key_table.h"

#include <string>

#include <gtest/gtest.h>

namespace tapewire {
namespace {

std::string walk(KeyTable<std::string>& table) {
  std::string out;
  for (const auto id : table.in_order()) out += table.key(id) + " ";
  return out;
}

TEST(KeyTable, NumbersByArrivalAndWalksByKey) {
  KeyTable<std::string> table;
  EXPECT_EQ(walk(table), "");
  EXPECT_EQ(table.id_of("m"), 0U);
  EXPECT_EQ(table.id_of("a"), 1U);
  EXPECT_EQ(table.id_of("m"), 0U);
  EXPECT_EQ(walk(table), "a m ");
  table.id_of("z");
  table.id_of("b");
  table.id_of("A");
  EXPECT_EQ(walk(table), "A a b m z ");
  EXPECT_EQ(table.size(), 5U);
}

TEST(KeyTable, SortsNumbersByKeyEvenIfNew) {
  KeyTable<std::string> table;
  std::vector<std::uint32_t> ids;
  for (const char* key : {"d", "b", "c"}) ids.push_back(table.id_of(key));
  table.sort(ids);
  EXPECT_EQ(ids, (std::vector<std::uint32_t>{1, 2, 0}));
  ids.push_back(table.id_of("a"));
  table.sort(ids);
  EXPECT_EQ(ids, (std::vector<std::uint32_t>{3, 1, 2, 0}));
}

}  // namespace
}  // namespace tapewire
