// SPDX-License-Identifier: Apache-2.0
#include "sources/files/price_rows.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "sources/shown_text.h"

namespace tapewire {
namespace {

// The first `required` of each kind must be in the file.
enum BarColumn : std::size_t {
  kBarTicker,
  kBarVolume,
  kBarOpen,
  kBarClose,
  kBarHigh,
  kBarLow,
  kBarStart,
  kBarTransactions,
  kBarVwap
};
constexpr std::array<std::string_view, 9> kBarColumns{
    "ticker", "volume", "open", "close", "high", "low", "window_start", "transactions", "vwap"};
constexpr std::size_t kBarRequired = 7;

enum TradeColumn : std::size_t {
  kTradeTicker,
  kTradePrice,
  kTradeTime,
  kTradeSize,
  kTradeConditions,
  kTradeCorrection,
  kTradeExchange,
  kTradeId,
  kTradeParticipantTime,
  kTradeSequence,
  kTradeTape,
  kTradeTrfId,
  kTradeTrfTime
};
constexpr std::array<std::string_view, 13> kTradeColumns{"ticker",
                                                         "price",
                                                         "sip_timestamp",
                                                         "size",
                                                         "conditions",
                                                         "correction",
                                                         "exchange",
                                                         "id",
                                                         "participant_timestamp",
                                                         "sequence_number",
                                                         "tape",
                                                         "trf_id",
                                                         "trf_timestamp"};
constexpr std::size_t kTradeRequired = 4;

enum QuoteColumn : std::size_t {
  kQuoteTicker,
  kQuoteAskPrice,
  kQuoteBidPrice,
  kQuoteTime,
  kQuoteAskSize,
  kQuoteBidSize,
  kQuoteAskExchange,
  kQuoteBidExchange,
  kQuoteConditions,
  kQuoteIndicators,
  kQuoteParticipantTime,
  kQuoteSequence,
  kQuoteTape,
  kQuoteTrfTime
};
constexpr std::array<std::string_view, 14> kQuoteColumns{"ticker",
                                                         "ask_price",
                                                         "bid_price",
                                                         "sip_timestamp",
                                                         "ask_size",
                                                         "bid_size",
                                                         "ask_exchange",
                                                         "bid_exchange",
                                                         "conditions",
                                                         "indicators",
                                                         "participant_timestamp",
                                                         "sequence_number",
                                                         "tape",
                                                         "trf_timestamp"};
constexpr std::size_t kQuoteRequired = 4;

constexpr SourceName kSource("files");
constexpr std::string_view kPriceExpected = "a decimal number of at most 999999999.999999999";
constexpr std::string_view kQuantityExpected = "a decimal number of at most 999999999999.999999";

std::string joined(std::span<const std::string_view> names) {
  std::string out;
  for (const std::string_view name : names) {
    if (!out.empty()) out += ',';
    out += name;
  }
  return out;
}

}  // namespace

std::string normal_column_name(std::string_view name) {
  while (!name.empty() && (name.front() == ' ' || name.front() == '\t')) name.remove_prefix(1);
  while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.remove_suffix(1);
  std::string out(name);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

PriceRows::Columns PriceRows::columns_of(FileKind kind) {
  switch (kind) {
    case FileKind::trades: return {kTradeColumns, kTradeRequired};
    case FileKind::quotes: return {kQuoteColumns, kQuoteRequired};
    case FileKind::bars:
    case FileKind::news: break;
  }
  return {kBarColumns, kBarRequired};
}

Result<PriceRows> PriceRows::open(const InputFile& file, std::span<const std::string_view> header,
                                  std::vector<std::string>& unknown) {
  PriceRows rows;
  rows.kind_ = file.kind;
  rows.width_ = file.width;
  rows.columns_ = header.size();
  rows.index_.fill(-1);
  const Columns known = columns_of(file.kind);
  rows.names_ = known.names;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const std::string name = normal_column_name(header[i]);
    const auto at = std::ranges::find(known.names, name);
    if (at == known.names.end()) {
      unknown.push_back(name);
      continue;
    }
    auto& index = rows.index_[static_cast<std::size_t>(at - known.names.begin())];
    if (index >= 0) {
      return fail(ErrorCode::invalid_data,
                  fmt::format("{}: the header names the column {} twice", file.path, name));
    }
    index = static_cast<std::int32_t>(i);
  }
  std::string missing;
  for (std::size_t i = 0; i < known.required; ++i) {
    if (rows.index_[i] >= 0) continue;
    if (!missing.empty()) missing += ", ";
    missing += known.names[i];
  }
  if (!missing.empty()) {
    return fail(ErrorCode::invalid_data,
                fmt::format("{}: the header lacks the column {}; it reads {}, and {} need {}",
                            file.path, missing, shown(joined(header)), to_string(file.kind),
                            joined(known.names.first(known.required))));
  }
  return rows;
}

bool PriceRows::bad(std::size_t column, std::string reason, std::string expected) {
  fault_ = {std::string(names_[column]), std::move(reason), std::move(expected)};
  return false;
}

std::string_view PriceRows::text(std::size_t column) const {
  const std::int32_t index = index_[column];
  return index < 0 ? std::string_view{} : fields_[static_cast<std::size_t>(index)];
}

bool PriceRows::symbol(Symbol& out) {
  const std::string_view value = text(0);
  const std::optional<Symbol> symbol = Symbol::from(value);
  if (!symbol) {
    return bad(0, fmt::format("ticker {} has {} bytes", shown(value), value.size()),
               "1 to 31 bytes of printable ASCII");
  }
  out = *symbol;
  return true;
}

bool PriceRows::price(std::size_t column, Price& out) {
  const std::string_view value = text(column);
  const auto parsed = parse_price(value);
  if (!parsed) {
    const bool large = parsed.error() == DecimalFault::too_large;
    return bad(column,
               value.empty() ? fmt::format("{} is missing", names_[column])
                             : fmt::format("{} {} is {}", names_[column], shown(value),
                                           large ? "too large" : "not a number"),
               std::string(kPriceExpected));
  }
  rounded_ = static_cast<std::uint8_t>(rounded_ + (parsed->rounded ? 1 : 0));
  out.raw = parsed->value;
  return true;
}

bool PriceRows::quantity(std::size_t column, Quantity& out) {
  const std::string_view value = text(column);
  const auto parsed = parse_quantity(value);
  if (!parsed) {
    const bool large = parsed.error() == DecimalFault::too_large;
    return bad(column,
               value.empty() ? fmt::format("{} is missing", names_[column])
                             : fmt::format("{} {} is {}", names_[column], shown(value),
                                           large ? "too large" : "not a number"),
               std::string(kQuantityExpected));
  }
  if (parsed->rounded && parsed->value == 0 && value.starts_with('-')) {
    return bad(column, fmt::format("{} {} is negative", names_[column], shown(value)),
               "zero or more");
  }
  rounded_ = static_cast<std::uint8_t>(rounded_ + (parsed->rounded ? 1 : 0));
  out.raw = parsed->value;
  return true;
}

bool PriceRows::integer(std::size_t column, std::int64_t low, std::int64_t high,
                        std::int64_t& out) {
  const std::string_view value = text(column);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size() || number < low || number > high) {
    const std::string_view what = value.empty() ? " is missing" : "";
    return bad(column,
               what.empty()
                   ? fmt::format("{} {} is not such a number", names_[column], shown(value))
                   : fmt::format("{}{}", names_[column], what),
               fmt::format("a whole number from {} to {}", low, high));
  }
  out = number;
  return true;
}

bool PriceRows::small_integer(std::size_t column, std::int32_t& out) {
  if (text(column).empty()) return true;
  std::int64_t number = 0;
  if (!integer(column, INT32_MIN, INT32_MAX, number)) return false;
  out = static_cast<std::int32_t>(number);
  return true;
}

bool PriceRows::time(std::size_t column, Timestamp& out) {
  const std::string_view value = text(column);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size()) {
    return bad(column,
               value.empty() ? fmt::format("{} is missing", names_[column])
                             : fmt::format("{} {} is not a time", names_[column], shown(value)),
               "nanoseconds since 1970 UTC, a whole number");
  }
  out = Timestamp{number};
  if (const Timestamp meant = timestamp_by_magnitude(number); meant != out && number > 0) {
    return bad(column,
               fmt::format("{} {} is no time in nanoseconds: as {} it is {}", names_[column], value,
                           unit_by_magnitude(number), to_iso8601(meant)),
               "nanoseconds since 1970 UTC");
  }
  // Window ends are computed from it: they must stay within the range of time.
  if (out > kMaxTimestamp - days(2) || out < kMinTimestamp + days(2)) {
    return bad(column, fmt::format("{} {} is out of range", names_[column], shown(value)),
               "a time from 1971 to 2262");
  }
  return true;
}

bool PriceRows::optional_time(std::size_t column, std::optional<Timestamp>& out) {
  const std::string_view value = text(column);
  // Vendors write 0 for "none".
  if (value.empty() || value == "0") return true;
  Timestamp t;
  if (!time(column, t)) return false;
  out = t;
  return true;
}

bool PriceRows::conditions(std::size_t column, ConditionList& out) {
  std::string_view rest = text(column);
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    std::string_view item = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(item.data(), item.data() + item.size(), number);
    if (error != std::errc{} || end != item.data() + item.size()) {
      return bad(column,
                 fmt::format("{} {} is not a list of codes", names_[column], shown(text(column))),
                 "whole numbers from 0 to 65535, separated by commas");
    }
    if (!out.add(number)) {
      return bad(column,
                 fmt::format("{} {} has too many codes", names_[column], shown(text(column))),
                 fmt::format("at most {}", ConditionList::kCapacity));
    }
  }
  return true;
}

bool PriceRows::place_in_session(Bar& bar, Timestamp start) {
  // The vendor marks a day by its midnight in New York, others by midnight UTC; the two never
  // coincide.
  const bool utc_midnight = floor_to(start, days(1)) == start;
  const TradingDate date = utc_midnight
                               ? TradingDate{static_cast<std::int32_t>(start.ns / days(1).ns)}
                               : calendar().date_of(start);
  if (date != session_date_) {
    session_date_ = date;
    session_ = calendar().hours(date);
  }
  if (!session_) {
    const std::string_view holiday = calendar().holiday(date);
    return bad(kBarStart,
               fmt::format("window_start {} is {}, not a trading day{}{}", text(kBarStart),
                           to_string(date), holiday.empty() ? "" : ": ", holiday),
               "a trading day of the US exchanges");
  }
  bar.start = session_->open;
  bar.end = session_->close;
  return true;
}

bool PriceRows::parse_bar(Bar& bar) {
  Timestamp start;
  bar.width = width_;
  bar.source = kSource;
  if (!symbol(bar.symbol) || !time(kBarStart, start) || !price(kBarOpen, bar.open) ||
      !price(kBarHigh, bar.high) || !price(kBarLow, bar.low) || !price(kBarClose, bar.close) ||
      !quantity(kBarVolume, bar.volume)) {
    return false;
  }
  if (!text(kBarTransactions).empty()) {
    std::int64_t transactions = 0;
    if (!integer(kBarTransactions, 0, INT64_MAX, transactions)) return false;
    bar.transactions = transactions;
  }
  if (!text(kBarVwap).empty()) {
    Price vwap;
    if (!price(kBarVwap, vwap)) return false;
    bar.vwap = vwap;
  }
  if (width_ == Width::d1) return place_in_session(bar, start);
  bar.start = start;
  bar.end = start + span_of(width_);
  return true;
}

bool PriceRows::parse_trade(Trade& trade) {
  trade.source = kSource;
  if (!symbol(trade.symbol) || !time(kTradeTime, trade.time) || !price(kTradePrice, trade.price) ||
      !quantity(kTradeSize, trade.size) || !conditions(kTradeConditions, trade.conditions) ||
      !small_integer(kTradeCorrection, trade.correction) ||
      !small_integer(kTradeExchange, trade.exchange) || !small_integer(kTradeTape, trade.tape) ||
      !small_integer(kTradeTrfId, trade.trf_id) ||
      !optional_time(kTradeParticipantTime, trade.participant_time) ||
      !optional_time(kTradeTrfTime, trade.trf_time)) {
    return false;
  }
  if (!text(kTradeSequence).empty() && !integer(kTradeSequence, 0, INT64_MAX, trade.sequence))
    return false;
  const std::optional<TradeId> id = TradeId::from(text(kTradeId));
  if (!id) {
    return bad(kTradeId,
               fmt::format("id {} has {} bytes", shown(text(kTradeId)), text(kTradeId).size()),
               fmt::format("at most {} bytes", TradeId::kCapacity));
  }
  trade.id = *id;
  return true;
}

bool PriceRows::parse_quote(Quote& quote) {
  quote.source = kSource;
  // One side of a quote may be empty.
  const auto side_price = [&](std::size_t column, Price& out) {
    return text(column).empty() || price(column, out);
  };
  const auto side_size = [&](std::size_t column, Quantity& out) {
    return text(column).empty() || quantity(column, out);
  };
  return symbol(quote.symbol) && time(kQuoteTime, quote.time) &&
         side_price(kQuoteAskPrice, quote.ask_price) &&
         side_price(kQuoteBidPrice, quote.bid_price) && side_size(kQuoteAskSize, quote.ask_size) &&
         side_size(kQuoteBidSize, quote.bid_size) &&
         small_integer(kQuoteAskExchange, quote.ask_exchange) &&
         small_integer(kQuoteBidExchange, quote.bid_exchange) &&
         conditions(kQuoteConditions, quote.conditions) &&
         conditions(kQuoteIndicators, quote.indicators) &&
         optional_time(kQuoteParticipantTime, quote.participant_time) &&
         (text(kQuoteSequence).empty() || integer(kQuoteSequence, 0, INT64_MAX, quote.sequence)) &&
         small_integer(kQuoteTape, quote.tape) && optional_time(kQuoteTrfTime, quote.trf_time);
}

void PriceRows::parse(std::span<const std::string_view> fields, const RowOrigin& origin,
                      RowBatch& out) {
  if (fields.size() != columns_) {
    Fault fault{"", fmt::format("the row has {} fields", fields.size()),
                fmt::format("{} fields, as the header says", columns_)};
    out.reject(refused_row(kind_, "parse", std::move(fault), origin));
    return;
  }
  fields_ = fields;
  rounded_ = 0;
  const auto take = [&](auto& event, bool parsed) {
    if (!parsed) {
      out.reject(refused_row(kind_, "parse", std::move(fault_), origin));
    } else if (std::optional<Fault> fault = validate_recorded(event)) {
      out.reject(refused_row(kind_, "validate", *std::move(fault), origin));
    } else {
      out.add(event, rounded_);
    }
  };
  if (kind_ == FileKind::bars) {
    Bar bar;
    take(bar, parse_bar(bar));
  } else if (kind_ == FileKind::trades) {
    Trade trade;
    take(trade, parse_trade(trade));
  } else {
    Quote quote;
    take(quote, parse_quote(quote));
  }
}

}  // namespace tapewire
