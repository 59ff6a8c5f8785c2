// SPDX-License-Identifier: Apache-2.0
// Gives the records of several topics in the order of their sequence.
//
// Cursor: `bool at_end()`, `const RecordView& record()` (valid until advanced), `Status advance()`.
#pragma once

#include <cstddef>
#include <span>

#include "eventlog/event_log.h"

namespace tapewire {

// Advances from[i] past what cursors[i] gave. Gives at least one record when there is one and the
// limit's `records` is not zero, however large it is.
template <class Cursor>
Result<std::size_t> read_merged(std::span<TopicPosition> from, std::span<Cursor> cursors,
                                ReadLimit limit, const EventLog::Visitor& visit) {
  std::size_t given = 0;
  std::size_t bytes = 0;
  while (given < limit.records && (given == 0 || bytes < limit.bytes)) {
    std::size_t next = cursors.size();
    for (std::size_t i = 0; i < cursors.size(); ++i) {
      if (cursors[i].at_end()) continue;
      if (next == cursors.size() ||
          cursors[i].record().sequence < cursors[next].record().sequence) {
        next = i;
      }
    }
    if (next == cursors.size()) break;
    const RecordView& record = cursors[next].record();
    bytes += record.key.size() + record.payload.size();
    ++given;
    from[next].offset = record.offset + 1;
    if (!visit(record)) break;
    // The record after the last one is not looked at: damage there is the next read's.
    if (given >= limit.records || bytes >= limit.bytes) break;
    TRY(cursors[next].advance());
  }
  return given;
}

}  // namespace tapewire
