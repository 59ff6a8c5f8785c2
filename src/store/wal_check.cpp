// SPDX-License-Identifier: Apache-2.0
#include "store/wal_check.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "base/bytes.h"

namespace tapewire {
namespace {

constexpr std::size_t kFrameBytes = 16;
// The longest first entry: 16 identifying bytes and the checkpoint's number, as variable-length numbers.
constexpr std::size_t kFirstEntryBytesMax = 64;
constexpr std::uint64_t kWordFactor = 0xbf58476d1ce4e5b9ULL;

// Fields of DuckDB's serialized objects are a u16 number and the value; 0xffff ends the object.
constexpr std::uint16_t kTypeField = 100;
constexpr std::uint16_t kObjectEnd = 0xffff;
constexpr std::uint64_t kVersionEntry = 98;
constexpr std::uint64_t kLogVersion = 2;
constexpr std::uint64_t kIdentifierBytes = 16;

// What ends a transaction, with its frame.
const std::string& commit_entry() {
  static const std::string bytes = [] {
    constexpr std::string_view kEntry("\x64\x00\x64\xff\xff", 5);
    std::string out;
    ByteWriter write(out);
    write.fixed<std::uint64_t>(kEntry.size());
    write.fixed(duck_checksum(kEntry));
    return out.append(kEntry);
  }();
  return bytes;
}

// The first entry's length; 0 when it is not one.
std::size_t first_entry_bytes(std::string_view head) {
  ByteReader in(head);
  bool good = in.fixed<std::uint16_t>() == kTypeField && in.varint() == kVersionEntry;
  good = good && in.fixed<std::uint16_t>() == kTypeField + 1 && in.varint() == kLogVersion;
  good = good && in.fixed<std::uint16_t>() == kTypeField + 2 && in.varint() == kIdentifierBytes;
  for (std::uint64_t i = 0; good && i < kIdentifierBytes; ++i) good = in.varint() <= 255;
  good = good && in.fixed<std::uint16_t>() == kTypeField + 3;
  in.varint();
  good = good && in.fixed<std::uint16_t>() == kObjectEnd && in.ok();
  return good ? head.size() - in.rest().size() : 0;
}

bool is_commit_but_for_a_bit(std::string_view bytes) {
  const std::string& commit = commit_entry();
  if (bytes.size() != commit.size()) return false;
  int different = 0;
  for (std::size_t i = 0; i < commit.size(); ++i) {
    different += std::popcount(static_cast<unsigned char>(bytes[i] ^ commit[i]));
  }
  return different <= 1;
}

// `rest` begins with what cannot be read. Frames behind it may be out of reach, but commits are alike.
WalState state_of(std::string_view rest) {
  const std::string& commit = commit_entry();
  // The damage may be in a commit itself.
  if (rest.size() > commit.size() && is_commit_but_for_a_bit(rest.substr(0, commit.size()))) {
    return WalState::damaged;
  }
  const std::size_t found = rest.find(commit);
  if (found != std::string_view::npos && found + commit.size() < rest.size()) {
    // One that ends the log is the last transaction's own.
    return WalState::damaged;
  }
  const bool committed = rest.size() >= commit.size() &&
                         is_commit_but_for_a_bit(rest.substr(rest.size() - commit.size()));
  return committed ? WalState::last_damaged : WalState::unfinished;
}

class Walk {
 public:
  explicit Walk(const std::filesystem::path& file) : in_(file, std::ios::binary) {}

  Result<WalCheck> run(std::uint64_t size) {
    if (!in_) return std::unexpected(Error{ErrorCode::io, "cannot read it", false});
    size_ = size;
    read(0, std::min<std::uint64_t>(size, kFirstEntryBytesMax));
    std::uint64_t at = first_entry_bytes(bytes_);
    bool good = at > 0;
    while (good && at < size) {
      good = take_entry(at);
      if (!good) break;
      at += kFrameBytes + bytes_.size();
      if (commit_entry().compare(kFrameBytes, std::string::npos, bytes_) == 0)
        out_.commits_end = at;
    }
    if (!good) {
      read(at, size - at);
      out_.state = state_of(bytes_);
      out_.at = at;
    }
    if (in_.bad()) return std::unexpected(Error{ErrorCode::io, "cannot read it", false});
    return out_;
  }

 private:
  void read(std::uint64_t at, std::uint64_t count) {
    bytes_.resize(count);
    in_.clear();
    in_.seekg(static_cast<std::streamoff>(at));
    in_.read(bytes_.data(), static_cast<std::streamsize>(count));
    bytes_.resize(static_cast<std::size_t>(in_.gcount()));
  }

  // Leaves the entry in bytes_; false when it is not whole.
  bool take_entry(std::uint64_t at) {
    if (size_ - at < kFrameBytes) return false;
    read(at, kFrameBytes);
    ByteReader frame(bytes_);
    const auto size = frame.fixed<std::uint64_t>();
    const auto check = frame.fixed<std::uint64_t>();
    if (!frame.ok() || size > size_ - at - kFrameBytes) return false;
    read(at + kFrameBytes, size);
    return bytes_.size() == size && duck_checksum(bytes_) == check;
  }

  std::ifstream in_;
  std::uint64_t size_ = 0;
  std::string bytes_;
  WalCheck out_;
};

// MurmurHash64A, for the 1 to 7 bytes behind the last word.
std::uint64_t hash_of_tail(std::string_view bytes) {
  constexpr std::uint64_t kFactor = 0xc6a4a7935bd1e995ULL;
  constexpr std::uint64_t kSeed = 0xe17a1465ULL;
  std::uint64_t hash = kSeed ^ (bytes.size() * kFactor);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    hash ^= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  hash *= kFactor;
  hash ^= hash >> 47;
  hash *= kFactor;
  return hash ^ hash >> 47;
}

}  // namespace

std::uint64_t duck_checksum(std::string_view bytes) {
  std::uint64_t sum = 5381;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof(word));
    sum ^= word * kWordFactor;
  }
  return bytes.empty() ? sum : sum ^ hash_of_tail(bytes);
}

Result<WalCheck> check_wal(const std::filesystem::path& file) {
  std::error_code fault;
  const std::uintmax_t size = std::filesystem::file_size(file, fault);
  if (fault == std::errc::no_such_file_or_directory || (!fault && size == 0)) return WalCheck{};
  if (fault) return fail_errno("read", file.string(), fault.value());
  auto out = Walk(file).run(size);
  if (!out) out.error().message = file.string() + ": " + out.error().message;
  return out;
}

}  // namespace tapewire
