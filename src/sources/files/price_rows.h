// SPDX-License-Identifier: Apache-2.0
// Turns the text fields of one row into a bar, trade or quote.
//
// Shape:  columns go by name, in any order and letter case; columns that are not known are ignored.
// Errors: a required column that is missing refuses the file; a field that cannot be read, or a
//         value that breaks the rules of model/validate.h, refuses its row, with the original
//         bytes.
// Time:   nanoseconds since 1970 UTC, nothing else; a day bar becomes its session by the trading
//         calendar.
// Source: Polygon/Massive flat files *_aggs_v1, trades_v1, quotes_v1.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/calendar.h"
#include "sources/files/row_batch.h"

namespace tapewire {

// A column's name as it is compared: lower case, without spaces around it.
std::string normal_column_name(std::string_view name);

class PriceRows {
 public:
  static constexpr std::size_t kColumnsMax = 14;

  // `header` are the column names of `file`; names it does not know go to `unknown`.
  static Result<PriceRows> open(const InputFile& file, std::span<const std::string_view> header,
                                std::vector<std::string>& unknown);
  // Adds the row to `out`, as an event or as a refused row.
  void parse(std::span<const std::string_view> fields, const RowOrigin& origin, RowBatch& out);
  [[nodiscard]] std::size_t columns() const { return columns_; }

  // The columns of a kind; the first `required` of them must be there.
  struct Columns {
    std::span<const std::string_view> names;
    std::size_t required = 0;
  };
  static Columns columns_of(FileKind kind);

 private:
  bool parse_bar(Bar& bar);
  bool parse_trade(Trade& trade);
  bool parse_quote(Quote& quote);
  bool place_in_session(Bar& bar, Timestamp start);

  [[nodiscard]] std::string_view text(std::size_t column) const;
  bool symbol(Symbol& out);
  bool price(std::size_t column, Price& out);
  bool quantity(std::size_t column, Quantity& out);
  bool time(std::size_t column, Timestamp& out);
  bool integer(std::size_t column, std::int64_t low, std::int64_t high, std::int64_t& out);
  bool small_integer(std::size_t column, std::int32_t& out);
  bool conditions(std::size_t column, ConditionList& out);
  bool optional_time(std::size_t column, std::optional<Timestamp>& out);
  bool bad(std::size_t column, std::string reason, std::string expected);

  FileKind kind_ = FileKind::bars;
  Width width_ = Width::m1;
  std::size_t columns_ = 0;
  std::array<std::int32_t, kColumnsMax> index_{};  // of each known column in the file; -1: absent
  std::span<const std::string_view> names_;
  std::span<const std::string_view> fields_;
  std::uint8_t rounded_ = 0;
  Fault fault_;
  TradingDate session_date_{INT32_MIN};
  std::optional<SessionHours> session_;
};

}  // namespace tapewire
