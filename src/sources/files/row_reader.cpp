// SPDX-License-Identifier: Apache-2.0
#include "sources/files/row_reader.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "sources/files/byte_stream.h"
#include "sources/files/csv_line.h"
#include "sources/files/line_reader.h"
#include "sources/files/parquet_reader.h"
#include "sources/files/price_rows.h"
#include "sources/news_json.h"
#include "sources/shown_text.h"

namespace tapewire {
namespace {

constexpr std::size_t kDocumentBytesMax = 256 << 20;

void tell_unknown(const InputFile& file, const std::vector<std::string>& unknown,
                  const Notice& notice) {
  if (!notice) return;
  for (const std::string& name : unknown) {
    notice(fmt::format("{}: the column {} is not known and is ignored", to_string(file.kind),
                       shown(name)));
  }
}

void refuse_long_line(const InputFile& file, const Line& line, RowBatch& out) {
  Fault fault{"", fmt::format("the line has {} bytes", line.total_bytes),
              fmt::format("at most {} bytes", kLineBytesMax)};
  out.reject(refused_row(file.kind, "parse", std::move(fault),
                         {file.path, line.number, "", line.text, line.total_bytes}));
}

// Turns what the parser says of one text into rows.
void add_articles(NewsParser& parser, const InputFile& file, std::string_view json,
                  std::uint64_t line, RowBatch& out) {
  std::uint64_t element = 0;
  parser.parse(json, [&](std::expected<NewsItem, Fault> article, std::string_view original) {
    ++element;
    const RowOrigin origin = line != 0 ? RowOrigin{file.path, line, "", original, 0}
                                       : RowOrigin{file.path, element, "article", original, 0};
    if (!article) {
      out.reject(refused_row(file.kind, "parse", std::move(article).error(), origin));
    } else if (std::optional<Fault> fault = validate_recorded(*article)) {
      out.reject(refused_row(file.kind, "validate", *std::move(fault), origin));
    } else {
      out.add(*std::move(article));
    }
  });
}

class TextRows {
 public:
  TextRows(InputFile file, LineReader lines, std::optional<PriceRows> prices, Notice notice)
      : file_(std::move(file)),
        lines_(std::move(lines)),
        prices_(std::move(prices)),
        notice_(std::move(notice)) {}

  Result<bool> next(RowBatch& out, std::size_t rows) {
    const std::size_t enough = out.size() + rows;
    Line line;
    while (out.size() < enough) {
      TRY_ASSIGN(const bool more, lines_.next(line));
      if (!more) return finish(out);
      if (line.too_long()) {
        refuse_long_line(file_, line, out);
      } else if (!line.text.empty()) {
        add(line, out);
      }
    }
    return true;
  }
  [[nodiscard]] std::uint64_t file_bytes() const { return lines_.stream().file_bytes(); }

 private:
  void add(const Line& line, RowBatch& out) {
    if (!prices_) {
      add_articles(news_, file_, line.text, line.number, out);
      return;
    }
    const RowOrigin origin{file_.path, line.number, "", line.text, 0};
    if (csv_.split(line.text)) {
      prices_->parse(csv_.fields(), origin, out);
    } else {
      Fault fault{"", std::string(csv_.problem()),
                  "fields separated by commas, quoted fields closed"};
      out.reject(refused_row(file_.kind, "parse", std::move(fault), origin));
    }
  }

  bool finish(RowBatch& out) {
    const std::string& damage = lines_.stream().damage();
    if (!damage.empty() && !told_) {
      told_ = true;
      Fault fault{"", fmt::format("{}; the file was read up to line {}", damage, lines_.lines()),
                  "a whole gzip file"};
      // What is missing cannot be counted, so it is said as well as kept.
      if (notice_) notice_(fmt::format("{}: {}", file_.path, fault.reason));
      out.reject(refused_row(file_.kind, "parse", std::move(fault),
                             {file_.path, lines_.lines() + 1, "", lines_.remainder(), 0}));
    }
    return false;
  }

  InputFile file_;
  LineReader lines_;
  std::optional<PriceRows> prices_;
  CsvLine csv_;
  NewsParser news_;
  Notice notice_;
  bool told_ = false;
};

// A whole JSON document: it cannot be read in parts.
class DocumentRows {
 public:
  DocumentRows(InputFile file, ByteStream stream)
      : file_(std::move(file)), stream_(std::move(stream)) {}

  Result<bool> next(RowBatch& out, std::size_t /*rows*/) {
    if (done_) return false;
    done_ = true;
    std::string text;
    while (text.size() <= kDocumentBytesMax) {
      const std::size_t size = text.size();
      text.resize(size + (1 << 20));
      TRY_ASSIGN(const std::size_t got, stream_.read(text.data() + size, 1 << 20));
      text.resize(size + got);
      if (got == 0) break;
    }
    if (text.size() > kDocumentBytesMax) {
      return fail(ErrorCode::invalid_data,
                  fmt::format("{} is larger than {} MiB: a file of that size must hold one article "
                              "a line (.ndjson)",
                              file_.path, kDocumentBytesMax >> 20));
    }
    if (!stream_.damage().empty()) {
      out.reject(refused_row(file_.kind, "parse", Fault{"", stream_.damage(), "a whole gzip file"},
                             {file_.path, 0, "", text, 0}));
      return false;
    }
    std::string_view json = text;
    if (json.starts_with("\xef\xbb\xbf")) json.remove_prefix(3);
    NewsParser parser;
    add_articles(parser, file_, json, 0, out);
    return false;
  }
  [[nodiscard]] std::uint64_t file_bytes() const { return stream_.file_bytes(); }

 private:
  InputFile file_;
  ByteStream stream_;
  bool done_ = false;
};

class ParquetRows {
 public:
  ParquetRows(InputFile file, ParquetReader reader, PriceRows prices)
      : file_(std::move(file)), reader_(std::move(reader)), prices_(std::move(prices)) {}

  Result<bool> next(RowBatch& out, std::size_t rows) {
    const std::size_t enough = out.size() + rows;
    while (out.size() < enough) {
      TRY_ASSIGN(const bool more, reader_.next(fields_));
      if (!more) {
        done_ = true;
        return false;
      }
      ++row_;
      original_.clear();
      for (std::size_t i = 0; i < fields_.size(); ++i) {
        if (i > 0) original_ += ',';
        original_ += fields_[i];
      }
      prices_.parse(fields_, {file_.path, row_, "row", original_, 0}, out);
    }
    return true;
  }
  [[nodiscard]] std::uint64_t file_bytes() const { return done_ ? file_.bytes : 0; }

 private:
  InputFile file_;
  ParquetReader reader_;
  PriceRows prices_;
  std::vector<std::string_view> fields_;
  std::string original_;
  std::uint64_t row_ = 0;
  bool done_ = false;
};

Result<TextRows> open_csv(const InputFile& file, LineReader lines, const Notice& notice) {
  Line header;
  TRY_ASSIGN(const bool some, lines.next(header));
  if (!some || header.too_long()) {
    const std::string& damage = lines.stream().damage();
    return fail(ErrorCode::invalid_data, fmt::format("{} has no header line{}{}", file.path,
                                                     damage.empty() ? "" : ": ", damage));
  }
  CsvLine csv;
  if (!csv.split(header.text)) {
    return fail(ErrorCode::invalid_data,
                fmt::format("{}: the header line cannot be read: {}", file.path, csv.problem()));
  }
  std::vector<std::string> unknown;
  TRY_ASSIGN(PriceRows prices, PriceRows::open(file, csv.fields(), unknown));
  tell_unknown(file, unknown, notice);
  return TextRows(file, std::move(lines), std::move(prices), notice);
}

Result<ParquetRows> open_parquet(const InputFile& file, const Notice& notice) {
  TRY_ASSIGN(ParquetReader reader, ParquetReader::open(file.path));
  std::vector<std::string_view> header(reader.columns().begin(), reader.columns().end());
  std::vector<std::string> unknown;
  TRY(PriceRows::open(file, header, unknown));
  tell_unknown(file, unknown, notice);
  std::vector<std::string> wanted;
  for (const std::string& name : reader.columns()) {
    if (std::ranges::find(unknown, normal_column_name(name)) == unknown.end())
      wanted.push_back(name);
  }
  header.assign(wanted.begin(), wanted.end());
  std::vector<std::string> none;
  TRY_ASSIGN(PriceRows prices, PriceRows::open(file, header, none));
  TRY(reader.select(wanted));
  return ParquetRows(file, std::move(reader), std::move(prices));
}

}  // namespace

struct RowReader::State {
  std::variant<TextRows, DocumentRows, ParquetRows> rows;
};

RowReader::RowReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
RowReader::~RowReader() = default;
RowReader::RowReader(RowReader&&) noexcept = default;
RowReader& RowReader::operator=(RowReader&&) noexcept = default;

Result<RowReader> RowReader::open(const InputFile& file, const Notice& notice) {
  if (file.format == FileFormat::parquet) {
    TRY_ASSIGN(ParquetRows rows, open_parquet(file, notice));
    return RowReader(std::unique_ptr<State>(new State{std::move(rows)}));
  }
  TRY_ASSIGN(ByteStream stream, ByteStream::open(file.path, file.compressed));
  if (file.format == FileFormat::json) {
    return RowReader(std::unique_ptr<State>(new State{DocumentRows(file, std::move(stream))}));
  }
  LineReader lines(std::move(stream));
  if (file.format == FileFormat::ndjson) {
    return RowReader(
        std::unique_ptr<State>(new State{TextRows(file, std::move(lines), std::nullopt, notice)}));
  }
  TRY_ASSIGN(TextRows rows, open_csv(file, std::move(lines), notice));
  return RowReader(std::unique_ptr<State>(new State{std::move(rows)}));
}

Result<bool> RowReader::next(RowBatch& out, std::size_t rows) {
  return std::visit([&](auto& one) { return one.next(out, rows); }, state_->rows);
}

std::uint64_t RowReader::file_bytes() const {
  return std::visit([](const auto& one) { return one.file_bytes(); }, state_->rows);
}

}  // namespace tapewire
