// SPDX-License-Identifier: Apache-2.0
// Writes and reads the log's own account of itself, one checked value that every commit renews.
//
// Why: LMDB keeps the two newest commits; a flipped bit can make it take the older one, or follow a
//      pointer to an old copy of a page. The catalog names the commit that wrote it, and what the
//      topics and the state then held, so that neither goes unseen.
// Source: docs/formats.md, "Catalog".
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "eventlog/event_log.h"

namespace tapewire {

// The number of the log's format; a log of another number is refused.
inline constexpr std::uint32_t kLogFormat = 1;

struct Catalog {
  std::uint64_t transaction = 0;
  Sequence next_sequence = 0;
  std::uint64_t state_entries = 0;
  // Sum (mod 2^64) of `state_mark` over all state entries.
  std::uint64_t state_digest = 0;
  std::array<TopicInfo, kTopics.size()> topics;  // by topic number

  Catalog();
  [[nodiscard]] TopicInfo& of(Topic topic) { return topics[static_cast<std::size_t>(topic)]; }
  [[nodiscard]] const TopicInfo& of(Topic topic) const {
    return topics[static_cast<std::size_t>(topic)];
  }
};

std::string encode_catalog(const Catalog& catalog);
// `corrupt` when a check fails, `invalid_data` when the format is another version's.
Result<Catalog> decode_catalog(std::string_view bytes);

// A state value as it is stored: its check, then its bytes.
std::string encode_state(std::string_view key, std::string_view value);
// Returns what is wrong, or nullptr.
const char* decode_state(std::string_view key, std::string_view stored, std::string_view& value);
// Stands for one stored entry in Catalog::state_digest.
std::uint64_t state_mark(std::string_view stored);

}  // namespace tapewire
