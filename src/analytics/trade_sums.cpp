// SPDX-License-Identifier: Apache-2.0
#include "analytics/trade_sums.h"

namespace tapewire {

void TradeSums::save(ByteWriter& out) const {
  using Bits = unsigned __int128;
  out.fixed(static_cast<std::uint64_t>(static_cast<Bits>(notional_)));
  out.fixed(static_cast<std::uint64_t>(static_cast<Bits>(notional_) >> 64));
  for (const std::int64_t n : {volume_, std::int64_t{transactions_}, high_, low_})
    out.signed_varint(n);
  out.fixed(first_time_);
  out.fixed(last_time_);
  for (const std::int64_t n : {first_sequence_, first_price_, last_sequence_, last_price_}) {
    out.signed_varint(n);
  }
  out.signed_varint(first_exchange_);
  out.signed_varint(last_exchange_);
  out.fixed(
      static_cast<std::uint8_t>((has_open_ ? 1 : 0) | (has_high_ ? 2 : 0) | (too_large_ ? 4 : 0)));
}

void TradeSums::load(ByteReader& in) {
  using Bits = unsigned __int128;
  const Bits low = in.fixed<std::uint64_t>();
  const Bits high = in.fixed<std::uint64_t>();
  notional_ = static_cast<Int128>(high << 64 | low);
  volume_ = in.signed_varint();
  transactions_ = static_cast<std::uint32_t>(in.signed_varint());
  for (std::int64_t* n : {&high_, &low_}) *n = in.signed_varint();
  first_time_ = in.fixed<std::int64_t>();
  last_time_ = in.fixed<std::int64_t>();
  for (std::int64_t* n : {&first_sequence_, &first_price_, &last_sequence_, &last_price_}) {
    *n = in.signed_varint();
  }
  first_exchange_ = static_cast<std::int32_t>(in.signed_varint());
  last_exchange_ = static_cast<std::int32_t>(in.signed_varint());
  const auto flags = in.fixed<std::uint8_t>();
  has_open_ = (flags & 1) != 0;
  has_high_ = (flags & 2) != 0;
  too_large_ = (flags & 4) != 0;
}

}  // namespace tapewire
