// SPDX-License-Identifier: Apache-2.0
// Shows a record of the log to a person or a program.
#pragma once

#include <string>

#include "base/result.h"
#include "eventlog/event_log.h"

namespace tapewire {

// {"topic","offset","run","kind","event_time","receive_time","append_time","key","value":{..}}
Result<std::string> record_json(const RecordView& record);
// One line: offset, time, kind, key and the values that matter.
Result<std::string> record_line(const RecordView& record);

}  // namespace tapewire
