// SPDX-License-Identifier: Apache-2.0
#include "sources/files/row_run.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "model/codec.h"

namespace tapewire {
namespace {

constexpr int kPlaceBits = 40;
constexpr int kOffsetBits = 20;
constexpr std::uint64_t kPlaceMask = (std::uint64_t{1} << kPlaceBits) - 1;
constexpr std::uint64_t kOffsetMask = (std::uint64_t{1} << kOffsetBits) - 1;
// Refused rows have no symbol and come behind all others of their time.
constexpr std::uint32_t kRefusedRank = (1U << 24) - 1;
constexpr std::size_t kBlocksMax = 1U << 20;

// size, kind, rounded, sequence
constexpr std::size_t kRowHead = 4 + 1 + 1 + 8;

template <class T>
T load(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

template <class T>
Status put(Result<T> decoded, Timestamp receive_time, EventBatch& out) {
  if (!decoded) return std::unexpected(std::move(decoded).error());
  out.add(*std::move(decoded), receive_time);
  return {};
}

}  // namespace

Status unpack_row(const RowOrder& order, const PackedRow& row, Timestamp receive_time,
                  EventBatch& out) {
  out.rounded += row.rounded;
  switch (order.kind) {
    case EventBatch::Kind::bar:
      return put(decode_bar(order.symbol.view(), row.payload), receive_time, out);
    case EventBatch::Kind::trade:
      return put(decode_trade(order.symbol.view(), row.payload), receive_time, out);
    case EventBatch::Kind::quote:
      return put(decode_quote(order.symbol.view(), row.payload), receive_time, out);
    case EventBatch::Kind::news: {
      ByteReader in(row.payload);
      const std::string_view search = in.text();
      return put(decode_news(search, in.rest()), receive_time, out);
    }
    case EventBatch::Kind::rejected: {
      TRY_ASSIGN(DeadLetter letter, decode_dead_letter("files", row.payload));
      out.add(Rejected{std::move(letter), receive_time});
      return {};
    }
  }
  return fail(ErrorCode::internal, "a packed row of no known kind");
}

RowRun::RowRun(std::size_t block_bytes)
    : block_bytes_(std::clamp<std::size_t>(block_bytes, 4096, kOffsetMask + 1)) {}

std::uint32_t RowRun::number_of(const Symbol& symbol) {
  // Files are sorted by symbol, as a rule.
  if (!symbols_.empty() && symbols_[newest_] == symbol) return newest_;
  const auto [at, inserted] =
      numbers_.try_emplace(symbol, static_cast<std::uint32_t>(symbols_.size()));
  if (inserted) symbols_.push_back(symbol);
  return newest_ = at->second;
}

void RowRun::add(const EventBatch& events, const EventBatch::Ref& ref, std::uint8_t rounded) {
  packed_.assign(kRowHead, '\0');
  std::uint32_t symbol = kRefusedRank;
  std::int64_t sequence = 0;
  switch (ref.kind) {
    case EventBatch::Kind::bar:
      symbol = number_of(events.bars[ref.index].symbol);
      encode(events.bars[ref.index], packed_);
      break;
    case EventBatch::Kind::trade:
      symbol = number_of(events.trades[ref.index].symbol);
      sequence = events.trades[ref.index].sequence;
      encode(events.trades[ref.index], packed_);
      break;
    case EventBatch::Kind::quote:
      symbol = number_of(events.quotes[ref.index].symbol);
      sequence = events.quotes[ref.index].sequence;
      encode(events.quotes[ref.index], packed_);
      break;
    case EventBatch::Kind::news:
      symbol = number_of(Symbol{});
      ByteWriter(packed_).text(events.news[ref.index].search);
      encode(events.news[ref.index], packed_);
      break;
    case EventBatch::Kind::rejected: encode(events.rejected[ref.index].letter, packed_); break;
  }
  has_sequence_ = has_sequence_ || sequence != 0;
  const auto size = static_cast<std::uint32_t>(packed_.size());
  std::memcpy(packed_.data(), &size, sizeof size);
  packed_[4] = static_cast<char>(ref.kind);
  packed_[5] = static_cast<char>(rounded);
  std::memcpy(packed_.data() + 6, &sequence, sizeof sequence);
  store(ref.receive_time, symbol, packed_);
}

void RowRun::store(Timestamp time, std::uint32_t symbol, std::string_view packed) {
  if (blocks_.empty() || block_size_ - block_used_ < packed.size()) {
    block_size_ = std::max(block_bytes_, packed.size());
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_size_));
    block_used_ = 0;
    blocks_bytes_ += block_size_;
  }
  std::memcpy(blocks_.back().get() + block_used_, packed.data(), packed.size());
  const std::uint64_t place = std::uint64_t{blocks_.size() - 1} << kOffsetBits | block_used_;
  keys_.push_back({time.ns, std::uint64_t{symbol} << kPlaceBits | place});
  block_used_ += packed.size();
}

const char* RowRun::at(std::uint64_t place) const {
  return blocks_[(place & kPlaceMask) >> kOffsetBits].get() + (place & kOffsetMask);
}

void RowRun::sort() {
  // Symbol numbers become ranks, so that keys compare as symbols do.
  std::vector<std::uint32_t> by_rank(symbols_.size());
  std::iota(by_rank.begin(), by_rank.end(), 0U);
  std::ranges::sort(by_rank,
                    [&](std::uint32_t a, std::uint32_t b) { return symbols_[a] < symbols_[b]; });
  std::vector<std::uint64_t> rank(symbols_.size());
  std::vector<Symbol> sorted(symbols_.size());
  for (std::size_t i = 0; i < by_rank.size(); ++i) {
    rank[by_rank[i]] = i;
    sorted[i] = symbols_[by_rank[i]];
  }
  symbols_ = std::move(sorted);
  numbers_ = {};
  for (Key& key : keys_) {
    const std::uint64_t number = key.place >> kPlaceBits;
    if (number != kRefusedRank) key.place = rank[number] << kPlaceBits | (key.place & kPlaceMask);
  }
  if (!has_sequence_) {
    std::sort(keys_.begin(), keys_.end(), [](const Key& a, const Key& b) {
      return a.time != b.time ? a.time < b.time : a.place < b.place;
    });
    return;
  }
  std::sort(keys_.begin(), keys_.end(), [this](const Key& a, const Key& b) {
    if (a.time != b.time) return a.time < b.time;
    if (a.place >> kPlaceBits != b.place >> kPlaceBits) return a.place < b.place;
    const auto left = load<std::int64_t>(at(a.place) + 6);
    const auto right = load<std::int64_t>(at(b.place) + 6);
    return left != right ? left < right : a.place < b.place;
  });
}

bool RowRun::full() const {
  return symbols_.size() + 2 >= kRefusedRank || blocks_.size() + 1 >= kBlocksMax;
}

std::size_t RowRun::bytes() const {
  return blocks_bytes_ + keys_.size() * sizeof(Key) + symbols_.size() * (2 * sizeof(Symbol) + 32);
}

RowOrder RowRun::order(std::size_t i) const {
  const Key& key = keys_[i];
  const char* row = at(key.place);
  const auto rank = static_cast<std::size_t>(key.place >> kPlaceBits);
  return {Timestamp{key.time}, static_cast<EventBatch::Kind>(row[4]),
          rank == kRefusedRank ? Symbol{} : symbols_[rank], load<std::int64_t>(row + 6)};
}

PackedRow RowRun::row(std::size_t i) const {
  const char* row = at(keys_[i].place);
  return {static_cast<std::uint8_t>(row[5]), {row + kRowHead, load<std::uint32_t>(row) - kRowHead}};
}

void RowRun::prefetch(std::size_t i) const {
  if (i < keys_.size()) __builtin_prefetch(at(keys_[i].place));
}

}  // namespace tapewire
