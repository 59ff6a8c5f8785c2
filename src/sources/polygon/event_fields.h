// SPDX-License-Identifier: Apache-2.0
// Holds the raw fields of one websocket event by key, and reads them as values.
//
// Shape:  a field is the text of its token, without quotes; a list is the text from its bracket on.
// Errors: a getter that returns false has set `fault`, which names the field, what it was and what
//         was expected.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/decimal.h"
#include "base/time.h"
#include "model/trade.h"
#include "model/validate.h"

namespace tapewire::polygon {

// Keys of AM, A, T, Q and status events. One key may mean different things in different events.
enum class Key : std::uint8_t {
  a,
  ap,
  as,
  av,
  ax,
  bp,
  bs,
  bx,
  c,
  dav,
  ds,
  dv,
  e,
  ev,
  h,
  i,
  l,
  message,
  o,
  op,
  otc,
  p,
  q,
  s,
  status,
  sym,
  t,
  trfi,
  trft,
  v,
  vw,
  x,
  z,
  count
};

// The key's number, or `count` for one that is not known. `text` begins behind the opening quote.
Key key_of(const char* text);
std::string_view text_of(Key key);

class EventFields {
 public:
  enum class Type : std::uint8_t { number, text, list, object, null };
  struct Field {
    std::string_view text;
    Type type = Type::null;
  };

  void clear() { present_ = 0; }
  void set(Key key, Field field) {
    fields_[static_cast<std::size_t>(key)] = field;
    present_ |= std::uint64_t{1} << static_cast<unsigned>(key);
  }
  // Null is absent.
  [[nodiscard]] bool has(Key key) const {
    return (present_ >> static_cast<unsigned>(key) & 1U) != 0 &&
           fields_[static_cast<std::size_t>(key)].type != Type::null;
  }
  [[nodiscard]] const Field& operator[](Key key) const {
    return fields_[static_cast<std::size_t>(key)];
  }

  // Required.
  bool symbol(Key key, std::string_view name, Symbol& out);
  bool price(Key key, std::string_view name, Price& out);
  bool quantity(Key key, std::string_view name, Quantity& out);
  bool time(Key key, std::string_view name, Timestamp& out);
  // Left alone when absent.
  bool maybe_price(Key key, std::string_view name, std::optional<Price>& out);
  bool maybe_quantity(Key key, std::string_view name, std::optional<Quantity>& out);
  bool maybe_time(Key key, std::string_view name, std::optional<Timestamp>& out);
  bool maybe_integer(Key key, std::string_view name, std::int64_t& out);
  bool maybe_small(Key key, std::string_view name, std::int32_t& out);
  bool maybe_flag(Key key, std::string_view name, std::optional<bool>& out);
  // A list of numbers, or one alone.
  bool maybe_conditions(Key key, std::string_view name, ConditionList& out);

  bool bad(Key key, std::string_view name, std::string_view what, std::string_view expected);
  Fault fault;
  std::uint64_t rounded = 0;

 private:
  bool decimal(Key key, std::string_view name, int scale, std::int64_t& out);
  bool integer_of(std::string_view text, std::int64_t& out) const;

  std::array<Field, static_cast<std::size_t>(Key::count)> fields_;
  std::uint64_t present_ = 0;
};

}  // namespace tapewire::polygon
