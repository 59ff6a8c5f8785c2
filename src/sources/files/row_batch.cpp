// SPDX-License-Identifier: Apache-2.0
#include "sources/files/row_batch.h"

#include <fmt/format.h>

#include "sources/files/line_reader.h"

namespace tapewire {

DeadLetter refused_row(FileKind kind, std::string_view stage, Fault fault,
                       const RowOrigin& origin) {
  DeadLetter letter;
  letter.topic = topic_of(kind);
  letter.stage = stage;
  letter.source = "files";
  letter.origin = origin.path;
  if (origin.line != 0) {
    letter.origin +=
        fmt::format(":{}{}{}", origin.unit, origin.unit.empty() ? "" : " ", origin.line);
  }
  letter.reason = std::move(fault.reason);
  letter.field = std::move(fault.field);
  letter.expected = std::move(fault.expected);
  letter.payload = origin.original.substr(0, kPayloadBytesMax);
  const std::uint64_t total =
      origin.original_bytes != 0 ? origin.original_bytes : origin.original.size();
  if (total > letter.payload.size()) {
    letter.reason +=
        fmt::format(" (payload: the first {} of {} bytes)", letter.payload.size(), total);
  }
  return letter;
}

const ValidationLimits& recorded_limits(bool fresh) {
  thread_local ValidationLimits limits{.now = system_now()};
  if (fresh) limits.now = system_now();
  return limits;
}

}  // namespace tapewire
