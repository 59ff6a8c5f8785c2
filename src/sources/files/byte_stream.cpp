// SPDX-License-Identifier: Apache-2.0
#include "sources/files/byte_stream.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <zlib.h>

namespace tapewire {
namespace {
constexpr std::size_t kInputBytes = 256 << 10;
constexpr int kGzipWindow = 15 + 16;
}  // namespace

struct ByteStream::State {
  std::string path;
  int fd = -1;
  bool gzip = false;
  bool ended = false;
  bool inside_member = false;
  bool inflating = false;
  z_stream zlib{};
  std::vector<char> input;
  std::size_t input_at = 0;
  std::size_t input_end = 0;
  std::uint64_t consumed = 0;  // bytes of the file handed out or inflated
  std::string damage;

  ~State() {
    if (inflating) inflateEnd(&zlib);
    if (fd >= 0) ::close(fd);
  }

  Result<std::size_t> read_file(char* to, std::size_t capacity) {
    while (true) {
      const ssize_t got = ::read(fd, to, capacity);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) return fail_errno("cannot read", path, errno);
    }
  }

  Status refill() {
    if (input_at != input_end) return {};
    TRY_ASSIGN(input_end, read_file(input.data(), input.size()));
    input_at = 0;
    return {};
  }

  void stop(std::string what) {
    ended = true;
    damage = fmt::format("{} at byte {} of {}", what, consumed, path);
  }

  // Between members: more of them, padding zeros, or the end.
  Status begin_member() {
    TRY(refill());
    while (input_at != input_end && input[input_at] == '\0') {
      ++input_at;
      ++consumed;
      TRY(refill());
    }
    if (input_at == input_end) {
      ended = true;
      return {};
    }
    if (static_cast<unsigned char>(input[input_at]) != 0x1f) {
      stop("bytes that are not gzip follow the compressed data");
      return {};
    }
    inside_member = inflateReset2(&zlib, kGzipWindow) == Z_OK;
    return {};
  }

  Result<std::size_t> inflate_into(char* to, std::size_t capacity) {
    zlib.next_out = reinterpret_cast<Bytef*>(to);
    zlib.avail_out = static_cast<uInt>(std::min<std::size_t>(capacity, 1U << 30));
    const std::size_t wanted = zlib.avail_out;
    while (!ended && zlib.avail_out == wanted) {
      if (!inside_member) TRY(begin_member());
      if (ended) break;
      TRY(refill());
      if (input_at == input_end) {
        stop("the compressed data ends early (a truncated file)");
        break;
      }
      zlib.next_in = reinterpret_cast<Bytef*>(input.data() + input_at);
      zlib.avail_in = static_cast<uInt>(input_end - input_at);
      const int status = ::inflate(&zlib, Z_NO_FLUSH);
      const std::size_t left = zlib.avail_in;
      consumed += (input_end - input_at) - left;
      input_at = input_end - left;
      if (status == Z_STREAM_END) {
        inside_member = false;
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        stop(fmt::format("the compressed data is damaged ({})",
                         zlib.msg != nullptr ? zlib.msg : "no detail"));
      }
    }
    return wanted - zlib.avail_out;
  }
};

ByteStream::ByteStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
ByteStream::~ByteStream() = default;
ByteStream::ByteStream(ByteStream&&) noexcept = default;
ByteStream& ByteStream::operator=(ByteStream&&) noexcept = default;

Result<ByteStream> ByteStream::open(const std::string& path, bool must_be_gzip) {
  auto state = std::make_unique<State>();
  state->path = path;
  state->fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (state->fd < 0) return fail_errno("cannot open", path, errno);
#ifdef POSIX_FADV_SEQUENTIAL
  ::posix_fadvise(state->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
#endif
  state->input.resize(kInputBytes);
  TRY(state->refill());
  const bool magic =
      state->input_end >= 2 && state->input[0] == '\x1f' && state->input[1] == '\x8b';
  state->gzip = magic || must_be_gzip;
  if (state->gzip) {
    if (inflateInit2(&state->zlib, kGzipWindow) != Z_OK) {
      return fail(ErrorCode::internal, "cannot start zlib");
    }
    state->inflating = true;
    if (!magic) {
      state->stop(state->input_end == 0 ? "the file is empty, not gzip data"
                                        : "this is not gzip data");
    }
  }
  return ByteStream(std::move(state));
}

Result<std::size_t> ByteStream::read(char* to, std::size_t capacity) {
  State& s = *state_;
  if (s.ended || capacity == 0) return std::size_t{0};
  if (s.gzip) return s.inflate_into(to, capacity);
  if (s.input_at != s.input_end) {
    const std::size_t size = std::min(capacity, s.input_end - s.input_at);
    std::copy_n(s.input.data() + s.input_at, size, to);
    s.input_at += size;
    s.consumed += size;
    return size;
  }
  TRY_ASSIGN(const std::size_t size, s.read_file(to, capacity));
  s.consumed += size;
  return size;
}

const std::string& ByteStream::damage() const { return state_->damage; }
std::uint64_t ByteStream::file_bytes() const { return state_->consumed; }

Status ByteStream::seek(std::uint64_t offset) {
  State& s = *state_;
  if (::lseek(s.fd, static_cast<off_t>(offset), SEEK_SET) < 0)
    return fail_errno("cannot seek in", s.path, errno);
  s.input_at = s.input_end = 0;
  s.consumed = offset;
  s.ended = false;
  return {};
}

}  // namespace tapewire
