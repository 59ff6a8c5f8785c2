// SPDX-License-Identifier: Apache-2.0
// Feeds bytes to the reader of articles: each must become an item with an id, a title and valid
// fields, or a fault.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "sources/news_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tapewire;
  static NewsParser parser;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  parser.parse(text, [](const std::expected<NewsItem, Fault>& article, std::string_view) {
    if (!article) {
      CHECK(!article.error().reason.empty() && !article.error().expected.empty());
      return;
    }
    CHECK(!article->id.empty() && !article->title.empty() && !article->source.empty());
    CHECK(article->title.find('\n') == std::string::npos);
    // Deeper nesting than the parser's limit would be refused the second time.
    if (article->extra.empty() || article->extra.size() > 1000) return;
    // What is kept is an object again, and an article whose extra it is keeps it.
    CHECK(article->extra.front() == '{' && article->extra.back() == '}');
    static NewsParser again;
    const std::string nested =
        R"({"headline":"x","published_at":"2019-02-13","extra":)" + article->extra + "}";
    again.parse(nested, [&](const std::expected<NewsItem, Fault>& kept, std::string_view) {
      CHECK(kept.has_value() && kept->extra == article->extra);
    });
  });
  return 0;
}
