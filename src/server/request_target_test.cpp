// SPDX-License-Identifier: Apache-2.0
#include "server/request_target.h"

#include <gmock/gmock.h>

namespace tapewire {
namespace {

std::string shown(std::string_view target) {
  const auto parsed = parse_target(target);
  if (!parsed) return "error: " + parsed.error().message;
  std::string out = parsed->path;
  for (const QueryParameter& p : parsed->query) out += " [" + p.name + "=" + p.value + "]";
  return out;
}

TEST(RequestTarget, splits_and_decodes) {
  const struct {
    std::string_view target, expected;
  } cases[] = {
      {"/", "/"},
      {"/api/v1/bars?symbol=AAPL&width=1m", "/api/v1/bars [symbol=AAPL] [width=1m]"},
      {"/a%20b?x=%2B+%26", "/a b [x=+ &]"},
      {"/a+b", "/a+b"},
      {"/?&&a=&b", "/ [a=] [b=]"},
      {"/?a=1=2", "/ [a=1=2]"},
      {"/x?y=1#z", "/x [y=1]"},
      {"http://host:80/x?y=1", "/x [y=1]"},
      {"http://host", "/"},
      {"/caf%C3%A9", "/café"},
  };
  for (const auto& c : cases) EXPECT_EQ(shown(c.target), c.expected) << c.target;
}

TEST(RequestTarget, refuses_what_no_client_sends) {
  const struct {
    std::string target, why;
  } cases[] = {
      {"", "does not begin with '/'"},
      {"*", "does not begin with '/'"},
      {"/%", "hexadecimal"},
      {"/%4", "hexadecimal"},
      {"/%zz", "hexadecimal"},
      {"/a%00b", "control character"},
      {"/?a=%0d%0aSet-Cookie", "control"},
      {"/%ff", "not UTF-8"},
      {"/?" + std::string(300, '&') +
           [] {
             std::string many;
             for (int i = 0; i < 65; ++i) many += "a=1&";
             return many;
           }(),
       "more than 64 parameters"},
  };
  for (const auto& c : cases) EXPECT_THAT(shown(c.target), testing::HasSubstr(c.why)) << c.target;
}

TEST(RequestTarget, names_the_parameter_whose_value_is_wrong) {
  const struct {
    std::string_view target, parameter;
  } cases[] = {{"/?a=1&symbol=%zz", "symbol"},
               {"/?symbol=%ff", "symbol"},
               {"/?q=%E2%82", "q"},
               {"/?a=%00", "a"},
               {"/?%ff=1", ""},
               {"/%ff?a=1", ""}};
  for (const auto& c : cases) {
    const auto parsed = parse_target(c.target);
    ASSERT_FALSE(parsed) << c.target;
    EXPECT_EQ(parsed.error().parameter, c.parameter) << c.target;
  }
}

}  // namespace
}  // namespace tapewire
