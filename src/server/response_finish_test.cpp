// SPDX-License-Identifier: Apache-2.0
#include "server/response_finish.h"

#include <gmock/gmock.h>
#include <zlib.h>

#include "server/embedded_page.h"
#include "server/static_page.h"

namespace tapewire {
namespace {

std::string gunzip(std::string_view bytes) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

HttpRequest get(std::string path = "/") {
  HttpRequest request;
  request.method = "GET";
  request.path = std::move(path);
  return request;
}

HttpResponse json(std::string body, Freshness freshness = Freshness::revalidate) {
  HttpResponse response;
  response.content_type = "application/json";
  response.body = std::move(body);
  response.freshness = freshness;
  return response;
}

TEST(ResponseFinish, accept_encoding_is_read_with_its_weights) {
  const struct {
    std::string_view header;
    bool expected;
  } cases[] = {{"", false},
               {"gzip", true},
               {"deflate, gzip;q=0.5", true},
               {"gzip;q=0", false},
               {"gzip; q=0.000", false},
               {"gzip;q=0.001", true},
               {"*", true},
               {"br", false},
               {"xgzip", false}};
  for (const auto& c : cases) EXPECT_EQ(accepts_gzip(c.header), c.expected) << c.header;
}

TEST(ResponseFinish, same_content_is_not_sent_again) {
  HttpResponse first = json("{\"a\":1}");
  finish_response(get(), first);
  const std::string etag(first.header("ETag"));
  ASSERT_THAT(etag, testing::StartsWith("W/\""));
  EXPECT_EQ(first.header("Cache-Control"), "no-cache");

  HttpRequest again = get();
  again.if_none_match = "\"other\", " + etag;
  HttpResponse second = json("{\"a\":1}");
  finish_response(again, second);
  EXPECT_EQ(second.status, 304);
  EXPECT_TRUE(second.content().empty());
  EXPECT_EQ(second.header("ETag"), etag);
  EXPECT_EQ(second.header("Vary"), first.header("Vary"));

  HttpResponse changed = json("{\"a\":2}");
  finish_response(again, changed);
  EXPECT_EQ(changed.status, 200);

  HttpResponse unkept = json("{\"a\":1}", Freshness::no_store);
  finish_response(again, unkept);
  EXPECT_EQ(unkept.status, 200);
  EXPECT_EQ(unkept.header("ETag"), "");
}

TEST(ResponseFinish, compresses_what_is_worth_it) {
  HttpRequest request = get();
  request.accept_encoding = "gzip";
  const std::string body(5000, 'x');
  HttpResponse large = json(body);
  finish_response(request, large);
  EXPECT_EQ(large.header("Content-Encoding"), "gzip");
  EXPECT_EQ(large.header("Vary"), "Accept-Encoding");
  EXPECT_EQ(gunzip(large.content()), body);

  HttpResponse small = json("{}");
  finish_response(request, small);
  EXPECT_EQ(small.header("Content-Encoding"), "");
  HttpResponse binary = json(body);
  binary.content_type = "application/vnd.apache.parquet";
  finish_response(request, binary);
  EXPECT_EQ(binary.header("Content-Encoding"), "");
}

TEST(ResponseFinish, dates_are_those_of_http) {
  EXPECT_EQ(http_date(*parse_iso8601("1994-11-15T08:12:31.9Z")), "Tue, 15 Nov 1994 08:12:31 GMT");
}

TEST(ResponseFinish, every_response_has_the_security_headers) {
  for (HttpResponse response : {json("{}"), problem(400, "no"), static_page(get())}) {
    finish_response(get(), response);
    EXPECT_THAT(response.header("Content-Security-Policy"),
                testing::HasSubstr("default-src 'self'"));
    EXPECT_THAT(response.header("Content-Security-Policy"),
                testing::HasSubstr("frame-ancestors 'none'"));
    EXPECT_EQ(response.header("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(response.header("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(response.header("Cross-Origin-Resource-Policy"), "same-origin");
  }
}

TEST(StaticPage, serves_files_and_gives_the_page_for_its_own_addresses) {
  const EmbeddedFile* index = nullptr;
  for (const EmbeddedFile& file : embedded_page()) {
    if (file.path == "/index.html") index = &file;
    const HttpResponse response = static_page(get(std::string(file.path)));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.content(), file.identity);
    EXPECT_EQ(response.freshness,
              file.path.starts_with("/assets/") ? Freshness::immutable : Freshness::revalidate);
  }
  ASSERT_NE(index, nullptr);
  for (const std::string path : {"/", "/dashboard", "/a/b/c"})
    EXPECT_EQ(static_page(get(path)).content(), index->identity);
  EXPECT_EQ(static_page(get("/missing.js")).status, 404);
  EXPECT_EQ(static_page(get("/../etc/passwd.txt")).status, 404);
}

TEST(StaticPage, each_coding_has_its_own_tag) {
  for (const EmbeddedFile& file : embedded_page()) {
    if (file.gzip.empty()) continue;
    HttpRequest request = get(std::string(file.path));
    const std::string plain(static_page(request).header("ETag"));
    request.accept_encoding = "gzip";
    const HttpResponse small = static_page(request);
    EXPECT_EQ(small.header("Content-Encoding"), "gzip");
    EXPECT_EQ(gunzip(small.content()), file.identity);
    EXPECT_NE(small.header("ETag"), plain);
    EXPECT_EQ(small.header("ETag").front(), '"');
    EXPECT_EQ(small.header("ETag").back(), '"');
  }
}

}  // namespace
}  // namespace tapewire
