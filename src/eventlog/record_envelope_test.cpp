// SPDX-License-Identifier: Apache-2.0
#include "eventlog/record_envelope.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tapewire {
namespace {

std::string encode(const RecordView& record) {
  std::string out(encoded_size(record), '\0');
  encode_record(record, out.data());
  return out;
}

void expect_equal(const RecordView& a, const RecordView& b) {
  EXPECT_EQ(a.topic, b.topic);
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.run, b.run);
  EXPECT_EQ(a.offset, b.offset);
  EXPECT_EQ(a.sequence, b.sequence);
  EXPECT_EQ(a.event_time, b.event_time);
  EXPECT_EQ(a.receive_time, b.receive_time);
  EXPECT_EQ(a.append_time, b.append_time);
  EXPECT_EQ(a.key, b.key);
  EXPECT_EQ(a.payload, b.payload);
}

const std::string kLongKey(300, 'k');

const RecordView kRecords[] = {
    {Topic::stock_prices, RecordKind::bar, 0, 0, 0, {0}, {0}, {0}, "", ""},
    {Topic::stock_prices,
     RecordKind::bar,
     0,
     17,
     17,
     {1'550'068'200'000'000'000},
     {1'550'068'260'000'000'000},
     {1'795'000'000'000'000'000},
     "AAPL",
     "payload"},
    {Topic::signals,
     RecordKind::signal,
     UINT32_MAX,
     5,
     UINT64_MAX,
     {INT64_MIN},
     {INT64_MAX},
     {-1},
     "K",
     std::string_view("\0\xff", 2)},
    {Topic::stock_prices_backfill,
     RecordKind::trade,
     128,
     UINT64_MAX,
     0,
     {INT64_MAX},
     {INT64_MIN},
     {INT64_MIN},
     kLongKey,
     "x"},
};

TEST(RecordEnvelope, GivesBackWhatItTook) {
  for (const RecordView& record : kRecords) {
    const std::string bytes = encode(record);
    RecordView out;
    EXPECT_EQ(decode_record(record.topic, record.offset, bytes, out), nullptr);
    expect_equal(out, record);
  }
}

// The bytes on disk; a change here is a new format.
TEST(RecordEnvelope, KeepsItsBytes) {
  std::string hex;
  for (const char byte : encode(kRecords[1]))
    hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  EXPECT_EQ(hex.substr(8),
            "01"                // bar
            "00"                // live run
            "00"                // sequence - offset
            "0010a1b6d0f28215"  // event time
            "80e0ba84bf03"      // received a minute later
            "0080d35bfd1ee918"  // append time
            "04"
            "4141504c"
            "7061796c6f6164");
}

TEST(RecordEnvelope, SeesEveryFlippedBit) {
  for (const RecordView& record : kRecords) {
    std::string bytes = encode(record);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
      RecordView out;
      EXPECT_NE(decode_record(record.topic, record.offset, bytes, out), nullptr) << bit;
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    }
  }
}

TEST(RecordEnvelope, BelongsToItsPlace) {
  const RecordView& record = kRecords[1];
  const std::string bytes = encode(record);
  RecordView out;
  EXPECT_NE(decode_record(Topic::bars, record.offset, bytes, out), nullptr);
  EXPECT_NE(decode_record(record.topic, record.offset + 1, bytes, out), nullptr);
}

TEST(RecordEnvelope, SeesEveryCut) {
  const std::string bytes = encode(kRecords[1]);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    RecordView out;
    EXPECT_NE(decode_record(kRecords[1].topic, 17, std::string_view(bytes).substr(0, size), out),
              nullptr);
  }
}

}  // namespace
}  // namespace tapewire
