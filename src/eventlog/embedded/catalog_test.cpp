// SPDX-License-Identifier: Apache-2.0
#include "eventlog/embedded/catalog.h"

#include <gtest/gtest.h>

#include "base/crc32c.h"

namespace tapewire {
namespace {

Catalog sample() {
  Catalog out;
  out.transaction = 42;
  out.next_sequence = 1'000;
  out.state_entries = 3;
  out.state_digest = 0x0123456789abcdef;
  out.of(Topic::bars) = {Topic::bars, 10, 110, 100, 4'096, {77}};
  return out;
}

TEST(Catalog, GivesBackWhatItTook) {
  const auto out = decode_catalog(encode_catalog(sample()));
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_EQ(out->transaction, 42u);
  EXPECT_EQ(out->next_sequence, 1'000u);
  EXPECT_EQ(out->state_entries, 3u);
  EXPECT_EQ(out->state_digest, 0x0123456789abcdefu);
  EXPECT_EQ(out->of(Topic::bars).first_offset, 10u);
  EXPECT_EQ(out->of(Topic::bars).end_offset, 110u);
  EXPECT_EQ(out->of(Topic::bars).bytes, 4'096u);
  EXPECT_EQ(out->of(Topic::bars).newest_event_time.ns, 77);
  EXPECT_EQ(out->of(Topic::signals).newest_event_time, kMinTimestamp);
}

TEST(Catalog, SeesEveryFlippedBitAndCut) {
  std::string bytes = encode_catalog(sample());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(decode_catalog(bytes)) << bit;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_catalog(std::string_view(bytes).substr(0, size)));
  }
}

TEST(Catalog, RefusesANewerFormatByNumber) {
  std::string bytes = encode_catalog(sample());
  bytes[4] = 9;
  bytes.resize(bytes.size() - 4);
  const std::uint32_t check = crc32c(bytes);
  bytes.append(reinterpret_cast<const char*>(&check), 4);
  const auto out = decode_catalog(bytes);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, ErrorCode::invalid_data);
  EXPECT_NE(out.error().message.find("format 9"), std::string::npos) << out.error().message;
}

TEST(Catalog, StateValuesBelongToTheirKeys) {
  std::string stored = encode_state("key", "value");
  std::string_view value;
  EXPECT_EQ(decode_state("key", stored, value), nullptr);
  EXPECT_EQ(value, "value");
  EXPECT_NE(decode_state("kez", stored, value), nullptr);
  EXPECT_NE(decode_state("ke", stored, value), nullptr);
  EXPECT_NE(state_mark(stored), state_mark(encode_state("key", "valuf")));
  stored.back() = 'x';
  EXPECT_NE(decode_state("key", stored, value), nullptr);
  EXPECT_NE(decode_state("key", "", value), nullptr);
}

}  // namespace
}  // namespace tapewire
