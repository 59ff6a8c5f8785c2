// SPDX-License-Identifier: Apache-2.0
#include "sources/news_json.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/digest.h"

namespace tapewire {
namespace {

using testing::HasSubstr;

struct Result {
  std::vector<NewsItem> items;
  std::vector<Fault> faults;
  std::vector<std::string> originals;
};

Result read(std::string_view json) {
  Result out;
  NewsParser parser;
  parser.parse(json, [&](std::expected<NewsItem, Fault> article, std::string_view original) {
    out.originals.emplace_back(original);
    if (article) {
      out.items.push_back(*std::move(article));
    } else {
      out.faults.push_back(article.error());
    }
  });
  return out;
}

NewsItem one(std::string_view json) {
  Result result = read(json);
  EXPECT_EQ(result.items.size(), 1U)
      << json << (result.faults.empty() ? "" : result.faults[0].reason);
  return result.items.empty() ? NewsItem{} : result.items[0];
}

std::string fixture(std::string_view name) {
  const auto path = std::filesystem::path(TAPEWIRE_SOURCE_DIR) / ".." / "shared" / "protocols" /
                    "fixtures" / name;
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Headlines, OfADayAreMidnightInNewYork) {
  const NewsItem item =
      one(R"({"source": "guardian", "published_at": "2019-02-11", "precision": "day",
      "headline": "Business leader  \n\n\n  Secret \u2019plan\u2019", "summary": ""})");
  EXPECT_EQ(item.source, "guardian");
  EXPECT_EQ(item.precision, Precision::day);
  EXPECT_EQ(to_iso8601(item.published_at), "2019-02-11T05:00:00Z");
  EXPECT_EQ(item.title, "Business leader Secret \u2019plan\u2019");
  EXPECT_EQ(
      nlohmann::json::parse(item.extra),
      nlohmann::json({{"headline_original", "Business leader  \n\n\n  Secret \u2019plan\u2019"}}));
  EXPECT_EQ(item.id,
            sha256_hex(std::string("guardian\0002019-02-11\0", 20) + item.title).substr(0, 32));
}

TEST(Headlines, TakeTheFieldsTheyHave) {
  const NewsItem item = one(
      R"({"id":7,"source":"sim","search":"q","published_at":"2019-02-13T09:30:00.5-05:00","first_published_at":"2019-02-13T14:00:00Z",
          "precision":"minute","title":"T","summary":"S","url":"https://x/","section":"business","symbols":["AAPL","MSFT"],
          "extra":{"a":[1,{"b":null}]},"kind":"live \"blog\"","weight":0.25})");
  EXPECT_EQ(item.id, "7");
  EXPECT_EQ(item.search, "q");
  EXPECT_EQ(to_iso8601(item.published_at), "2019-02-13T14:30:00.5Z");
  EXPECT_EQ(to_iso8601(*item.first_published_at), "2019-02-13T14:00:00Z");
  EXPECT_EQ(item.precision, Precision::minute);
  EXPECT_EQ(item.symbols, (std::vector<std::string>{"AAPL", "MSFT"}));
  EXPECT_EQ(item.section, "business");
  EXPECT_EQ(nlohmann::json::parse(item.extra),
            nlohmann::json::parse(R"({"a":[1,{"b":null}],"kind":"live \"blog\"","weight":0.25})"));
}

TEST(Headlines, KeepMarkupAndEmojiAsText) {
  const NewsItem item =
      one("{\"published_at\":\"2019-02-13T14:30:00Z\",\"headline\":\"<b>\xF0\x9F\x9A\x80</b> "
          "<script>x</script> \\uD83D\\uDE80\"}");
  EXPECT_EQ(item.title, "<b>\xF0\x9F\x9A\x80</b> <script>x</script> \xF0\x9F\x9A\x80");
  EXPECT_EQ(item.precision, Precision::second);
  EXPECT_EQ(item.source, "files");
}

TEST(Articles, OfFinnhubAreRead) {
  const NewsItem item = one(
      R"({"category":"company","datetime":1550068200,"headline":"H","id":42,"image":"https://i/","related":"AAPL, MSFT","source":"Yahoo","summary":"S","url":"https://u/"})");
  EXPECT_EQ(item.source, "finnhub");
  EXPECT_EQ(item.id, "42");
  EXPECT_EQ(to_iso8601(item.published_at), "2019-02-13T14:30:00Z");
  EXPECT_EQ(item.symbols, (std::vector<std::string>{"AAPL", "MSFT"}));
  EXPECT_EQ(nlohmann::json::parse(item.extra),
            nlohmann::json::parse(R"({"image":"https://i/","source":"Yahoo"})"));
}

TEST(Articles, OfGuardianAndPolygonAnswersAreRead) {
  const std::string guardian = fixture("guardian/guardian_uk-news_relevance_2020-01.json");
  if (guardian.empty()) GTEST_SKIP() << "SKIPPED: ../shared/protocols/fixtures is not here";
  const Result articles = read(guardian);
  ASSERT_EQ(articles.items.size(), 10U);
  EXPECT_EQ(articles.faults.size(), 0U);
  const NewsItem& item = articles.items[0];
  EXPECT_EQ(item.source, "guardian");
  EXPECT_EQ(item.id,
            "media/2020/jan/06/vat-ruling-on-times-digital-edition-could-save-news-uk-millions");
  EXPECT_EQ(item.title, "VAT ruling on Times digital edition could save News UK millions");
  EXPECT_EQ(item.section, "Media");
  EXPECT_EQ(to_iso8601(item.published_at), "2020-01-06T18:39:25Z");
  const auto extra = nlohmann::json::parse(item.extra);
  EXPECT_EQ(extra["pillarName"], "News");
  EXPECT_EQ(extra["type"], "article");
  EXPECT_EQ(extra["isHosted"], false);
  EXPECT_EQ(extra["fields"]["trailText"], item.summary);
  for (const char* name : {"guardian/guardian_newest_2022-02-02_truncated.json",
                           "guardian/guardian_sample_response_small_2012-04.json"}) {
    const Result more = read(fixture(name));
    EXPECT_GT(more.items.size(), 1U) << name;
    EXPECT_EQ(more.faults.size(), 0U) << name;
  }
  const Result polygon = read(fixture("polygon_rest/v2__reference__news&ticker=NFLX.json"));
  ASSERT_EQ(polygon.items.size(), 1U);
  EXPECT_EQ(polygon.items[0].source, "polygon");
  EXPECT_EQ(polygon.items[0].symbols.size(), 4U);
  EXPECT_EQ(nlohmann::json::parse(polygon.items[0].extra)["publisher"]["name"], "MarketWatch");
}

TEST(Articles, WithoutAPillarAreFine) {
  const NewsItem item = one(
      R"({"id":"a/b","type":"liveblog","webPublicationDate":"2019-02-13T14:30:00Z","webTitle":"T","webUrl":"https://u/"})");
  EXPECT_EQ(item.title, "T");
}

TEST(Articles, ThatAreBadAreFaults) {
  struct Case {
    std::string_view json, field, reason;
  };
  const Case cases[] = {
      {"", "", "not JSON"},
      {"hello", "", "not JSON"},
      {"{\"a\":", "", "not JSON"},
      {"42", "", "not an article"},
      {"{}", "", "neither a title"},
      {R"({"published_at":"2019-02-13T14:30:00Z"})", "headline", "no title"},
      {R"({"published_at":"2019-02-13T14:30:00Z","headline":" \n "})", "headline", "no title"},
      {R"({"published_at":"2019-02-13T14:30:00Z","headline":null})", "headline", "no title"},
      {R"({"published_at":"2019-02-13T14:30:00Z","headline":["x"]})", "headline", "not a text"},
      {R"({"webPublicationDate":"2019-02-13T14:30:00Z"})", "webTitle", "no title"},
      {R"({"headline":"x"})", "published_at", "missing"},
      {R"({"headline":"x","published_at":null})", "published_at", "missing"},
      {R"({"headline":"x","published_at":"2019-02-13T14:30:00"})", "published_at",
       "zone is missing"},
      {R"({"headline":"x","published_at":"2019-02-30"})", "published_at", "not a time"},
      {R"({"headline":"x","published_at":"yesterday"})", "published_at", "not a time"},
      {R"({"headline":"x","published_at":true})", "published_at", "not a time"},
      {R"({"headline":"x","published_at":"2019-02-13","precision":"hour"})", "precision",
       "unknown"},
      {R"({"title":"x","published_utc":"2019-02-13T14:30:00Z","tickers":5})", "tickers",
       "not a list"},
      {"{\"headline\":\"\xff\xfe\",\"published_at\":\"2019-02-13\"}", "", "UTF-8"},
  };
  for (const Case& item : cases) {
    const Result result = read(item.json);
    ASSERT_EQ(result.faults.size(), 1U) << item.json;
    EXPECT_EQ(result.items.size(), 0U);
    EXPECT_EQ(result.faults[0].field, item.field) << item.json;
    EXPECT_THAT(result.faults[0].reason, HasSubstr(item.reason)) << item.json;
    EXPECT_NE(result.faults[0].expected, "");
    EXPECT_EQ(result.originals[0], item.json);
  }
  const Result mixed =
      read(R"([{"headline":"x","published_at":"2019-02-13"}, 5, {"headline":""}])");
  EXPECT_EQ(mixed.items.size(), 1U);
  EXPECT_EQ(mixed.faults.size(), 2U);
  EXPECT_EQ(mixed.originals[1], "5");
}

}  // namespace
}  // namespace tapewire
