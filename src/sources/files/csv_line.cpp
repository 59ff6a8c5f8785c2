// SPDX-License-Identifier: Apache-2.0
#include "sources/files/csv_line.h"

#include <cstring>

namespace tapewire {

bool CsvLine::split(std::string_view line) {
  fields_.clear();
  const char* begin = line.data();
  const char* const end = begin + line.size();
  for (const char* at = begin; at != end; ++at) {
    if (*at == ',') {
      fields_.emplace_back(begin, static_cast<std::size_t>(at - begin));
      begin = at + 1;
    } else if (*at == '"') {
      return split_quoted(line);
    }
  }
  fields_.emplace_back(begin, static_cast<std::size_t>(end - begin));
  return true;
}

bool CsvLine::split_quoted(std::string_view line) {
  fields_.clear();
  unquoted_.clear();
  // The views into it must stay: it never grows past the line.
  unquoted_.reserve(line.size());
  std::size_t at = 0;
  while (true) {
    if (at < line.size() && line[at] == '"') {
      const std::size_t from = unquoted_.size();
      ++at;
      while (true) {
        const std::size_t quote = line.find('"', at);
        if (quote == std::string_view::npos) {
          problem_ = "a quote is opened and not closed on the line";
          return false;
        }
        unquoted_.append(line.substr(at, quote - at));
        at = quote + 1;
        if (at >= line.size() || line[at] != '"') break;
        unquoted_ += '"';
        ++at;
      }
      if (at < line.size() && line[at] != ',') {
        problem_ = "text follows a closing quote";
        return false;
      }
      fields_.emplace_back(unquoted_.data() + from, unquoted_.size() - from);
    } else {
      const std::size_t comma = line.find(',', at);
      const std::size_t stop = comma == std::string_view::npos ? line.size() : comma;
      fields_.push_back(line.substr(at, stop - at));
      at = stop;
    }
    if (at >= line.size()) return true;
    ++at;
  }
}

}  // namespace tapewire
