// SPDX-License-Identifier: Apache-2.0
#include "store/sql_output.h"

#include <algorithm>

#include <fmt/format.h>

namespace tapewire {
namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;

// Gathers text and hands it on in pieces.
class Pieces {
 public:
  explicit Pieces(SqlOutput::Sink sink) : sink_(std::move(sink)) {}
  std::string& text() { return text_; }
  [[nodiscard]] bool flush(std::size_t at_least) {
    if (text_.size() < at_least || text_.empty()) return true;
    const bool more = sink_(text_);
    text_.clear();
    return more;
  }

 private:
  SqlOutput::Sink sink_;
  std::string text_;
};

class CsvOutput final : public SqlOutput {
 public:
  explicit CsvOutput(Sink sink) : pieces_(std::move(sink)) {}
  void begin(const std::vector<SqlResultColumn>& columns) override {
    columns_ = columns;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i != 0) pieces_.text() += ',';
      field(columns[i].name);
    }
    pieces_.text() += "\r\n";
  }
  bool rows(const std::vector<DuckColumn>& columns, idx_t count) override {
    for (idx_t row = 0; row < count; ++row) {
      for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i != 0) pieces_.text() += ',';
        if (columns[i].null(row)) continue;
        value_.clear();
        write_plain(value_, columns_[i].type, columns[i], row);
        field(value_);
      }
      pieces_.text() += "\r\n";
      if (!pieces_.flush(kPieceBytes)) return false;
    }
    return true;
  }
  bool end(std::uint64_t /*rows*/) override { return pieces_.flush(0); }

 private:
  void field(std::string_view text) {
    std::string& out = pieces_.text();
    if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
      out += text;
      return;
    }
    out += '"';
    for (const char c : text) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }

  Pieces pieces_;
  std::vector<SqlResultColumn> columns_;
  std::string value_;
};

class JsonLinesOutput final : public SqlOutput {
 public:
  explicit JsonLinesOutput(Sink sink) : pieces_(std::move(sink)) {}
  void begin(const std::vector<SqlResultColumn>& columns) override {
    columns_ = columns;
    for (const SqlResultColumn& column : columns) {
      std::string& key = keys_.emplace_back();
      write_json_text(key, column.name);
      key += ':';
    }
  }
  bool rows(const std::vector<DuckColumn>& columns, idx_t count) override {
    for (idx_t row = 0; row < count; ++row) {
      std::string& out = pieces_.text();
      for (std::size_t i = 0; i < columns.size(); ++i) {
        out += i == 0 ? '{' : ',';
        out += keys_[i];
        write_json(out, columns_[i].type, columns[i], row);
      }
      out += "}\n";
      if (!pieces_.flush(kPieceBytes)) return false;
    }
    return true;
  }
  bool end(std::uint64_t /*rows*/) override { return pieces_.flush(0); }

 private:
  Pieces pieces_;
  std::vector<SqlResultColumn> columns_;
  std::vector<std::string> keys_;
};

class TableOutput final : public SqlOutput {
 public:
  explicit TableOutput(Sink sink) : pieces_(std::move(sink)) {}
  void begin(const std::vector<SqlResultColumn>& columns) override {
    columns_ = columns;
    for (const SqlResultColumn& column : columns) widths_.push_back(cells_of(column.name));
  }
  bool rows(const std::vector<DuckColumn>& columns, idx_t count) override {
    for (idx_t row = 0; row < count; ++row) {
      std::vector<std::string> line(columns.size());
      for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].null(row)) continue;
        std::string value;
        write_plain(value, columns_[i].type, columns[i], row);
        line[i] = one_line(value);
      }
      if (aligned_) {
        print(line);
        if (!pieces_.flush(kPieceBytes)) return false;
      } else {
        for (std::size_t i = 0; i < line.size(); ++i) {
          widths_[i] = std::max(widths_[i], std::min<std::size_t>(cells_of(line[i]), kCellsMax));
        }
        sample_.push_back(std::move(line));
        if (sample_.size() == kTableSample && !print_sample()) return false;
      }
    }
    return true;
  }
  bool end(std::uint64_t rows) override {
    if (!aligned_ && !print_sample()) return false;
    pieces_.text() += fmt::format("({} row{})\n", rows, rows == 1 ? "" : "s");
    return pieces_.flush(0);
  }

 private:
  // A longer text is printed whole but does not widen the column.
  static constexpr std::size_t kCellsMax = 80;

  static std::size_t cells_of(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
  }
  // Control characters would break the line or drive the terminal.
  static std::string one_line(std::string_view text) {
    std::string out;
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '\n')
        out += "\\n";
      else if (c == '\t')
        out += "\\t";
      else if (byte < 0x20 || byte == 0x7f)
        out += fmt::format("\\x{:02X}", byte);
      else
        out += c;
    }
    return out;
  }
  [[nodiscard]] bool right(std::size_t i) const {
    const duckdb_type id = columns_[i].type.id;
    return (id >= DUCKDB_TYPE_TINYINT && id <= DUCKDB_TYPE_DOUBLE) || id == DUCKDB_TYPE_HUGEINT ||
           id == DUCKDB_TYPE_DECIMAL;
  }
  void print(const std::vector<std::string>& line) {
    std::string& out = pieces_.text();
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::size_t cells = cells_of(line[i]);
      const std::size_t blank = widths_[i] > cells ? widths_[i] - cells : 0;
      if (i != 0) out += "  ";
      if (right(i)) out.append(blank, ' ');
      out += line[i];
      if (!right(i) && i + 1 != line.size()) out.append(blank, ' ');
    }
    out += '\n';
  }
  [[nodiscard]] bool print_sample() {
    aligned_ = true;
    std::vector<std::string> names, rules;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      names.push_back(columns_[i].name);
      rules.emplace_back(widths_[i], '-');
    }
    print(names);
    print(rules);
    for (const auto& line : sample_) {
      print(line);
      if (!pieces_.flush(kPieceBytes)) return false;
    }
    sample_.clear();
    return true;
  }

  Pieces pieces_;
  std::vector<SqlResultColumn> columns_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> sample_;
  bool aligned_ = false;
};

class JsonArraysOutput final : public SqlOutput {
 public:
  explicit JsonArraysOutput(std::string& out) : out_(out) {}
  void begin(const std::vector<SqlResultColumn>& columns) override {
    columns_ = columns;
    out_ += "{\"columns\":[";
    for (const SqlResultColumn& column : columns) {
      out_ += out_.back() == '[' ? "{\"name\":" : ",{\"name\":";
      write_json_text(out_, column.name);
      out_ += ",\"type\":";
      write_json_text(out_, column.type_name);
      out_ += '}';
    }
    out_ += "],\"rows\":[";
  }
  bool rows(const std::vector<DuckColumn>& columns, idx_t count) override {
    for (idx_t row = 0; row < count; ++row) {
      out_ += out_.back() == '[' ? "[" : ",[";
      for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i != 0) out_ += ',';
        write_json(out_, columns_[i].type, columns[i], row);
      }
      out_ += ']';
    }
    return true;
  }
  bool end(std::uint64_t /*rows*/) override {
    out_ += ']';
    return true;
  }

 private:
  std::string& out_;
  std::vector<SqlResultColumn> columns_;
};

}  // namespace

std::unique_ptr<SqlOutput> make_sql_output(SqlFormat format, SqlOutput::Sink sink) {
  switch (format) {
    case SqlFormat::csv: return std::make_unique<CsvOutput>(std::move(sink));
    case SqlFormat::json: return std::make_unique<JsonLinesOutput>(std::move(sink));
    default: return std::make_unique<TableOutput>(std::move(sink));
  }
}

std::unique_ptr<SqlOutput> make_sql_json_arrays(std::string& out) {
  return std::make_unique<JsonArraysOutput>(out);
}

}  // namespace tapewire
