// SPDX-License-Identifier: Apache-2.0
// Splits one line of CSV into its fields.
//
// Shape:  fields separated by commas; a field may stand in double quotes, "" within them is one
//         quote. A quoted field ends on its own line.
// Errors: a quote that is not closed, or text behind a closing quote: what was wrong.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tapewire {

class CsvLine {
 public:
  // The fields, valid until the next call and as long as `line`. False: `problem` says why.
  bool split(std::string_view line);
  [[nodiscard]] const std::vector<std::string_view>& fields() const { return fields_; }
  [[nodiscard]] std::string_view problem() const { return problem_; }

 private:
  bool split_quoted(std::string_view line);
  std::vector<std::string_view> fields_;
  std::string unquoted_;
  std::string_view problem_;
};

}  // namespace tapewire
