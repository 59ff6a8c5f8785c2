// SPDX-License-Identifier: Apache-2.0
#include "server/parameters.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "server/request_target.h"

namespace tapewire {
namespace {

constexpr std::string_view kWidths[] = {"1m", "5m"};
constexpr std::string_view kKinds[] = {"", "change_5m", "delta_10s"};
constexpr ParameterSpec kSpecs[] = {
    {.name = "symbol", .type = ParameterType::symbol, .description = "", .required = true},
    {.name = "width", .type = ParameterType::choice, .description = "", .choices = kWidths},
    {.name = "from", .type = ParameterType::time},
    {.name = "limit", .type = ParameterType::integer, .minimum = 1, .maximum = 10, .fallback = 5},
    {.name = "kind", .type = ParameterType::choice, .description = "", .choices = kKinds},
    {.name = "q", .type = ParameterType::text, .bytes_max = 8},
};

std::expected<ParameterValues, HttpResponse> read(std::string_view query) {
  const auto target = parse_target("/?" + std::string(query));
  EXPECT_TRUE(target);
  return read_parameters(kSpecs, target->query);
}

TEST(Parameters, absent_ones_have_their_defaults) {
  const auto values = read("symbol=AAPL");
  ASSERT_TRUE(values);
  EXPECT_EQ(values->text("symbol"), "AAPL");
  EXPECT_EQ(values->text("width"), "1m");
  EXPECT_EQ(values->integer("limit"), 5);
  EXPECT_FALSE(values->time("from"));
  EXPECT_EQ(values->text("q"), "");
}

TEST(Parameters, given_ones_are_read) {
  const auto values = read("symbol=BRK.A&width=5m&limit=10&from=2019-02-13T09:30:00-05:00&q=a+b");
  ASSERT_TRUE(values);
  EXPECT_EQ(values->text("width"), "5m");
  EXPECT_EQ(values->integer("limit"), 10);
  EXPECT_EQ(to_iso8601(*values->time("from")), "2019-02-13T14:30:00Z");
  EXPECT_EQ(values->text("q"), "a b");
  EXPECT_EQ(to_iso8601(*read("symbol=A&from=2019-02-13")->time("from")), "2019-02-13T00:00:00Z");
}

TEST(Parameters, each_fault_names_the_parameter_and_what_was_expected) {
  const struct {
    std::string_view query, parameter, detail;
  } cases[] = {
      {"", "symbol", "missing"},
      {"symbol=", "symbol", "expected"},
      {"symbol=A%20B", "symbol", "expected"},
      {"symbol=A&symbol=B", "symbol", "twice"},
      {"symbol=A&width=2m", "width", "one of 1m, 5m"},
      {"symbol=A&from=yesterday", "from", "2019-02-13T14:30:00Z"},
      {"symbol=A&kind=x", "kind", "one of change_5m, delta_10s"},
      {"symbol=A&from=9999-12-31", "from", "1678 to 2261"},
      {"symbol=A&from=0001-01-01T00:00:00Z", "from", "1678 to 2261"},
      {"symbol=A&from=2019-02-30", "from", "expected"},
      {"symbol=A&from=2019-02-13T10:00:00", "from", "expected"},
      {"symbol=A&limit=0", "limit", "from 1 to 10"},
      {"symbol=A&limit=11", "limit", "from 1 to 10"},
      {"symbol=A&limit=1e1", "limit", "from 1 to 10"},
      {"symbol=A&limit=99999999999999999999", "limit", "from 1 to 10"},
      {"symbol=A&q=123456789", "q", "at most 8 bytes"},
      {"symbol=A&colour=red", "colour", "known are symbol, width, from, limit, kind, q"},
  };
  for (const auto& c : cases) {
    const auto values = read(c.query);
    ASSERT_FALSE(values) << c.query;
    EXPECT_EQ(values.error().status, 400);
    EXPECT_EQ(values.error().content_type, "application/problem+json");
    const auto body = nlohmann::json::parse(values.error().body);
    EXPECT_EQ(body["parameter"], c.parameter) << c.query;
    EXPECT_EQ(body["status"], 400);
    EXPECT_THAT(body["detail"].get<std::string>(), testing::HasSubstr(std::string(c.detail)))
        << c.query;
  }
}

}  // namespace
}  // namespace tapewire
