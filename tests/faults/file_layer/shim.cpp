// SPDX-License-Identifier: Apache-2.0
// A file layer that fails where it is told to: LD_PRELOAD this library into any program.
//
// It counts the calls that change files under a path, and at the chosen one returns an error, writes
// half, or takes the power away: every byte and name that was not yet synced goes back to what it was
// at its last sync, and the process ends with status 137.
//
// TAPEWIRE_FAULT_PATH   only files whose path contains this (required; nothing happens without it)
// TAPEWIRE_FAULT_KIND   count | enospc | eio | short | power_before | power_after
// TAPEWIRE_FAULT_AT     the call at which it happens, counted from 1
// TAPEWIRE_FAULT_TIMES  how many calls in a row fail (1); for errors only
// TAPEWIRE_FAULT_SEED   power loss: which 512-byte sectors of unsynced writes are lost (all when unset)
// TAPEWIRE_FAULT_NAMES  1: names not synced through their directory are lost as well
// TAPEWIRE_FAULT_SIDE   a directory on the same file system for files that names may come back to
// TAPEWIRE_FAULT_COUNT  a file that holds two native 64-bit numbers: calls counted, faults that happened
//
// Counted: write pwrite writev pwritev fsync fdatasync msync ftruncate fallocate, opening that makes a
// file, rename, unlink, mkdir. A write through an O_SYNC or O_DSYNC descriptor is synced when it returns.
// Limits: one process without fork; changes through a writable map are not seen.
#include "fault_layer.h"

extern "C" {

#define DEFINE_OPEN(name)                                                                     \
  int name(const char* path, int flags, ...) {                                                \
    REAL(name);                                                                               \
    va_list arguments;                                                                        \
    va_start(arguments, flags);                                                               \
    const mode_t mode = mode_of(flags, arguments);                                            \
    va_end(arguments);                                                                        \
    return break_open(AT_FDCWD, path, flags, [&] { return real_##name(path, flags, mode); }); \
  }
DEFINE_OPEN(open)
DEFINE_OPEN(open64)

#define DEFINE_OPENAT(name)                                                       \
  int name(int directory, const char* path, int flags, ...) {                     \
    REAL(name);                                                                   \
    va_list arguments;                                                            \
    va_start(arguments, flags);                                                   \
    const mode_t mode = mode_of(flags, arguments);                                \
    va_end(arguments);                                                            \
    return break_open(directory, path, flags,                                     \
                      [&] { return real_##name(directory, path, flags, mode); }); \
  }
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)

ssize_t write(int fd, const void* bytes, size_t size) {
  REAL(write);
  Watch watch;
  if (!watch) return real_write(fd, bytes, size);
  return break_write(fd, -1, size, [&](std::size_t n) { return real_write(fd, bytes, n); });
}

#define DEFINE_PWRITE(name)                                                           \
  ssize_t name(int fd, const void* bytes, size_t size, off_t at) {                    \
    REAL(name);                                                                       \
    Watch watch;                                                                      \
    if (!watch) return real_##name(fd, bytes, size, at);                              \
    return break_write(fd, at, size,                                                  \
                       [&](std::size_t n) { return real_##name(fd, bytes, n, at); }); \
  }
DEFINE_PWRITE(pwrite)
DEFINE_PWRITE(pwrite64)

ssize_t writev(int fd, const iovec* parts, int count) {
  REAL(writev);
  Watch watch;
  if (!watch) return real_writev(fd, parts, count);
  return break_write(fd, -1, total(parts, count), [&](std::size_t n) {
    const auto some = front(parts, count, n);
    return real_writev(fd, some.data(), static_cast<int>(some.size()));
  });
}

#define DEFINE_PWRITEV(name)                                                  \
  ssize_t name(int fd, const iovec* parts, int count, off_t at) {             \
    REAL(name);                                                               \
    Watch watch;                                                              \
    if (!watch) return real_##name(fd, parts, count, at);                     \
    return break_write(fd, at, total(parts, count), [&](std::size_t n) {      \
      const auto some = front(parts, count, n);                               \
      return real_##name(fd, some.data(), static_cast<int>(some.size()), at); \
    });                                                                       \
  }
DEFINE_PWRITEV(pwritev)
DEFINE_PWRITEV(pwritev64)

#define DEFINE_SYNC(name)                                   \
  int name(int fd) {                                        \
    REAL(name);                                             \
    Watch watch;                                            \
    if (!watch) return real_##name(fd);                     \
    return break_sync(fd, [&] { return real_##name(fd); }); \
  }
DEFINE_SYNC(fsync)
DEFINE_SYNC(fdatasync)

#define DEFINE_FTRUNCATE(name)                          \
  int name(int fd, off_t size) noexcept {               \
    REAL(name);                                         \
    Watch watch;                                        \
    TrackedFile* file = watch ? tracked(fd) : nullptr;  \
    if (file == nullptr) return real_##name(fd, size);  \
    return break_change(                                \
        [&] {                                           \
          if (file->fd >= 0) remember_cut(*file, size); \
          return real_##name(fd, size);                 \
        },                                              \
        [] {});                                         \
  }
DEFINE_FTRUNCATE(ftruncate)
DEFINE_FTRUNCATE(ftruncate64)

int fallocate(int fd, int mode, off_t at, off_t size) {
  REAL(fallocate);
  Watch watch;
  if (!watch || tracked(fd) == nullptr) return real_fallocate(fd, mode, at, size);
  return break_change([&] { return real_fallocate(fd, mode, at, size); }, [] {});
}

int posix_fallocate(int fd, off_t at, off_t size) {
  REAL(posix_fallocate);
  Watch watch;
  if (!watch || tracked(fd) == nullptr) return real_posix_fallocate(fd, at, size);
  const int result =
      break_change([&] { return real_posix_fallocate(fd, at, size) == 0 ? 0 : -1; }, [] {});
  return result == 0 ? 0 : errno;
}

int rename(const char* from, const char* to) noexcept {
  REAL(rename);
  Watch watch;
  const std::string path = watch ? absolute(AT_FDCWD, to) : std::string();
  if (!watch || !watched(path)) return real_rename(from, to);
  const std::string kept = settings.names && powered() ? keep_link(path) : std::string();
  return break_change(
      [&] { return real_rename(from, to); },
      [&] { remember_name({LostName::What::renamed, {}, path, absolute(AT_FDCWD, from), kept}); });
}

static int break_unlink(const std::string& path, int (*call)(const void*), const void* arguments) {
  const std::string kept = settings.names && powered() ? keep_link(path) : std::string();
  return break_change([&] { return call(arguments); },
                      [&] { remember_name({LostName::What::removed, {}, path, {}, kept}); });
}

int unlink(const char* name) noexcept {
  REAL(unlink);
  Watch watch;
  const std::string path = watch ? absolute(AT_FDCWD, name) : std::string();
  if (!watch || !watched(path)) return real_unlink(name);
  return break_unlink(
      path,
      [](const void* n) {
        return real<decltype(&::unlink)>("unlink")(static_cast<const char*>(n));
      },
      name);
}

int unlinkat(int directory, const char* name, int flags) noexcept {
  REAL(unlinkat);
  Watch watch;
  const std::string path = watch ? absolute(directory, name) : std::string();
  if (!watch || !watched(path) || (flags & AT_REMOVEDIR) != 0) {
    return real_unlinkat(directory, name, flags);
  }
  return break_unlink(
      path,
      [](const void* n) {
        return real<decltype(&::unlink)>("unlink")(static_cast<const char*>(n));
      },
      path.c_str());
}

int mkdir(const char* name, mode_t mode) noexcept {
  REAL(mkdir);
  Watch watch;
  const std::string path = watch ? absolute(AT_FDCWD, name) : std::string();
  if (!watch || !watched(path)) return real_mkdir(name, mode);
  return break_change([&] { return real_mkdir(name, mode); },
                      [&] { remember_name({LostName::What::made_directory, {}, path, {}, {}}); });
}

int msync(void* at, size_t size, int flags) {
  REAL(msync);
  Watch watch;
  if (!watch) return real_msync(at, size, flags);
  // A map does not say its file: counted and broken whatever it is of.
  return break_change([&] { return real_msync(at, size, flags); }, [] {});
}

}  // extern "C"
