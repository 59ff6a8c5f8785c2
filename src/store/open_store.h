// SPDX-License-Identifier: Apache-2.0
// Opens the store's file: looks whether it is ours and whole, sets the limits, creates or migrates the
// schema.
//
// Damage: a last transaction that is not whole is cut off when opening for writing, as its rows and its
//         offset go together and the log gives them again; all other damage is refused.
// Errors: in_use naming the other process; invalid_data for files of other programs and newer schemas;
//         corrupt for damage; not_found when reading only and there is none; io.
#pragma once

#include <filesystem>
#include <string>

#include "store/duck.h"
#include "store/store.h"

namespace tapewire {

struct OpenedStore {
  DuckDatabaseHandle database;
  std::string note;  // what was mended, in words; empty: nothing
};
Result<OpenedStore> open_store_file(const std::filesystem::path& file, const StoreOptions& options,
                                    const std::filesystem::path& temporary);

// Names the file in an error that comes from it, and says of damage what can be done.
Error name_store_file(const std::filesystem::path& file, Error error);

}  // namespace tapewire
