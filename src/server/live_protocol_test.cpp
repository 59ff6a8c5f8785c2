// SPDX-License-Identifier: Apache-2.0
#include "server/live_protocol.h"

#include <gmock/gmock.h>

#include "server/json_input.h"

namespace tapewire {
namespace {

std::string shown(std::string_view text) {
  const auto request = parse_live_request(text);
  if (!request) return "error(" + request.error().op + "): " + request.error().detail;
  if (request->op == LiveRequest::Op::ping) return "ping";
  const Subscription& to = request->subscription;
  return std::string(request->op == LiveRequest::Op::subscribe ? "+" : "-") +
         std::string(to_string(to.channel)) + " " + to.symbol.str() + " " +
         (to.channel == Channel::bars ? std::string(to_string(to.width)) : "");
}

TEST(LiveProtocol, reads_requests) {
  EXPECT_EQ(shown(R"({"op":"ping"})"), "ping");
  EXPECT_EQ(shown(R"({"op":"subscribe","channel":"bars","symbol":"AAPL","width":"1m"})"),
            "+bars AAPL 1m");
  EXPECT_EQ(shown(R"({"width":"1d","symbol":"BRK.A","channel":"bars","op":"unsubscribe"})"),
            "-bars BRK.A 1d");
  EXPECT_EQ(shown(R"({"op":"subscribe","channel":"news"})"), "+news  ");
  EXPECT_EQ(shown(R"({"op":"subscribe","channel":"signals","symbol":"AAPL"})"), "+signals AAPL ");
  EXPECT_EQ(shown(R"({"op":"subscribe","channel":"status"})"), "+status  ");
}

TEST(LiveProtocol, says_what_is_wrong) {
  const struct {
    std::string_view text, expected;
  } cases[] = {
      {"", "not JSON"},
      {"hello", "not JSON"},
      {"{\"op\":\"ping\"", "not JSON"},
      {"{\"op\":\"ping\"} x", "not JSON"},
      {"[]", "expected a JSON object"},
      {"3", "expected a JSON object"},
      {"{}", "'op' must be one of"},
      {R"({"op":"dance"})", "error(dance): 'op' must be one of"},
      {R"({"op":3})", "'op' must be a text"},
      {R"({"op":"ping","op":"ping"})", "given twice"},
      {R"({"op":"ping","extra":{"deep":[1,2,{}]}})", "unknown member 'extra'"},
      {R"({"op":"subscribe"})", "error(subscribe): 'channel' must be one of"},
      {R"({"op":"subscribe","channel":"trades"})", "'channel' must be one of"},
      {R"({"op":"subscribe","channel":"bars","width":"1m"})", "symbol"},
      {R"({"op":"subscribe","channel":"bars","symbol":"A","width":"2m"})",
       "'width' must be one of"},
      {R"({"op":"subscribe","channel":"bars","symbol":"A"})", "'width' must be one of"},
      {R"({"op":"subscribe","channel":"signals","symbol":"A","width":"1m"})", "no width"},
      {R"({"op":"subscribe","channel":"news","symbol":"A"})", "no symbol"},
      {R"({"op":"subscribe","channel":"bars","symbol":"A B","width":"1m"})", "expected"},
  };
  for (const auto& c : cases)
    EXPECT_THAT(shown(c.text), testing::HasSubstr(std::string(c.expected))) << c.text;
  EXPECT_THAT(shown(std::string(60000, '[')), testing::HasSubstr("expected a JSON object"));
  EXPECT_THAT(shown("{\"op\":" + std::string(60000, '[')), testing::HasSubstr("not JSON"));
}

TEST(LiveProtocol, errors_name_the_subscription_they_are_about) {
  const auto message =
      parse_live_request(R"({"op":"subscribe","channel":"bars","symbol":"AAPL","width":"7m"})");
  ASSERT_FALSE(message);
  EXPECT_THAT(
      *error_frame(message.error()),
      testing::EndsWith(R"("op":"subscribe","channel":"bars","symbol":"AAPL","width":"7m"})"));
}

TEST(LiveProtocol, replies_are_json) {
  EXPECT_EQ(*pong_frame(), R"({"type":"pong"})");
  EXPECT_EQ(*lagging_frame(7), R"({"type":"lagging","dropped":7})");
  EXPECT_EQ(*error_frame({"subscribe", "a \"b\""}),
            R"({"type":"error","detail":"a \"b\"","op":"subscribe"})");
  const Subscription bars{Channel::bars, Symbol("AAPL"), Width::m5};
  EXPECT_EQ(*error_frame(complaint_about("subscribe", bars, "x")),
            R"({"type":"error","detail":"x","op":"subscribe","channel":"bars","symbol":"AAPL",)"
            R"("width":"5m"})");
  EXPECT_EQ(*error_frame({"", "x"}), R"({"type":"error","detail":"x"})");
  EXPECT_EQ(*status_frame(R"({"status":"ok"})"), R"({"type":"status","status":"ok"})");
  EXPECT_EQ(*status_frame("{}"), R"({"type":"status"})");
  EXPECT_EQ(*status_frame(""), R"({"type":"status"})");
}

TEST(JsonInput, knows_one_whole_object) {
  EXPECT_TRUE(is_json_object(R"( {"a":[1,{"b":null}]} )"));
  for (const std::string_view text : {"", "[]", "{} {}", "{", "null", "{\"a\":\"\xff\"}"})
    EXPECT_FALSE(is_json_object(text)) << text;
}

}  // namespace
}  // namespace tapewire
