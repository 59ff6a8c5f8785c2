// SPDX-License-Identifier: Apache-2.0
// Holds the OpenAPI document, the route table and what the server really answers to each other.
#include "server/openapi.h"

#include <map>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "server/routes.h"
#include "server/schema_test_support.h"
#include "server/server_test_support.h"

namespace tapewire {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text)
    out.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  return out;
}

TEST(OpenApi, lists_exactly_the_routes_with_their_parameters) {
  const Json document = Json::parse(openapi_document());
  EXPECT_EQ(document["openapi"], "3.1.0");
  std::set<std::string> listed;
  for (const auto& [path, operations] : document["paths"].items()) {
    for (const auto& [method, operation] : operations.items()) listed.insert(method + " " + path);
  }
  std::set<std::string> expected;
  std::set<std::string> operations;
  for (const Route& route : routes()) {
    expected.insert(lower(route.method) + " " + std::string(route.path));
    EXPECT_TRUE(operations.insert(std::string(route.operation)).second) << route.operation;
    const Json& operation = document["paths"][route.path][lower(route.method)];
    EXPECT_EQ(operation["operationId"], route.operation);
    ASSERT_EQ(operation["parameters"].size(), route.parameters.size());
    for (std::size_t i = 0; i < route.parameters.size(); ++i) {
      EXPECT_EQ(operation["parameters"][i]["name"], route.parameters[i].name);
      EXPECT_EQ(operation["parameters"][i]["required"], route.parameters[i].required);
      EXPECT_FALSE(operation["parameters"][i]["description"].get<std::string>().empty());
    }
  }
  EXPECT_EQ(listed, expected);
}

TEST(OpenApi, every_reference_resolves) {
  const Json document = Json::parse(openapi_document());
  std::vector<Json> open{document};
  while (!open.empty()) {
    const Json node = std::move(open.back());
    open.pop_back();
    if (node.is_object() && node.contains("$ref")) {
      EXPECT_TRUE(document.contains(Json::json_pointer(node["$ref"].get<std::string>().substr(1))))
          << node["$ref"];
    }
    if (node.is_structured()) open.insert(open.end(), node.begin(), node.end());
  }
}

// The schema checker itself can say no.
TEST(SchemaCheck, finds_faults) {
  const SchemaCheck check(
      Json::parse(R"({"s":{"type":"object","required":["a"],"additionalProperties":false,
    "properties":{"a":{"type":["integer","null"],"minimum":0},"b":{"type":"array","items":{"enum":["x"]}},
                  "c":{"type":"string","pattern":"^\\d+$"}}}})"));
  const Json schema = Json::parse(R"({"$ref":"#/s"})");
  EXPECT_THAT(check.faults(schema, Json::parse(R"({"a":null,"b":["x"],"c":"12"})")), IsEmpty());
  for (const char* wrong : {R"([])", R"({})", R"({"a":"1"})", R"({"a":-1})", R"({"a":1,"z":1})",
                            R"({"a":1,"b":["y"]})", R"({"a":1,"c":"x"})"}) {
    EXPECT_FALSE(check.faults(schema, Json::parse(wrong)).empty()) << wrong;
  }
}

std::string health_json() {
  return R"({"status":"ok","version":"0","mode":"live","simulated":false,"started_at":"2019-02-13T14:00:00Z",
    "now":"2019-02-13T15:00:00Z","watermark":null,"account":{"stock-prices":{"read":1,"appended":1,"duplicate":0,
    "dead_lettered":0,"too_late":0,"dropped":0}},"sources":[{"name":"files","state":"running","detail":""}],
    "lag":{"pipeline":0,"store":0},"problems":[]})";
}

class OpenApiAnswers : public testing::Test {
 protected:
  OpenApiAnswers()
      : world_({},
               {.status = health_json,
                .metrics = [] { return std::string("app_metric 1\n"); },
                .ready = {},
                .consumers =
                    [] { return std::vector<ConsumerPosition>{{"pipeline", "stock-prices", 0}}; },
                .wait_for_records = {}}),
        check_(Json::parse(openapi_document())) {}

  void SetUp() override {
    ASSERT_NE(world_.server, nullptr);
    StoreBatch batch;
    Bar plain = sample_bar("AAPL", at("2019-02-13T14:30:00Z"), "171.140000001");
    Bar rich = sample_bar("AAPL", at("2019-02-13T21:30:00Z"));
    rich.session = TradingSession::after_hours;
    rich.vwap = Price{170'123'456'789};
    rich.origin = Origin::built;
    rich.transactions.reset();
    batch.bars = {{plain, kLiveRun}, {rich, kLiveRun}};
    NewsItem item =
        sample_news("n1", at("2019-02-13T05:00:00Z"), "Emoji \xf0\x9f\x9a\x80 & <b>HTML</b>");
    item.precision = Precision::day;
    item.url = "https://example.com/1";
    batch.news = {
        {item, at("2019-02-13T15:00:00Z")},
        {sample_news("n2", at("2019-02-13T14:31:00Z"), "Plain"), at("2019-02-13T15:00:01Z")}};
    SignalSet signals;
    signals.symbol = Symbol("AAPL");
    signals.time = at("2019-02-13T14:31:00Z");
    signals.values[0] = 0.125;
    SignalSet later = signals;
    later.time = at("2019-02-13T14:32:00Z");
    later.values[1] = later.values[2] = 0.5;
    batch.signals = {{signals, kLiveRun}, {later, kLiveRun}};
    DeadLetter letter{"stock-prices",   "parse", "files",    "a.csv:3",
                      "price is \"x\"", "close", "a number", "bytes \xff\xfe"};
    batch.dead_letters = {{letter, 7, at("2019-02-13T15:00:02Z")}};
    batch.offsets = {{"bars", 0}};
    world_.put(batch);
    world_.append(plain);
  }

  // Checks an answer against what the document says for its status and type.
  Json Conforms(std::string_view path, std::string_view method, const WireResponse& answer) {
    const Json& operation = check_.document()["paths"][path][lower(method)];
    const std::string status = std::to_string(answer.status);
    if (!operation["responses"].contains(status)) {
      ADD_FAILURE() << path << ": status " << status << " is not in the document: " << answer.body;
      return {};
    }
    std::string type = answer.headers.at("content-type");
    type = type.substr(0, type.find(';'));
    const Json& content = operation["responses"][status]["content"];
    if (!content.contains(type)) {
      ADD_FAILURE() << path << ": type " << type << " is not in the document";
      return {};
    }
    if (!type.ends_with("json") || type.ends_with("ndjson")) return {};
    const Json body = Json::parse(answer.body, nullptr, false);
    EXPECT_FALSE(body.is_discarded()) << answer.body;
    EXPECT_THAT(check_.faults(content[type]["schema"], body), IsEmpty()) << path;
    return body;
  }
  Json Get(std::string_view path, std::string_view query = "") {
    Wire wire(world_.port());
    return Conforms(path, "GET", wire.get(fmt::format("{}{}", path, query)));
  }
  Json Sql(std::string_view body, int status = 200) {
    Wire wire(world_.port());
    wire.send(fmt::format(
        "POST /api/v1/sql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        "Content-Length: {}\r\n\r\n{}",
        body.size(), body));
    const WireResponse answer = wire.response().value_or(WireResponse{});
    EXPECT_EQ(answer.status, status) << answer.body;
    return Conforms("/api/v1/sql", "POST", answer);
  }

  World world_;
  SchemaCheck check_;
};

TEST_F(OpenApiAnswers, every_get_route_answers_as_documented) {
  for (const Route& route : routes()) {
    if (route.method != "GET") continue;
    std::string query;
    for (const ParameterSpec& parameter : route.parameters) {
      if (parameter.required && parameter.type == ParameterType::symbol)
        query += (query.empty() ? "?" : "&") + fmt::format("{}=AAPL", parameter.name);
    }
    SCOPED_TRACE(route.path);
    Get(route.path, query);
    Wire wire(world_.port());
    const WireResponse wrong = wire.get(fmt::format("{}?nonsense=1", route.path));
    EXPECT_EQ(wrong.status, 400);
    EXPECT_EQ(Conforms(route.path, "GET", wrong)["parameter"], "nonsense");
  }
}

TEST_F(OpenApiAnswers, bars_keep_their_exact_digits) {
  Wire wire(world_.port());
  const WireResponse answer = wire.get("/api/v1/bars?symbol=AAPL&width=1m");
  EXPECT_THAT(answer.body, HasSubstr(R"("close":171.140000001)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("vwap":170.123456789)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("volume":1500)"));
  const Json bars = Conforms("/api/v1/bars", "GET", answer)["bars"];
  ASSERT_EQ(bars.size(), 2U);
  EXPECT_EQ(bars[0]["start_time"], "2019-02-13T14:30:00Z");
  EXPECT_EQ(bars[0]["session"], "regular");
  EXPECT_TRUE(bars[0]["vwap"].is_null());
  EXPECT_EQ(bars[1]["session"], "after_hours");
  EXPECT_EQ(bars[1]["origin"], "built");
}

TEST_F(OpenApiAnswers, bars_are_limited_and_say_so) {
  const Json newest = Get("/api/v1/bars", "?symbol=AAPL&width=1m&limit=1");
  EXPECT_EQ(newest["truncated"], true);
  ASSERT_EQ(newest["bars"].size(), 1U);
  EXPECT_EQ(newest["bars"][0]["start_time"], "2019-02-13T21:30:00Z");
  const Json oldest = Get("/api/v1/bars", "?symbol=AAPL&width=1m&limit=1&from=2019-02-13");
  EXPECT_EQ(oldest["truncated"], true);
  EXPECT_EQ(oldest["bars"][0]["start_time"], "2019-02-13T14:30:00Z");
  const Json whole =
      Get("/api/v1/bars", "?symbol=AAPL&width=1m&from=2019-02-13&to=2019-02-13T21:00:00Z");
  EXPECT_EQ(whole["truncated"], false);
  EXPECT_EQ(whole["bars"].size(), 1U);
  EXPECT_EQ(Get("/api/v1/bars", "?symbol=NONE")["bars"].size(), 0U);
  // The ends of time are times too.
  for (const std::string_view path : {"/api/v1/bars", "/api/v1/news", "/api/v1/signals"}) {
    Get(path,
        fmt::format("?{}from=1677-09-21T00:12:43.145224193Z&to=2262-04-11T23:47:16.854775807Z",
                    path == "/api/v1/news" ? "" : "symbol=AAPL&"));
  }
}

TEST_F(OpenApiAnswers, bars_as_csv_and_parquet) {
  Wire wire(world_.port());
  const WireResponse csv = wire.get("/api/v1/bars?symbol=AAPL&width=1m&format=csv");
  EXPECT_THAT(csv.headers.at("content-type"), HasSubstr("text/csv"));
  EXPECT_THAT(csv.body, testing::StartsWith("symbol,width,start_time,"));
  EXPECT_THAT(
      csv.body,
      HasSubstr("AAPL,1m,2019-02-13T14:30:00Z,2019-02-13T14:31:00Z,regular,170.890000001,"));
  const WireResponse parquet = wire.get("/api/v1/bars?symbol=AAPL&width=1m&format=parquet");
  EXPECT_EQ(parquet.status, 200) << parquet.body;
  EXPECT_THAT(parquet.body, testing::StartsWith("PAR1"));
  EXPECT_THAT(parquet.body, testing::EndsWith("PAR1"));
}

TEST_F(OpenApiAnswers, news_page_by_cursor) {
  const Json first = Get("/api/v1/news", "?limit=1");
  ASSERT_EQ(first["news"].size(), 1U);
  EXPECT_EQ(first["news"][0]["id"], "n2");
  const Json second =
      Get("/api/v1/news", "?limit=1&cursor=" + first["next_cursor"].get<std::string>());
  ASSERT_EQ(second["news"].size(), 1U);
  EXPECT_EQ(second["news"][0]["id"], "n1");
  EXPECT_EQ(second["news"][0]["precision"], "day");
  EXPECT_EQ(second["news"][0]["published_on"], "2019-02-13");
  EXPECT_EQ(second["news"][0]["title"], "Emoji \xf0\x9f\x9a\x80 & <b>HTML</b>");
  EXPECT_EQ(Get("/api/v1/news", "?q=EMOJI")["news"].size(), 1U);
  EXPECT_EQ(Get("/api/v1/news", "?symbol=MSFT")["news"].size(), 0U);
  Wire wire(world_.port());
  for (const auto& [path, parameter] :
       std::map<std::string, std::string>{{"/api/v1/news?cursor=rubbish", "cursor"},
                                          {"/api/v1/dead-letters?cursor=rubbish", "cursor"},
                                          {"/api/v1/news?q=%zz", "q"},
                                          {"/api/v1/news?q=%ff", "q"}}) {
    const WireResponse wrong = wire.get(path);
    EXPECT_EQ(wrong.status, 400) << path;
    EXPECT_EQ(Json::parse(wrong.body)["parameter"], parameter) << path;
  }
}

TEST_F(OpenApiAnswers, signals_topics_and_dead_letters) {
  const Json signals =
      Get("/api/v1/signals", "?symbol=AAPL&kind=change_5m&to=2019-02-13T14:32:00Z");
  ASSERT_EQ(signals["signals"].size(), 1U);
  EXPECT_EQ(signals["signals"][0]["value"], 0.125);
  const Json topics = Get("/api/v1/topics");
  EXPECT_EQ(topics["consumers"][0]["consumer"], "pipeline");
  EXPECT_EQ(topics["consumers"][0]["lag"], 0);
  const Json letters = Get("/api/v1/dead-letters");
  ASSERT_EQ(letters["dead_letters"].size(), 1U);
  EXPECT_EQ(letters["dead_letters"][0]["payload"], "bytes \xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(letters["dead_letters"][0]["payload_base64"], "Ynl0ZXMg//4=");
  EXPECT_EQ(letters["dead_letters"][0]["log_offset"], 7);
}

TEST_F(OpenApiAnswers, signals_are_limited_by_whole_sets_and_say_so) {
  const struct {
    std::string_view query;
    std::vector<std::string> minutes;
    bool truncated;
  } cases[] = {
      {"", {"31", "32", "32", "32"}, false},
      {"&limit=4", {"31", "32", "32", "32"}, false},
      {"&limit=3", {"32", "32", "32"}, true},
      {"&limit=1", {"32", "32", "32"}, true},  // one time's always
      {"&limit=3&from=2019-02-13", {"31"}, true},
      {"&limit=1&kind=change_5m", {"32"}, true},
      {"&limit=2&kind=change_5m", {"31", "32"}, false},
      {"&limit=1&kind=change_10m", {"32"}, false},
  };
  for (const auto& c : cases) {
    const Json page = Get("/api/v1/signals", fmt::format("?symbol=AAPL{}", c.query));
    std::vector<std::string> minutes;
    for (const Json& row : page["signals"])
      minutes.push_back(row["time"].get<std::string>().substr(14, 2));
    EXPECT_EQ(minutes, c.minutes) << c.query;
    EXPECT_EQ(page["truncated"], c.truncated) << c.query;
  }
}

TEST_F(OpenApiAnswers, sql_answers_and_refuses_as_documented) {
  const Json result =
      Sql(R"({"query":"select symbol, close from bars_1m order by start_time","max_rows":1})");
  EXPECT_EQ(result["columns"][0]["name"], "symbol");
  EXPECT_EQ(result["rows"].size(), 1U);
  EXPECT_EQ(result["truncated"], true);
  const struct {
    std::string_view body, parameter;
  } wrong[] = {
      {R"({})", "query"},
      {R"({"query":3})", "query"},
      {R"({"query":""})", "query"},
      {R"({"query":"select 1","max_rows":0})", "max_rows"},
      {R"({"query":"select 1","max_rows":1.5})", "max_rows"},
      {R"({"query":"select 1","format":"xml"})", "format"},
      {R"({"query":"select 1","limit":1})", "limit"},
  };
  for (const auto& c : wrong) EXPECT_EQ(Sql(c.body, 400)["parameter"], c.parameter) << c.body;
  Sql("not json", 400);
  Sql("[1]", 400);
  Sql(R"({"query":"drop table bars"})", 400);
  Sql(R"({"query":"select * from nowhere"})", 400);
  Sql(R"({"query":"copy bars to '/tmp/x.csv'"})", 400);
}

TEST_F(OpenApiAnswers, sql_in_every_form) {
  const auto ask = [&](std::string_view format, std::string_view query = "select 1 as one",
                       std::string_view more = "") {
    Wire wire(world_.port());
    const std::string body =
        fmt::format(R"({{"query":"{}","format":"{}"{}}})", query, format, more);
    wire.send(fmt::format(
        "POST /api/v1/sql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        "Content-Length: {}\r\n\r\n{}",
        body.size(), body));
    const WireResponse answer = wire.response().value_or(WireResponse{});
    Conforms("/api/v1/sql", "POST", answer);
    return answer;
  };
  for (const std::string_view format : {"csv", "ndjson", "table", "parquet"}) {
    EXPECT_EQ(ask(format, "from range(1001)").status, 200) << format;
    const WireResponse cut = ask(format, "from range(1001)", R"(,"max_rows":1000)");
    EXPECT_EQ(cut.status, 422) << format;
    EXPECT_THAT(cut.body, HasSubstr("max_rows")) << format;
  }
  EXPECT_THAT(ask("csv").body, testing::StartsWith("one"));
  EXPECT_EQ(Json::parse(ask("ndjson").body)["one"], 1);
  EXPECT_THAT(ask("table").body, HasSubstr("one"));
  EXPECT_THAT(ask("parquet").body, testing::StartsWith("PAR1"));
}

TEST_F(OpenApiAnswers, metrics_hold_the_servers_and_the_programs) {
  Get("/api/v1/symbols");
  Wire wire(world_.port());
  const WireResponse metrics = wire.get("/metrics");
  EXPECT_THAT(metrics.body, HasSubstr("app_metric 1"));
  EXPECT_THAT(metrics.body,
              HasSubstr(R"(tapewire_http_requests_total{route="/api/v1/symbols",status="200"})"));
  EXPECT_THAT(metrics.body, HasSubstr("tapewire_live_clients"));
  EXPECT_THAT(metrics.body, HasSubstr("# TYPE tapewire_live_events_total counter"));
}

}  // namespace
}  // namespace tapewire
