// SPDX-License-Identifier: Apache-2.0
// What the shim knows of the files it breaks, and what becomes of each call: for shim.cpp alone.
#pragma once

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace {

enum class Kind { off, count, enospc, eio, half, power_before, power_after };
enum class Act { pass, fail, half, die_before, die_after };

using FileId = std::pair<dev_t, ino_t>;

// What a range of a file held when it was last synced.
struct LostRange {
  off_t at;
  std::string before;
};

struct TrackedFile {
  int fd = -1;  // our own, for putting bytes back
  off_t synced_size = 0;
  std::vector<LostRange> ranges;  // oldest first
};

// How to take back a change of names in a directory.
struct LostName {
  enum class What { made_file, made_directory, renamed, removed } what;
  FileId directory;
  std::string path;
  std::string before;  // renamed: the old name
  std::string kept;    // a link to what was replaced or removed; empty: nothing was
};

struct Settings {
  Kind kind = Kind::off;
  std::string path;
  std::string side;
  std::uint64_t at = 0;
  std::uint64_t times = 1;
  std::uint64_t seed = 0;
  bool names = false;
  std::uint64_t* counters = nullptr;
};

std::recursive_mutex mutex;
Settings settings;
std::map<FileId, TrackedFile> files;
std::vector<LostName> names;
std::uint64_t links_made = 0;
thread_local bool inside = false;

template <class F>
F real(const char* name) {
  return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}
#define REAL(name) static const auto real_##name = real<decltype(&::name)>(#name)

const char* setting(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

void read_settings() {
  static const bool once = [] {
    inside = true;
    settings.path = setting("TAPEWIRE_FAULT_PATH");
    settings.side = setting("TAPEWIRE_FAULT_SIDE");
    settings.at = std::strtoull(setting("TAPEWIRE_FAULT_AT"), nullptr, 10);
    if (*setting("TAPEWIRE_FAULT_TIMES") != 0) {
      settings.times = std::strtoull(setting("TAPEWIRE_FAULT_TIMES"), nullptr, 10);
    }
    settings.seed = std::strtoull(setting("TAPEWIRE_FAULT_SEED"), nullptr, 10);
    settings.names = *setting("TAPEWIRE_FAULT_NAMES") == '1';
    const std::pair<const char*, Kind> kinds[] = {{"count", Kind::count},
                                                  {"enospc", Kind::enospc},
                                                  {"eio", Kind::eio},
                                                  {"short", Kind::half},
                                                  {"power_before", Kind::power_before},
                                                  {"power_after", Kind::power_after}};
    for (const auto& [word, kind] : kinds) {
      if (std::strcmp(word, setting("TAPEWIRE_FAULT_KIND")) == 0) settings.kind = kind;
    }
    if (settings.path.empty()) settings.kind = Kind::off;
    if (*setting("TAPEWIRE_FAULT_COUNT") != 0) {
      REAL(open);
      const int fd = real_open(setting("TAPEWIRE_FAULT_COUNT"), O_RDWR | O_CLOEXEC, 0);
      void* map = ::mmap(nullptr, 16, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
      if (map != MAP_FAILED) settings.counters = static_cast<std::uint64_t*>(map);
    }
    inside = false;
    return true;
  }();
  (void)once;
}

// Calls made by the shim itself, and those of threads in the middle of one, go straight through.
class Watch {
 public:
  Watch() : lock_(mutex, std::defer_lock) {
    read_settings();
    watching_ = settings.kind != Kind::off && !inside;
    if (!watching_) return;
    lock_.lock();
    inside = true;
  }
  ~Watch() {
    if (watching_) inside = false;
  }
  explicit operator bool() const { return watching_; }

 private:
  std::unique_lock<std::recursive_mutex> lock_;
  bool watching_ = false;
};

bool watched(const std::string& path) { return path.find(settings.path) != std::string::npos; }

std::string path_of(int fd) {
  char link[64];
  std::snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  char path[4096];
  const ssize_t size = ::readlink(link, path, sizeof(path));
  return size > 0 ? std::string(path, static_cast<std::size_t>(size)) : std::string();
}

std::string absolute(int directory, const char* path) {
  if (path[0] == '/') return path;
  std::string base;
  if (directory == AT_FDCWD) {
    char here[4096];
    base = ::getcwd(here, sizeof(here)) != nullptr ? here : "";
  } else {
    base = path_of(directory);
  }
  return base + "/" + path;
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool id_of(const std::string& path, FileId& out) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return false;
  out = {status.st_dev, status.st_ino};
  return true;
}

bool powered() { return settings.kind == Kind::power_before || settings.kind == Kind::power_after; }

// Counts a call and says what becomes of it.
Act next_act() {
  static std::uint64_t calls = 0;
  ++calls;
  if (settings.counters != nullptr) settings.counters[0] = calls;
  const bool mine = calls >= settings.at && calls - settings.at < settings.times;
  if (settings.kind == Kind::count || settings.at == 0 || !mine) return Act::pass;
  if (settings.counters != nullptr) ++settings.counters[1];
  switch (settings.kind) {
    case Kind::enospc:
    case Kind::eio: return Act::fail;
    case Kind::half: return Act::half;
    case Kind::power_before: return Act::die_before;
    case Kind::power_after: return Act::die_after;
    default: return Act::pass;
  }
}

int error_number() { return settings.kind == Kind::enospc ? ENOSPC : EIO; }

// The file behind a descriptor that is watched; nullptr: not ours to break.
TrackedFile* tracked(int fd) {
  struct stat status{};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return nullptr;
  const std::string path = path_of(fd);
  if (!watched(path)) return nullptr;
  TrackedFile& file = files[{status.st_dev, status.st_ino}];
  if (file.fd < 0 && powered()) {
    char link[64];
    std::snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    REAL(open);
    file.fd = real_open(link, O_RDWR | O_CLOEXEC, 0);
    file.synced_size = status.st_size;
  }
  return &file;
}

// Remembers what [at, at + size) holds before it is written.
void remember(TrackedFile& file, off_t at, std::size_t size) {
  if (!powered() || file.fd < 0) return;
  LostRange range{at, std::string(size, '\0')};
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got =
        ::pread(file.fd, range.before.data() + have, size - have, at + static_cast<off_t>(have));
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  file.ranges.push_back(std::move(range));
}

// A file shorter than before: what was cut off was synced once and would come back.
void remember_cut(TrackedFile& file, off_t size) {
  struct stat status{};
  if (::fstat(file.fd, &status) == 0 && status.st_size > size) {
    remember(file, size, static_cast<std::size_t>(status.st_size - size));
  }
}

void synced(TrackedFile& file) {
  struct stat status{};
  if (file.fd < 0 || ::fstat(file.fd, &status) != 0) return;
  file.synced_size = status.st_size;
  file.ranges.clear();
}

// [at, at + size) is on disk: earlier ranges no longer take it back.
void range_synced(TrackedFile& file, off_t at, std::size_t size) {
  const off_t end = at + static_cast<off_t>(size);
  std::vector<LostRange> kept;
  for (LostRange& range : file.ranges) {
    const off_t range_end = range.at + static_cast<off_t>(range.before.size());
    if (range.at >= end || range_end <= at) {
      kept.push_back(std::move(range));
      continue;
    }
    if (range.at < at) {
      kept.push_back({range.at, range.before.substr(0, static_cast<std::size_t>(at - range.at))});
    }
    if (range_end > end) {
      kept.push_back({end, range.before.substr(static_cast<std::size_t>(end - range.at))});
    }
  }
  file.ranges = std::move(kept);
  if (file.synced_size < end) file.synced_size = end;
}

bool sector_is_lost(std::uint64_t sector) {
  if (settings.seed == 0) return true;
  std::uint64_t mixed = (sector + settings.seed) * 0x9e3779b97f4a7c15ULL;
  mixed = (mixed ^ (mixed >> 31)) * 0xbf58476d1ce4e5b9ULL;
  return (mixed >> 40 & 1) != 0;
}

void put_back(const TrackedFile& file) {
  REAL(pwrite);
  REAL(ftruncate);
  constexpr off_t kSector = 512;
  off_t size = file.synced_size;
  for (auto range = file.ranges.rbegin(); range != file.ranges.rend(); ++range) {
    for (off_t done = 0; done < static_cast<off_t>(range->before.size());) {
      const off_t at = range->at + done;
      const off_t piece =
          std::min<off_t>(kSector - at % kSector, static_cast<off_t>(range->before.size()) - done);
      if (sector_is_lost(static_cast<std::uint64_t>(at / kSector))) {
        (void)!real_pwrite(file.fd, range->before.data() + done, static_cast<std::size_t>(piece),
                           at);
      } else if (size < at + piece) {
        size = at + piece;
      }
      done += piece;
    }
  }
  (void)!real_ftruncate(file.fd, size);
}

void put_back(const LostName& name) {
  REAL(unlink);
  REAL(rename);
  switch (name.what) {
    case LostName::What::made_file: real_unlink(name.path.c_str()); break;
    case LostName::What::made_directory: ::rmdir(name.path.c_str()); break;
    case LostName::What::renamed: real_rename(name.path.c_str(), name.before.c_str()); break;
    case LostName::What::removed: break;
  }
  if (!name.kept.empty()) real_rename(name.kept.c_str(), name.path.c_str());
}

[[noreturn]] void lose_power() {
  for (const auto& [id, file] : files) {
    if (file.fd >= 0) put_back(file);
  }
  for (auto name = names.rbegin(); name != names.rend(); ++name) put_back(*name);
  ::_exit(137);
}

// A second name for what `path` names now, so that it can come back.
std::string keep_link(const std::string& path) {
  if (settings.side.empty()) return {};
  std::string kept = settings.side + "/kept" + std::to_string(++links_made);
  return ::link(path.c_str(), kept.c_str()) == 0 ? kept : std::string();
}

void remember_name(LostName name) {
  if (!settings.names || !powered() || !id_of(parent_of(name.path), name.directory)) return;
  names.push_back(std::move(name));
}

void names_synced(const FileId& directory) {
  std::erase_if(names, [&](const LostName& name) { return name.directory == directory; });
}

bool syncs_itself(int fd) { return (::fcntl(fd, F_GETFL) & O_DSYNC) != 0; }

// One write at `at` (-1: at the descriptor's own place) through `call(bytes)`.
template <class Call>
ssize_t break_write(int fd, off_t at, std::size_t size, Call&& call) {
  TrackedFile* file = tracked(fd);
  if (file == nullptr) return call(size);
  const Act act = next_act();
  if (act == Act::die_before) lose_power();
  if (act == Act::fail) {
    errno = error_number();
    return -1;
  }
  if (at < 0)
    at = (::fcntl(fd, F_GETFL) & O_APPEND) != 0 ? ::lseek(fd, 0, SEEK_END)
                                                : ::lseek(fd, 0, SEEK_CUR);
  if (act == Act::half && size > 1) size /= 2;
  remember(*file, at, size);
  const ssize_t written = call(size);
  if (written > 0 && syncs_itself(fd)) range_synced(*file, at, static_cast<std::size_t>(written));
  if (act == Act::die_after) lose_power();
  return written;
}

template <class Call>
int break_sync(int fd, Call&& call) {
  struct stat status{};
  if (::fstat(fd, &status) != 0 || !watched(path_of(fd) + "/")) return call();
  const bool directory = S_ISDIR(status.st_mode);
  TrackedFile* file = directory ? nullptr : tracked(fd);
  if (!directory && file == nullptr) return call();
  const Act act = next_act();
  if (act == Act::die_before) lose_power();
  if (act == Act::fail || act == Act::half) {
    errno = error_number();
    return -1;
  }
  const int result = call();
  if (result == 0 && directory) names_synced({status.st_dev, status.st_ino});
  if (result == 0 && file != nullptr) synced(*file);
  if (act == Act::die_after) lose_power();
  return result;
}

// A change of names or sizes: fails, or is done and remembered.
template <class Call, class Remember>
int break_change(Call&& call, Remember&& remember_it) {
  const Act act = next_act();
  if (act == Act::die_before) lose_power();
  if (act == Act::fail || act == Act::half) {
    errno = error_number();
    return -1;
  }
  const int result = call();
  const int error = errno;
  if (result >= 0) remember_it();
  if (act == Act::die_after) lose_power();
  errno = error;
  return result;
}

std::size_t total(const iovec* parts, int count) {
  std::size_t size = 0;
  for (int i = 0; i < count; ++i) size += parts[i].iov_len;
  return size;
}

// The first `size` bytes of `parts`.
std::vector<iovec> front(const iovec* parts, int count, std::size_t size) {
  std::vector<iovec> out;
  for (int i = 0; i < count && size > 0; ++i) {
    out.push_back({parts[i].iov_base, std::min(parts[i].iov_len, size)});
    size -= out.back().iov_len;
  }
  return out;
}

template <class Call>
int break_open(int directory, const char* name, int flags, Call&& call) {
  Watch watch;
  const std::string path = watch ? absolute(directory, name) : std::string();
  if (!watch || !watched(path)) return call();
  struct stat status{};
  const bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && (flags & O_TRUNC) != 0 && status.st_size > 0 && powered()) {
    REAL(open);
    const int fd = real_open(path.c_str(), O_RDWR | O_CLOEXEC, 0);
    if (TrackedFile* file = tracked(fd)) remember_cut(*file, 0);
    ::close(fd);
  }
  if (exists || (flags & O_CREAT) == 0) return call();
  return break_change(call, [&] { remember_name({LostName::What::made_file, {}, path, {}, {}}); });
}

mode_t mode_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace
