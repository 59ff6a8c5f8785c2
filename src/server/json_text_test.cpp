// SPDX-License-Identifier: Apache-2.0
#include "server/json_text.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>

namespace tapewire {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(JsonText, escapes_what_json_and_old_javascript_need) {
  const struct {
    std::string_view text, expected;
  } cases[] = {
      {"", R"("")"},
      {"plain", R"("plain")"},
      {"a\"b\\c", R"("a\"b\\c")"},
      {"\n\r\t", R"("\n\r\t")"},
      {std::string_view("\0\x01\x1f\x7f", 4), R"("\u0000\u0001\u001f\u007f")"},
      {"<script>alert(1)</script>", R"("<script>alert(1)</script>")"},
      {"Müller \xf0\x9f\x9a\x80", "\"Müller \xf0\x9f\x9a\x80\""},
      {"a\xe2\x80\xa8z\xe2\x80\xa9", R"("a\u2028z\u2029")"},
      {"bad\xff\xfe", "\"bad\xef\xbf\xbd\xef\xbf\xbd\""},
      {"cut\xe2\x82", "\"cut\xef\xbf\xbd\xef\xbf\xbd\""},
      {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},  // a surrogate
  };
  for (const auto& c : cases) EXPECT_EQ(quoted(c.text), c.expected) << c.text;
}

TEST(JsonText, numbers_read_back_equal) {
  const struct {
    double value;
    std::string_view expected;
  } cases[] = {{0.1, "0.1"},           {-2.5, "-2.5"},
               {1e300, "1e+300"},      {0, "0"},
               {std::nan(""), "null"}, {std::numeric_limits<double>::infinity(), "null"}};
  for (const auto& c : cases) {
    std::string out;
    append_json_double(out, c.value);
    EXPECT_EQ(out, c.expected);
  }
}

TEST(JsonText, csv_quotes_only_where_needed) {
  std::string out;
  append_csv_field(out, "plain");
  out += ';';
  append_csv_field(out, "a,\"b\"\n");
  EXPECT_EQ(out, "plain;\"a,\"\"b\"\"\n\"");
}

TEST(JsonText, base64_matches_rfc_4648) {
  const struct {
    std::string_view bytes, expected;
  } cases[] = {{"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
               {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xff\xfe", "//4="}};
  for (const auto& c : cases) EXPECT_EQ(base64(c.bytes), c.expected);
}

TEST(JsonText, knows_utf8) {
  EXPECT_TRUE(is_utf8("añ€\xf0\x9f\x9a\x80"));
  EXPECT_FALSE(is_utf8("\xc0\xaf"));          // overlong
  EXPECT_FALSE(is_utf8("\xe0\x80\xaf"));
  EXPECT_FALSE(is_utf8("\xf0\x80\x80\xaf"));
  EXPECT_FALSE(is_utf8("\xf4\x90\x80\x80"));  // past the last code point
  EXPECT_FALSE(is_utf8("\x80"));
}

}  // namespace
}  // namespace tapewire
