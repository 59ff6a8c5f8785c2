// SPDX-License-Identifier: Apache-2.0
// Feeds bytes to the readers of recorded price files: every line must become an event or a refused
// row.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "sources/files/csv_line.h"
#include "sources/files/price_rows.h"
#include "sources/files/row_run.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tapewire;
  if (size < 1) return 0;
  InputFile file;
  file.path = "fuzz";
  file.kind = static_cast<FileKind>(data[0] % 3);
  file.width = kWidths[data[0] / 3 % kWidths.size()];
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  CsvLine csv;
  std::vector<std::string> unknown;
  const PriceRows::Columns known = PriceRows::columns_of(file.kind);
  // Half the inputs bring their own header.
  std::vector<std::string_view> header(known.names.begin(), known.names.end());
  if (data[0] & 0x80) {
    const std::size_t end = text.find('\n');
    if (!csv.split(text.substr(0, end))) return 0;
    header = csv.fields();
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  auto rows = PriceRows::open(file, header, unknown);
  if (!rows) return 0;
  RowBatch batch;
  std::size_t lines = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (!csv.split(line)) continue;
    rows->parse(csv.fields(), {file.path, ++lines, "", line, 0}, batch);
  }
  CHECK(batch.size() == lines && batch.rounded.size() == lines);
  RowRun run(4096);
  for (std::size_t i = 0; i < batch.size(); ++i)
    run.add(batch.events, batch.events.order[i], batch.rounded[i]);
  run.sort();
  EventBatch out;
  for (std::size_t i = 0; i < run.size(); ++i) {
    CHECK(i == 0 || run.order(i - 1) <= run.order(i));
    CHECK(unpack_row(run.order(i), run.row(i), run.order(i).time, out).has_value());
  }
  CHECK(out.order.size() == lines);
  return 0;
}
