// SPDX-License-Identifier: Apache-2.0
// Shows a record of the log to a person or a program.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "eventlog/event_log.h"

namespace tapewire {

// {"topic","offset","run","kind","event_time","receive_time","append_time","key","value":{..}}
Result<std::string> record_json(const RecordView& record);
// One line: offset, time, kind, key and the values that matter.
Result<std::string> record_line(const RecordView& record);

// A letter of the pipeline holds its record in the log's own encoding: puts the record's JSON in its place.
// A record that was trimmed meanwhile stays as it is.
Status make_readable(EventLog& log, DeadLetter& letter);

// "AAPL, stock-prices offset 12" -> 12: where a letter of the pipeline has its record.
std::optional<Offset> record_offset(const DeadLetter& letter);

}  // namespace tapewire
