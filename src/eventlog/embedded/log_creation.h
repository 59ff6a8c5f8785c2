// SPDX-License-Identifier: Apache-2.0
// Makes a new event log, whole or not at all.
//
// Why: LMDB makes its file in steps and syncs no directory; a crash between them would leave a file
//      that no one can open. The log is made in a folder of its own and moved into place.
// REQUIRES: no other writer (DataLock).
#pragma once

#include <filesystem>

#include "base/result.h"

namespace tapewire {

Status make_log_directory(const std::filesystem::path& dir);
// Does nothing where there is a log already.
Status make_log_file(const std::filesystem::path& dir, bool sync);

}  // namespace tapewire
