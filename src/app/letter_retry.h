// SPDX-License-Identifier: Apache-2.0
// Gives dead letters another try: reads their original bytes again, as their source did.
//
// Shape:  a row of a recorded file (its header is read from the file, or is the layout's own), an article's
//         or frame's JSON, or a record that the pipeline refused.
// State:  "dead-letter/<offset>" -> "run=<id>" for a letter that has become an event; it is not tried again.
// Run:    what is accepted goes through the pipeline as a run of its own.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "eventlog/event_log.h"
#include "model/event_batch.h"

namespace tapewire {

struct LetterRecord {
  Offset offset = 0;
  Timestamp receive_time;
  DeadLetter letter;
};

Result<std::vector<LetterRecord>> read_letters(EventLog& log);
// Offsets of letters that became events.
Result<std::vector<Offset>> retried_letters(EventLog& log);

// Adds what the letter now gives to `batch`: events, or a Rejected that says what is still wrong.
Status parse_letter(const LetterRecord& letter, EventLog& log, EventBatch& batch);

std::string retried_key(Offset offset);

// Adds the trades that the log has of the minutes of the batch's trades, but for those refused: a bar of a
// minute is built from all its trades, so a run of its own needs all of them.
Status add_trades_of_same_minutes(EventLog& log, const std::vector<LetterRecord>& refused,
                                  EventBatch& batch);

}  // namespace tapewire
