// SPDX-License-Identifier: Apache-2.0
// Writes and reads the checked envelope around a record's key and payload.
//
// Layout: crc32c u32 | kind u8 | run varint | sequence - offset varint | event_time i64 |
//         receive_time - event_time signed varint | append_time i64 | key size varint | key | payload.
//         The check covers offset u64, topic u8 and everything after itself.
// Errors: decoding never trusts a byte; a fault is named in words.
// Source: docs/formats.md, "Record envelope".
#pragma once

#include <cstddef>
#include <string_view>

#include "eventlog/event_log.h"

namespace tapewire {

// A record's key and payload together.
inline constexpr std::size_t kMaxRecordBytes = std::size_t{1} << 30;
inline constexpr std::size_t kMaxStateKeyBytes = 511;
inline constexpr std::size_t kMaxStateValueBytes = std::size_t{1} << 30;

// The exact number of bytes that `encode_record` writes.
std::size_t encoded_size(const RecordView& record);

// REQUIRES: `out` has room for encoded_size(record) bytes.
void encode_record(const RecordView& record, char* out);

// Checks `value` against its place in the log and fills `out`, whose views point into `value`.
// Returns what is wrong, or nullptr.
const char* decode_record(Topic topic, Offset offset, std::string_view value, RecordView& out);

// Fills all but the check's result: for measuring what the check costs.
const char* decode_record_unchecked(Topic topic, Offset offset, std::string_view value,
                                    RecordView& out);

// Says what in `batch` no log can hold: a foreign topic or kind, an oversized record, a bad state key.
Status check_batch(const AppendBatch& batch);

// The record that `entry` becomes at its place.
RecordView record_of(const AppendBatch& batch, const AppendBatch::Entry& entry, Offset offset,
                     Sequence sequence, Timestamp append_time);

}  // namespace tapewire
