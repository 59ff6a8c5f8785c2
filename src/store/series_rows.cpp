// SPDX-License-Identifier: Apache-2.0
#include "store/series_rows.h"

#include <algorithm>
#include <bit>

namespace tapewire {
namespace {

enum BarColumn : idx_t {
  kSymbol,
  kStart,
  kEnd,
  kSession,
  kOpen,
  kHigh,
  kLow,
  kClose,
  kVolume,
  kVwap,
  kTransactions,
  kOhlcAverage,
  kOrigin,
  kRevision,
  kSource,
  kVendor,
};

template <class T>
T symbol_like(std::string_view text) {
  return T::from(text.substr(0, T::kCapacity)).value_or(T());
}

std::size_t known_source(const Bar& bar) {
  return static_cast<std::size_t>(std::ranges::find(kOneByteSources, bar.source.view()) -
                                  kOneByteSources.begin());
}

std::string vendor_text(const Bar& bar) {
  std::string out;
  if (bar.accumulated_volume) append_text(out, *bar.accumulated_volume);
  out += '|';
  if (bar.official_open_price) append_text(out, *bar.official_open_price);
  out += '|';
  if (bar.aggregate_vwap) append_text(out, *bar.aggregate_vwap);
  out += '|';
  if (bar.average_size) append_text(out, *bar.average_size);
  out += '|';
  if (bar.otc) out += *bar.otc ? '1' : '0';
  out += '|';
  if (known_source(bar) == kOneByteSources.size()) out += bar.source.view();
  return out;
}

void read_vendor_text(std::string_view text, Bar& bar) {
  const auto part = [&] {
    const std::string_view out = text.substr(0, text.find('|'));
    text.remove_prefix(std::min(text.size(), out.size() + 1));
    return out;
  };
  const auto decimal = [&](auto& to, int scale) {
    const auto value = parse_decimal(part(), scale);
    if (value) to.emplace(value->value);
  };
  decimal(bar.accumulated_volume, kQuantityScale);
  decimal(bar.official_open_price, kPriceScale);
  decimal(bar.aggregate_vwap, kPriceScale);
  decimal(bar.average_size, kQuantityScale);
  const std::string_view otc = part();
  if (!otc.empty()) bar.otc = otc == "1";
  if (!text.empty()) bar.source = symbol_like<SourceName>(text);
}

// NaN is equal to itself here: a comparison of what is stored, not of numbers.
bool same_bits(const std::optional<double>& a, const std::optional<double>& b) {
  return a.has_value() == b.has_value() &&
         (!a || std::bit_cast<std::uint64_t>(*a) == std::bit_cast<std::uint64_t>(*b));
}

}  // namespace

std::vector<DuckColumn> columns_of(const DuckChunk& chunk) {
  std::vector<DuckColumn> out;
  const idx_t count = duckdb_data_chunk_get_column_count(chunk.get());
  for (idx_t i = 0; i < count; ++i) out.emplace_back(chunk, i);
  return out;
}

std::string columns_of_t(std::string_view columns) {
  std::string out = "t.";
  out += columns;
  for (std::size_t at = 0; (at = out.find(", ", at)) != std::string::npos;)
    out.insert(at += 2, "t.");
  return out;
}

void SeriesRows<Bar>::put(RowAppender& to, const Bar& bar) {
  to.text(kSymbol, bar.symbol.view());
  to.put(kStart, to_micros(bar.start));
  to.put(kEnd, to_micros(bar.end));
  if (bar.session == TradingSession::none) {
    to.null(kSession);
  } else {
    to.put(kSession, static_cast<std::uint8_t>(static_cast<std::uint8_t>(bar.session) - 1));
  }
  to.put(kOpen, bar.open.raw);
  to.put(kHigh, bar.high.raw);
  to.put(kLow, bar.low.raw);
  to.put(kClose, bar.close.raw);
  to.put(kVolume, bar.volume.raw);
  bar.vwap ? to.put(kVwap, bar.vwap->raw) : to.null(kVwap);
  bar.transactions ? to.put(kTransactions, *bar.transactions) : to.null(kTransactions);
  to.put(kOhlcAverage, ohlc_average(bar).raw);
  to.put(kOrigin, static_cast<std::uint8_t>(bar.origin));
  to.put(kRevision, bar.revision);
  const std::size_t source = known_source(bar);
  const bool is_known = source < kOneByteSources.size();
  is_known ? to.put(kSource, static_cast<std::uint8_t>(source)) : to.null(kSource);
  if (!is_known || bar.accumulated_volume || bar.official_open_price || bar.aggregate_vwap ||
      bar.average_size || bar.otc) {
    to.text(kVendor, vendor_text(bar));
  } else {
    to.null(kVendor);
  }
}

Bar SeriesRows<Bar>::get(const std::vector<DuckColumn>& columns, idx_t first, idx_t row,
                         std::size_t series) {
  // kColumns lacks ohlc_average, which follows from the prices.
  const auto column = [&](BarColumn c) -> const DuckColumn& {
    return columns[first + c - (c > kOhlcAverage ? 1 : 0)];
  };
  const auto price = [&](BarColumn c) { return Price{column(c).at<std::int64_t>(row)}; };
  Bar bar;
  bar.width = kWidths[series];
  bar.symbol = symbol_like<Symbol>(column(kSymbol).text(row));
  bar.start = from_micros(column(kStart).at<std::int64_t>(row));
  bar.end = from_micros(column(kEnd).at<std::int64_t>(row));
  if (!column(kSession).null(row)) {
    bar.session = static_cast<TradingSession>(column(kSession).at<std::uint8_t>(row) + 1);
  }
  bar.open = price(kOpen);
  bar.high = price(kHigh);
  bar.low = price(kLow);
  bar.close = price(kClose);
  bar.volume = {column(kVolume).at<std::int64_t>(row)};
  if (!column(kVwap).null(row)) bar.vwap = price(kVwap);
  if (!column(kTransactions).null(row))
    bar.transactions = column(kTransactions).at<std::int64_t>(row);
  bar.origin = static_cast<Origin>(column(kOrigin).at<std::uint8_t>(row));
  bar.revision = column(kRevision).at<std::int32_t>(row);
  if (!column(kSource).null(row))
    bar.source = SourceName(kOneByteSources[column(kSource).at<std::uint8_t>(row)]);
  if (!column(kVendor).null(row)) read_vendor_text(column(kVendor).text(row), bar);
  return bar;
}

std::optional<Bar> SeriesRows<Bar>::merge(const Bar& now, const Bar& next) {
  if (next.origin < now.origin || same_values(now, next)) return std::nullopt;
  const bool both_built = now.origin == Origin::built && next.origin == Origin::built;
  if (both_built && next.transactions.value_or(0) < now.transactions.value_or(0))
    return std::nullopt;
  Bar out = next;
  out.revision = std::max(next.revision, now.revision + 1);
  return out;
}

void SeriesRows<SignalSet>::put(RowAppender& to, const SignalSet& signals) {
  to.text(0, signals.symbol.view());
  to.put(1, to_micros(signals.time));
  for (idx_t i = 0; i < kSignalKinds; ++i) {
    signals.values[i] ? to.put(2 + i, *signals.values[i]) : to.null(2 + i);
  }
  to.put(2 + kSignalKinds, signals.revision);
}

SignalSet SeriesRows<SignalSet>::get(const std::vector<DuckColumn>& columns, idx_t first, idx_t row,
                                     std::size_t /*series*/) {
  SignalSet out;
  out.symbol = symbol_like<Symbol>(columns[first].text(row));
  out.time = from_micros(columns[first + 1].at<std::int64_t>(row));
  for (idx_t i = 0; i < kSignalKinds; ++i) {
    const DuckColumn& column = columns[first + 2 + i];
    if (!column.null(row)) out.values[i] = column.at<double>(row);
  }
  out.revision = columns[first + 2 + kSignalKinds].at<std::int32_t>(row);
  return out;
}

std::optional<SignalSet> SeriesRows<SignalSet>::merge(const SignalSet& now, const SignalSet& next) {
  SignalSet out = next;
  if (next.revision == 0) {
    for (std::size_t i = 0; i < kSignalKinds; ++i) {
      if (!out.values[i]) out.values[i] = now.values[i];
    }
  }
  if (std::equal(out.values.begin(), out.values.end(), now.values.begin(), same_bits))
    return std::nullopt;
  out.revision = std::max(next.revision, now.revision + 1);
  return out;
}

}  // namespace tapewire
