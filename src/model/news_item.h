// SPDX-License-Identifier: Apache-2.0
// Holds one article or headline; a live blog is one item with revisions.
//
// Time:   `published_at` is the vendor's publication time. With precision `day` only its New York date
//         is known: it is midnight New York of that date and must never be treated as a minute.
// Key:    (source, id). An article without an id is named by the SHA-256 of source, time and title.
// Source: Guardian /search, Polygon /v2/reference/news, Finnhub company news, headline files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace tapewire {

enum class Precision : std::uint8_t { second, minute, day };
std::string_view to_string(Precision precision);
std::optional<Precision> parse_precision(std::string_view text);

struct NewsItem {
  std::string id;
  std::string source;  // "guardian", "reuters", "polygon" ...
  std::string search;  // the tracked query that found it; the topic's key; may be empty
  Timestamp published_at;
  std::optional<Timestamp> first_published_at;
  Precision precision = Precision::second;
  std::string title;
  std::string summary;
  std::string url;  // empty: none
  std::string section;  // empty: none
  std::vector<std::string> symbols;  // tickers the vendor names
  std::string extra;  // every other vendor field: one JSON object, or empty
  std::int32_t revision = 0;

  friend bool operator==(const NewsItem&, const NewsItem&) = default;
};

// Equal in all that a reader sees; revision aside.
bool same_content(const NewsItem& a, const NewsItem& b);

}  // namespace tapewire
