// SPDX-License-Identifier: Apache-2.0
#include "model/news_item.h"

namespace tapewire {

std::string_view to_string(Precision precision) {
  switch (precision) {
    case Precision::second: return "second";
    case Precision::minute: return "minute";
    case Precision::day: return "day";
  }
  return "";
}

std::optional<Precision> parse_precision(std::string_view text) {
  for (const Precision p : {Precision::second, Precision::minute, Precision::day}) {
    if (to_string(p) == text) return p;
  }
  return std::nullopt;
}

bool same_content(const NewsItem& a, const NewsItem& b) {
  NewsItem other = b;
  other.revision = a.revision;
  return a == other;
}

}  // namespace tapewire
