// SPDX-License-Identifier: Apache-2.0
// Reads articles from JSON: headline files, and Guardian, Polygon and Finnhub articles as their
// APIs return them.
//
// Shape:  one article, an array of them, or an answer that holds them under `results` or
//         `response.results`. Every field without a place in NewsItem is kept in `extra`; markup in
//         texts stays text.
// Time:   a date alone means precision `day` at midnight New York; a time needs a zone.
// Errors: each article is an item or a fault; text that is not JSON or not UTF-8 is one fault.
// Source: Guardian /search, Polygon /v2/reference/news, Finnhub /company-news.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string_view>

#include "model/news_item.h"
#include "model/validate.h"

namespace tapewire {

class NewsParser {
 public:
  NewsParser();
  ~NewsParser();
  NewsParser(NewsParser&&) noexcept;
  NewsParser& operator=(NewsParser&&) noexcept;

  // `original` is the article's JSON, valid during the call.
  using Take =
      std::function<void(std::expected<NewsItem, Fault> article, std::string_view original)>;
  void parse(std::string_view json, const Take& take);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tapewire
