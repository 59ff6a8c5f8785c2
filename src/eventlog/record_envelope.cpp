// SPDX-License-Identifier: Apache-2.0
#include "eventlog/record_envelope.h"

#include <cstring>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/crc32c.h"

namespace tapewire {
namespace {

constexpr std::size_t kCheckBytes = 4;

std::size_t varint_size(std::uint64_t n) {
  std::size_t size = 1;
  for (; n >= 0x80; n >>= 7) ++size;
  return size;
}

char* put_varint(char* at, std::uint64_t n) {
  for (; n >= 0x80; n >>= 7) *at++ = static_cast<char>(n | 0x80);
  *at++ = static_cast<char>(n);
  return at;
}

template <class T>
char* put_fixed(char* at, T value) {
  std::memcpy(at, &value, sizeof(T));
  return at + sizeof(T);
}

// Differences wrap around, so that every pair of instants has one.
std::uint64_t receive_delay(const RecordView& r) {
  return zigzag(static_cast<std::int64_t>(static_cast<std::uint64_t>(r.receive_time.ns) -
                                          static_cast<std::uint64_t>(r.event_time.ns)));
}

std::uint32_t check_of(Topic topic, Offset offset, std::string_view rest) {
  char place[9];
  std::memcpy(place, &offset, 8);
  place[8] = static_cast<char>(topic);
  return crc32c(rest, crc32c({place, sizeof(place)}));
}

}  // namespace

std::size_t encoded_size(const RecordView& r) {
  return kCheckBytes + 1 + varint_size(r.run) + varint_size(r.sequence - r.offset) + 8 +
         varint_size(receive_delay(r)) + 8 + varint_size(r.key.size()) + r.key.size() +
         r.payload.size();
}

void encode_record(const RecordView& r, char* out) {
  char* at = out + kCheckBytes;
  *at++ = static_cast<char>(r.kind);
  at = put_varint(at, r.run);
  at = put_varint(at, r.sequence - r.offset);
  at = put_fixed(at, r.event_time.ns);
  at = put_varint(at, receive_delay(r));
  at = put_fixed(at, r.append_time.ns);
  at = put_varint(at, r.key.size());
  if (!r.key.empty()) std::memcpy(at, r.key.data(), r.key.size());
  at += r.key.size();
  if (!r.payload.empty()) std::memcpy(at, r.payload.data(), r.payload.size());
  at += r.payload.size();
  const char* rest = out + kCheckBytes;
  put_fixed(out, check_of(r.topic, r.offset, {rest, static_cast<std::size_t>(at - rest)}));
}

const char* decode_record_unchecked(Topic topic, Offset offset, std::string_view value,
                                    RecordView& out) {
  if (value.size() <= kCheckBytes) return "the record is too short";
  ByteReader in(value.substr(kCheckBytes));
  const auto kind = in.fixed<std::uint8_t>();
  const std::uint64_t run = in.varint();
  out.topic = topic;
  out.offset = offset;
  out.sequence = offset + in.varint();
  out.event_time.ns = in.fixed<std::int64_t>();
  const std::int64_t delay = in.signed_varint();
  out.receive_time.ns = static_cast<std::int64_t>(static_cast<std::uint64_t>(out.event_time.ns) +
                                                  static_cast<std::uint64_t>(delay));
  out.append_time.ns = in.fixed<std::int64_t>();
  out.key = in.text();
  if (!in.ok()) return "the record's header runs past its end";
  if (!is_record_kind(kind)) return "the record's kind is not one of ours";
  if (run > UINT32_MAX) return "the record's run is too large";
  out.kind = static_cast<RecordKind>(kind);
  out.run = static_cast<RunId>(run);
  out.payload = in.rest();
  return nullptr;
}

const char* decode_record(Topic topic, Offset offset, std::string_view value, RecordView& out) {
  if (value.size() <= kCheckBytes) return "the record is too short";
  std::uint32_t stored = 0;
  std::memcpy(&stored, value.data(), sizeof(stored));
  if (stored != check_of(topic, offset, value.substr(kCheckBytes))) {
    return "the record's checksum does not match its bytes";
  }
  return decode_record_unchecked(topic, offset, value, out);
}

Status check_batch(const AppendBatch& batch) {
  for (const AppendBatch::Entry& entry : batch.entries()) {
    if (static_cast<std::size_t>(entry.topic) >= kTopics.size()) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("there is no topic number {}", static_cast<int>(entry.topic)));
    }
    if (!is_record_kind(static_cast<std::uint8_t>(entry.kind))) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("there is no record kind {}", static_cast<int>(entry.kind)));
    }
    if (entry.key_size + entry.payload_size > kMaxRecordBytes) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("a record of {} for {} is larger than the {} bytes a record may have",
                              entry.key_size + entry.payload_size, to_string(entry.topic),
                              kMaxRecordBytes));
    }
  }
  for (const StateWrite& write : batch.state()) {
    if (write.key.empty() || write.key.size() > kMaxStateKeyBytes) {
      return fail(ErrorCode::invalid_argument, fmt::format("a state key has 1 to {} bytes, not {}",
                                                           kMaxStateKeyBytes, write.key.size()));
    }
    if (write.value.size() > kMaxStateValueBytes) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("the state value of {} bytes under '{}' is larger than {} bytes",
                              write.value.size(), write.key, kMaxStateValueBytes));
    }
  }
  return {};
}

RecordView record_of(const AppendBatch& batch, const AppendBatch::Entry& entry, Offset offset,
                     Sequence sequence, Timestamp append_time) {
  return {entry.topic,      entry.kind,          entry.run,          offset,
          sequence,         entry.event_time,    entry.receive_time, append_time,
          batch.key(entry), batch.payload(entry)};
}

}  // namespace tapewire
