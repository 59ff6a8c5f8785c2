// SPDX-License-Identifier: Apache-2.0
#include "stream/due_instants.h"

#include <gtest/gtest.h>

namespace tapewire {
namespace {

std::string taken(DueInstants& due, std::int64_t watermark) {
  std::string out;
  while (const auto d = due.take({watermark})) {
    out += std::to_string(d->end.ns) + ":" + std::to_string(d->kinds) + " ";
  }
  return out;
}

TEST(DueInstants, GivesInstantsInOrderWithTheirKinds) {
  DueInstants due;
  due.add({30}, 1);
  due.add({10}, 0);
  due.add({10}, 2);
  due.add({10}, 2);
  due.add({20}, 1);
  EXPECT_EQ(taken(due, 9), "");
  EXPECT_EQ(taken(due, 20), "10:5 20:2 ");
  EXPECT_FALSE(due.empty());
  EXPECT_EQ(taken(due, 1000), "30:2 ");
  EXPECT_TRUE(due.empty());
}

TEST(DueInstants, AnInstantMayComeAgainAfterItWasTaken) {
  DueInstants due;
  due.add({10}, 3);
  EXPECT_EQ(taken(due, 10), "10:8 ");
  due.add({10}, 3);
  EXPECT_EQ(taken(due, 10), "10:8 ");
}

TEST(DueInstants, ComesBackAsSaved) {
  DueInstants due;
  due.add({10}, 3);
  due.add({-5}, 1);
  std::string bytes;
  ByteWriter out(bytes);
  due.save(out);
  DueInstants again;
  ByteReader in(bytes);
  again.load(in);
  EXPECT_TRUE(in.ok() && in.done());
  again.add({10}, 3);
  EXPECT_EQ(taken(again, 10), "-5:2 10:8 ");
}

}  // namespace
}  // namespace tapewire
