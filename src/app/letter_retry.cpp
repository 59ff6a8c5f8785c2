// SPDX-License-Identifier: Apache-2.0
#include "app/letter_retry.h"

#include <charconv>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "app/record_text.h"
#include "model/codec.h"
#include "sources/files/byte_stream.h"
#include "sources/files/csv_line.h"
#include "sources/files/line_reader.h"
#include "sources/files/price_rows.h"
#include "sources/news_json.h"
#include "sources/polygon/frame_parser.h"

namespace tapewire {
namespace {

constexpr std::string_view kRetriedPrefix = "dead-letter/";

void refuse(const LetterRecord& record, Fault fault, EventBatch& batch) {
  Rejected row{record.letter, record.receive_time};
  row.letter.reason = std::move(fault.reason);
  row.letter.field = std::move(fault.field);
  row.letter.expected = std::move(fault.expected);
  batch.add(std::move(row));
}

// "path:12" -> "path"
std::string path_of(std::string_view origin) {
  const std::size_t colon = origin.rfind(':');
  return std::string(origin.substr(0, colon));
}

FileKind kind_of(std::string_view path) {
  if (path.find("trades") != std::string_view::npos) return FileKind::trades;
  if (path.find("quotes") != std::string_view::npos) return FileKind::quotes;
  return FileKind::bars;
}

// The file's own first line, when it is still there.
std::string header_of(const std::string& path, FileKind kind) {
  std::string header;
  for (const std::string_view name :
       PriceRows::columns_of(kind).names.first(PriceRows::columns_of(kind).required)) {
    header += (header.empty() ? "" : ",") + std::string(name);
  }
  const auto input = recognise_file(path, kind);
  if (!input || !std::filesystem::is_regular_file(path)) return header;
  auto stream = ByteStream::open(path, input->compressed);
  if (!stream) return header;
  LineReader lines(std::move(*stream));
  Line line;
  const auto got = lines.next(line);
  return got && *got ? std::string(line.text) : header;
}

Status parse_row(const LetterRecord& record, EventBatch& batch) {
  const std::string path = path_of(record.letter.origin);
  InputFile file;
  file.path = path;
  file.kind = kind_of(path);
  file.width = width_of_path(path).value_or(Width::m1);
  CsvLine header;
  const std::string header_text = header_of(path, file.kind);
  if (!header.split(header_text))
    return fail(ErrorCode::invalid_data, "the header of " + path + " cannot be read");
  std::vector<std::string_view> names = header.fields();
  std::vector<std::string> unknown;
  TRY_ASSIGN(PriceRows rows, PriceRows::open(file, names, unknown));
  CsvLine fields;
  if (!fields.split(record.letter.payload)) {
    refuse(record, {"", std::string(fields.problem()), "a row of comma-separated fields"}, batch);
    return {};
  }
  if (fields.fields().size() != rows.columns()) {
    refuse(record,
           {"", fmt::format("the row has {} fields", fields.fields().size()),
            fmt::format("{} fields", rows.columns())},
           batch);
    return {};
  }
  RowBatch out;
  rows.parse(fields.fields(), {path, 0, "", record.letter.payload, 0}, out);
  for (const EventBatch::Ref& ref : out.events.order) {
    switch (ref.kind) {
      case EventBatch::Kind::bar: batch.add(out.events.bars[ref.index], ref.receive_time); break;
      case EventBatch::Kind::trade:
        batch.add(out.events.trades[ref.index], ref.receive_time);
        break;
      case EventBatch::Kind::quote:
        batch.add(out.events.quotes[ref.index], ref.receive_time);
        break;
      case EventBatch::Kind::rejected: batch.add(std::move(out.events.rejected[ref.index])); break;
      case EventBatch::Kind::news: break;
    }
  }
  return {};
}

void parse_article(const LetterRecord& record, EventBatch& batch) {
  NewsParser parser;
  parser.parse(record.letter.payload,
               [&](std::expected<NewsItem, Fault> article, std::string_view) {
                 if (article) {
                   const Timestamp when = article->published_at;
                   batch.add(std::move(*article), when);
                 } else {
                   refuse(record, std::move(article.error()), batch);
                 }
               });
}

// The record itself is still in the log, under its key.
Status parse_refused_record(const LetterRecord& letter, EventLog& log, EventBatch& batch) {
  const std::string& origin = letter.letter.origin;
  const auto named = record_offset(letter.letter);
  if (!named)
    return fail(ErrorCode::invalid_data, fmt::format("the origin \"{}\" names no record", origin));
  const Offset offset = *named;
  std::vector<TopicPosition> from{
      {parse_topic(letter.letter.topic).value_or(Topic::stock_prices), offset}};
  Status decoded;
  TRY(log.read(from, {1, SIZE_MAX}, [&](const RecordView& record) {
    if (record.offset != offset) return false;
    if (record.kind == RecordKind::bar) {
      auto bar = decode_bar(record.key, record.payload);
      if (bar) batch.add(*bar, record.receive_time);
      if (!bar) decoded = std::unexpected(bar.error());
    } else if (record.kind == RecordKind::trade) {
      auto trade = decode_trade(record.key, record.payload);
      if (trade) batch.add(*trade, record.receive_time);
      if (!trade) decoded = std::unexpected(trade.error());
    }
    return false;
  }));
  TRY(decoded);
  if (batch.order.empty())
    return fail(ErrorCode::not_found, fmt::format("record {} is no longer in the log", origin));
  return {};
}

using SymbolMinutes = std::set<std::pair<Symbol, std::int64_t>>;

std::pair<Symbol, std::int64_t> minute_of(const Trade& trade) {
  return {trade.symbol, floor_to(trade.time, minutes(1)).ns};
}

}  // namespace

Status add_trades_of_same_minutes(EventLog& log, const std::vector<LetterRecord>& refused,
                                  EventBatch& batch) {
  SymbolMinutes wanted;
  for (const Trade& trade : batch.trades) wanted.insert(minute_of(trade));
  if (wanted.empty()) return {};
  std::set<Offset> left_out;
  for (const LetterRecord& one : refused) {
    if (one.letter.stage != "pipeline" || one.letter.topic != to_string(Topic::stock_prices))
      continue;
    if (const auto offset = record_offset(one.letter)) left_out.insert(*offset);
  }
  std::vector<TopicPosition> from{{Topic::stock_prices, 0}};
  while (true) {
    Status decoded;
    TRY_ASSIGN(const std::size_t count, log.read(from, {}, [&](const RecordView& record) {
      if (record.kind != RecordKind::trade || left_out.contains(record.offset)) return true;
      auto trade = decode_trade(record.key, record.payload);
      if (!trade) decoded = std::unexpected(trade.error());
      if (trade && wanted.contains(minute_of(*trade))) batch.add(*trade, trade->time);
      return trade.has_value();
    }));
    TRY(decoded);
    if (count == 0) return {};
  }
}

std::string retried_key(Offset offset) { return fmt::format("{}{}", kRetriedPrefix, offset); }

Result<std::vector<LetterRecord>> read_letters(EventLog& log) {
  std::vector<LetterRecord> out;
  std::vector<TopicPosition> from{{Topic::dead_letters, 0}};
  while (true) {
    Status decoded;
    TRY_ASSIGN(const std::size_t count, log.read(from, {}, [&](const RecordView& record) {
      auto letter = decode_dead_letter(record.key, record.payload);
      if (!letter) {
        decoded = std::unexpected(letter.error());
        return false;
      }
      out.push_back({record.offset, record.receive_time, std::move(*letter)});
      return true;
    }));
    TRY(decoded);
    if (count == 0) return out;
  }
}

Result<std::vector<Offset>> retried_letters(EventLog& log) {
  TRY_ASSIGN(const auto entries, log.state(kRetriedPrefix));
  std::vector<Offset> out;
  for (const StateWrite& entry : entries) {
    Offset offset = 0;
    std::from_chars(entry.key.data() + kRetriedPrefix.size(), entry.key.data() + entry.key.size(),
                    offset);
    out.push_back(offset);
  }
  return out;
}

Status parse_letter(const LetterRecord& record, EventLog& log, EventBatch& batch) {
  const DeadLetter& letter = record.letter;
  if (letter.stage == "ingest") {
    return fail(ErrorCode::invalid_data,
                "it was refused behind its source, which keeps no original bytes");
  }
  if (letter.stage == "pipeline") return parse_refused_record(record, log, batch);
  if (letter.topic == to_string(Topic::news_articles)) {
    parse_article(record, batch);
    return {};
  }
  if (letter.payload.starts_with('{') || letter.payload.starts_with('[')) {
    PolygonFrameParser parser(letter.origin);
    parser.parse(letter.payload, record.receive_time, batch);
    return {};
  }
  return parse_row(record, batch);
}

}  // namespace tapewire
