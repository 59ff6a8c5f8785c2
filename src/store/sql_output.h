// SPDX-License-Identifier: Apache-2.0
// Writes the rows of a query in the formats people and programs read.
//
// csv:   RFC 4180 with a header line; NULL is an empty field, an empty text is "".
// json:  one object a line; decimals and integers are numbers with all their digits.
// table: columns aligned on the first `kTableSample` rows, numbers to the right.
// Memory: one piece of about 64 KiB, and for table the sample.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/sql_value.h"
#include "store/store_values.h"

namespace tapewire {

struct SqlResultColumn {
  std::string name;
  std::string type_name;
  SqlType type;
};

class SqlOutput {
 public:
  using Sink = std::function<bool(std::string_view piece)>;
  static constexpr std::size_t kTableSample = 1'000;
  virtual ~SqlOutput() = default;
  virtual void begin(const std::vector<SqlResultColumn>& columns) = 0;
  // The first `count` rows of the chunk. False when the reader wants no more.
  [[nodiscard]] virtual bool rows(const std::vector<DuckColumn>& columns, idx_t count) = 0;
  [[nodiscard]] virtual bool end(std::uint64_t rows) = 0;
};

// REQUIRES: format is not parquet.
std::unique_ptr<SqlOutput> make_sql_output(SqlFormat format, SqlOutput::Sink sink);
// Builds {"columns":[..],"rows":[[..]] in `out`; the caller closes the object.
std::unique_ptr<SqlOutput> make_sql_json_arrays(std::string& out);

}  // namespace tapewire
