// SPDX-License-Identifier: Apache-2.0
#include "eventlog/embedded/catalog.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/crc32c.h"

namespace tapewire {
namespace {

constexpr std::string_view kMagic = "TWLG";
constexpr std::size_t kCheckBytes = 4;

std::uint32_t state_check(std::string_view key, std::string_view value) {
  const std::uint64_t size = key.size();
  const std::string_view prefix(reinterpret_cast<const char*>(&size), sizeof(size));
  return crc32c(value, crc32c(key, crc32c(prefix)));
}

}  // namespace

Catalog::Catalog() {
  for (std::size_t i = 0; i < kTopics.size(); ++i) topics[i].topic = kTopics[i];
}

std::string encode_catalog(const Catalog& catalog) {
  std::string out(kMagic);
  ByteWriter write(out);
  write.fixed(kLogFormat);
  write.fixed(catalog.transaction);
  write.fixed(catalog.next_sequence);
  write.fixed(catalog.state_entries);
  write.fixed(catalog.state_digest);
  write.fixed(static_cast<std::uint32_t>(catalog.topics.size()));
  for (const TopicInfo& info : catalog.topics) {
    write.fixed(static_cast<std::uint32_t>(info.topic));
    write.fixed(info.first_offset);
    write.fixed(info.end_offset);
    write.fixed(info.records);
    write.fixed(info.bytes);
    write.fixed(info.newest_event_time.ns);
  }
  write.fixed(crc32c(out));
  return out;
}

Result<Catalog> decode_catalog(std::string_view bytes) {
  if (bytes.size() < kMagic.size() + kCheckBytes || !bytes.starts_with(kMagic)) {
    return fail(ErrorCode::corrupt, "the log's catalog does not begin with its mark");
  }
  const std::string_view checked = bytes.substr(0, bytes.size() - kCheckBytes);
  if (ByteReader(bytes.substr(checked.size())).fixed<std::uint32_t>() != crc32c(checked)) {
    return fail(ErrorCode::corrupt, "the checksum of the log's catalog does not match its bytes");
  }
  ByteReader in(checked.substr(kMagic.size()));
  if (const auto format = in.fixed<std::uint32_t>(); format != kLogFormat) {
    return fail(ErrorCode::invalid_data,
                fmt::format("the event log has format {}, this program reads format {}", format,
                            kLogFormat));
  }
  Catalog out;
  out.transaction = in.fixed<std::uint64_t>();
  out.next_sequence = in.fixed<std::uint64_t>();
  out.state_entries = in.fixed<std::uint64_t>();
  out.state_digest = in.fixed<std::uint64_t>();
  const auto topics = in.fixed<std::uint32_t>();
  for (std::uint32_t i = 0; i < topics && in.ok(); ++i) {
    const auto number = in.fixed<std::uint32_t>();
    TopicInfo info;
    info.first_offset = in.fixed<Offset>();
    info.end_offset = in.fixed<Offset>();
    info.records = in.fixed<std::uint64_t>();
    info.bytes = in.fixed<std::uint64_t>();
    info.newest_event_time.ns = in.fixed<std::int64_t>();
    const bool counted =
        info.first_offset <= info.end_offset && info.end_offset - info.first_offset == info.records;
    if (number >= kTopics.size() || !counted) {
      return fail(ErrorCode::corrupt, "the log's catalog counts a topic wrongly");
    }
    info.topic = static_cast<Topic>(number);
    out.topics[number] = info;
  }
  if (!in.ok() || !in.done()) {
    return fail(ErrorCode::corrupt, "the log's catalog does not have its stated length");
  }
  return out;
}

std::string encode_state(std::string_view key, std::string_view value) {
  std::string out;
  out.reserve(kCheckBytes + value.size());
  ByteWriter(out).fixed(state_check(key, value));
  out.append(value);
  return out;
}

const char* decode_state(std::string_view key, std::string_view stored, std::string_view& value) {
  if (stored.size() <= kCheckBytes) return "the state value is too short";
  value = stored.substr(kCheckBytes);
  if (ByteReader(stored).fixed<std::uint32_t>() != state_check(key, value)) {
    return "the state value's checksum does not match its bytes";
  }
  return nullptr;
}

std::uint64_t state_mark(std::string_view stored) {
  std::uint64_t mark = ByteReader(stored).fixed<std::uint32_t>() + 0x9e3779b97f4a7c15ULL;
  mark = (mark ^ (mark >> 30)) * 0xbf58476d1ce4e5b9ULL;
  mark = (mark ^ (mark >> 27)) * 0x94d049bb133111ebULL;
  return mark ^ (mark >> 31);
}

}  // namespace tapewire
