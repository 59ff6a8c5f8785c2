// SPDX-License-Identifier: Apache-2.0
// Reads DuckDB's write-ahead log as far as its frames go and says whether all of it is in order.
//
// Why:    DuckDB takes some damage for the log's end and goes on with an older state, without a word;
//         and does not open a store whose last transaction lost bytes with the power.
// Errors: io; what is wrong with the bytes is the result.
// Source: DuckDB 1.5, log version 2: an entry that names the database, without a check; then entries
//         [size u64][check u64][size bytes], those of a transaction ended by the entry 64 00 64 ff ff.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace tapewire {

enum class WalState {
  whole,  // nothing wrong; a transaction without an end at its end was never committed
  unfinished,  // ends with a piece of a transaction, as after a kill
  last_damaged,  // the last transaction is: lost with the power before it was synced, or damaged since
  damaged,  // damage with more transactions behind it
};

struct WalCheck {
  WalState state = WalState::whole;
  std::uint64_t commits_end = 0;  // behind the last transaction before any damage; 0: there is none
  std::uint64_t at = 0;  // the first entry that is not whole
};

Result<WalCheck> check_wal(const std::filesystem::path& file);

// The check of DuckDB's blocks and entries.
std::uint64_t duck_checksum(std::string_view bytes);

}  // namespace tapewire
