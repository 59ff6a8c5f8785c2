// SPDX-License-Identifier: Apache-2.0
#include "eventlog/embedded/log_creation.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include <fmt/format.h>

#include "eventlog/embedded/log_environment.h"

namespace tapewire {
namespace {

namespace fs = std::filesystem;

// Two commits, so that both commit marks lead to a catalog.
Status fill(const fs::path& dir, bool sync) {
  constexpr std::size_t kFirstMapBytes = std::size_t{1} << 20;
  LogEnvironment environment(dir);
  TRY(environment.open({.read_only = false, .sync = sync, .map_bytes = kFirstMapBytes}));
  LogTransaction txn;
  int code = environment.begin(false, txn);
  if (code == 0) {
    Catalog catalog;
    code = environment.put_catalog(txn, catalog);
  }
  if (code == 0) code = txn.commit();
  if (code != 0) return environment.fail_code("cannot make", code);
  return {};
}

}  // namespace

Status make_log_directory(const fs::path& dir) {
  std::error_code error;
  if (fs::is_directory(dir, error)) return {};
  fs::create_directories(dir, error);
  if (error) return fail_errno("make the directory", dir.string(), error.value());
  return sync_directory(dir.has_parent_path() ? dir.parent_path() : fs::path("."));
}

Status make_log_file(const fs::path& dir, bool sync) {
  const fs::path path = dir / kDataFile;
  const fs::path draft = dir / "making";
  std::error_code error;
  fs::remove_all(draft, error);
  if (error) return fail_errno("remove", draft.string(), error.value());
  if (fs::exists(path, error)) return {};
  fs::create_directory(draft, error);
  if (error) return fail_errno("make the directory", draft.string(), error.value());
  TRY(fill(draft, sync));
  if (sync) {
    const FileHandle file(::open((draft / kDataFile).c_str(), O_RDWR | O_CLOEXEC));
    if (!file.open() || ::fsync(file.fd()) != 0) {
      return fail_errno("write to disk", draft.string(), errno);
    }
  }
  if (::rename((draft / kDataFile).c_str(), path.c_str()) != 0) {
    return fail_errno("make", path.string(), errno);
  }
  fs::remove_all(draft, error);
  return sync ? sync_directory(dir) : Status();
}

}  // namespace tapewire
