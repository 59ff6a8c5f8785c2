// SPDX-License-Identifier: Apache-2.0
// Opens the store's file: looks whether it is ours, sets the limits, creates or migrates the schema.
//
// Errors: in_use naming the other process; invalid_data for files of other programs and newer schemas;
//         corrupt for damage; not_found when reading only and there is none; io.
#pragma once

#include <filesystem>

#include "store/duck.h"
#include "store/store.h"

namespace tapewire {

Result<DuckDatabaseHandle> open_store_file(const std::filesystem::path& file,
                                           const StoreOptions& options,
                                           const std::filesystem::path& temporary);

}  // namespace tapewire
