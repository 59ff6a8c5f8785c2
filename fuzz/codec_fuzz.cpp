// SPDX-License-Identifier: Apache-2.0
// Any bytes are a value or `corrupt`; a value encodes to bytes that are that value again; validation takes any value.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "base/check.h"
#include "model/codec.h"
#include "model/validate.h"

namespace tapewire {
namespace {

constexpr std::string_view kKey = "AAPL";

template <class T, class Decode>
void try_kind(const Result<T>& got, Decode decode_again) {
  if (!got) {
    CHECK(got.error().code == ErrorCode::corrupt);
    return;
  }
  std::string once;
  encode(*got, once);
  const Result<T> back = decode_again(once);
  CHECK(back.has_value());
  // Bytes are compared rather than values: a signal may be a NaN.
  std::string twice;
  encode(*back, twice);
  CHECK(once == twice);
}

void expect_text(const std::optional<Fault>& fault) {
  if (!fault) return;
  for (const std::string* text : {&fault->field, &fault->reason, &fault->expected}) {
    CHECK(!text->empty() && simdjson::validate_utf8(*text));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view payload(reinterpret_cast<const char*>(data + 1), size - 1);
  ValidationLimits limits;
  limits.now = Timestamp{1'600'000'000'000'000'000};
  switch (data[0] % 7) {
    case 0: {
      const auto bar = decode_bar(kKey, payload);
      try_kind(bar, [](std::string_view p) { return decode_bar(kKey, p); });
      if (bar) expect_text(validate(*bar, limits));
      break;
    }
    case 1: {
      const auto trade = decode_trade(kKey, payload);
      try_kind(trade, [](std::string_view p) { return decode_trade(kKey, p); });
      if (trade) expect_text(validate(*trade, limits));
      break;
    }
    case 2: {
      const auto quote = decode_quote(kKey, payload);
      try_kind(quote, [](std::string_view p) { return decode_quote(kKey, p); });
      if (quote) expect_text(validate(*quote, limits));
      break;
    }
    case 3: {
      const auto item = decode_news(kKey, payload);
      try_kind(item, [](std::string_view p) { return decode_news(kKey, p); });
      if (item) expect_text(validate(*item, limits));
      break;
    }
    case 4:
      try_kind(decode_dead_letter(kKey, payload),
               [](std::string_view p) { return decode_dead_letter(kKey, p); });
      break;
    case 5:
      try_kind(decode_heartbeat(payload), [](std::string_view p) { return decode_heartbeat(p); });
      break;
    default:
      try_kind(decode_signals(kKey, payload),
               [](std::string_view p) { return decode_signals(kKey, p); });
      break;
  }
  return 0;
}

}  // namespace tapewire
