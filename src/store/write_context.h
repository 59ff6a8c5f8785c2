// SPDX-License-Identifier: Apache-2.0
// Holds what the writers of one transaction share.
#pragma once

#include "store/day_reconcile.h"
#include "store/key_marks.h"
#include "store/shared_days.h"

namespace tapewire {

struct WriteContext {
  DuckConnection& connection;
  KeyMarks& marks;
  SharedDays* shared;  // null: days of several runs are not told apart
  DaysAgain& again;
};

}  // namespace tapewire
