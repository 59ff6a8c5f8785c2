// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/files/byte_stream.h"
#include "sources/files/csv_line.h"
#include "sources/files/files_test_support.h"
#include "sources/files/line_reader.h"

namespace tapewire {
namespace {

using test::gzipped;
using test::TempFolder;

std::string bytes_of(const std::string& path, bool gzip, std::string& damage, std::size_t step) {
  auto stream = ByteStream::open(path, gzip);
  EXPECT_TRUE(stream) << stream.error().message;
  std::string out;
  std::string buffer(step, '\0');
  while (true) {
    const auto got = stream->read(buffer.data(), buffer.size());
    EXPECT_TRUE(got);
    if (*got == 0) break;
    out.append(buffer, 0, *got);
  }
  damage = stream->damage();
  return out;
}

TEST(ByteStream, ReadsPlainAndGzipWholeAndDamaged) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i * 7919) + '\n';
  const std::string packed = gzipped(text);
  std::string flipped = packed;
  flipped[packed.size() / 2] = static_cast<char>(flipped[packed.size() / 2] ^ 0x55);
  struct Case {
    std::string name, bytes, damage;
    std::size_t whole_of = SIZE_MAX;  // bytes expected, all when SIZE_MAX
  };
  const Case cases[] = {
      {"one member", packed, ""},
      {"two members", gzipped(text.substr(0, 1000)) + gzipped(text.substr(1000)), ""},
      {"an empty member between",
       gzipped(text.substr(0, 1000)) + gzipped("") + gzipped(text.substr(1000)), ""},
      {"padding of zeros", packed + std::string(512, '\0'), ""},
      {"bytes behind", packed + "hello", "not gzip follow"},
      {"truncated", packed.substr(0, packed.size() / 2), "ends early", 1},
      {"truncated in the trailer", packed.substr(0, packed.size() - 4), "ends early"},
      {"a damaged block", flipped, "damaged", 1},
      {"empty", "", "empty", 0},
      {"not gzip", "ticker,volume", "not gzip", 0},
  };
  const TempFolder folder;
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    const std::string path = folder.write("x.gz", one.bytes);
    for (const std::size_t step : {std::size_t{100}, std::size_t{1} << 20}) {
      std::string damage;
      const std::string out = bytes_of(path, true, damage, step);
      if (one.damage.empty()) {
        EXPECT_EQ(damage, "");
      } else {
        EXPECT_THAT(damage, testing::HasSubstr(one.damage));
        EXPECT_THAT(damage, testing::HasSubstr(path));
      }
      if (one.whole_of == SIZE_MAX) {
        EXPECT_TRUE(out == text);
      } else if (one.whole_of == 1) {
        EXPECT_GT(out.size(), 1000U);
        EXPECT_TRUE(one.name != "truncated" || text.starts_with(out));
      } else {
        EXPECT_EQ(out, "");
      }
    }
  }
  std::string damage;
  EXPECT_TRUE(bytes_of(folder.write("plain.csv", text), false, damage, 333) == text);
  EXPECT_TRUE(bytes_of(folder.write("misnamed.csv", packed), false, damage, 333) == text);
  EXPECT_FALSE(ByteStream::open(folder.path("absent"), false));
}

struct Lines {
  std::vector<std::string> texts;
  std::vector<std::uint64_t> sizes;
};

Lines lines_of(const std::string& path, std::size_t longest) {
  Lines out;
  LineReader reader(*ByteStream::open(path, false), longest);
  Line line;
  while (*reader.next(line)) {
    out.texts.emplace_back(line.text);
    out.sizes.push_back(line.total_bytes);
    EXPECT_EQ(line.number, out.texts.size());
  }
  return out;
}

TEST(LineReader, EndsLinesAtLfAndDropsCrAndByteOrderMark) {
  const TempFolder folder;
  struct Case {
    std::string bytes;
    std::vector<std::string> lines;
  };
  const Case cases[] = {
      {"", {}},
      {"a", {"a"}},
      {"a\n", {"a"}},
      {"a\r\nb\r\n", {"a", "b"}},
      {"\xef\xbb\xbfticker\nA\n", {"ticker", "A"}},
      {"a\n\nb", {"a", "", "b"}},
      {"a\n\xef\xbb\xbf"
       "b",
       {"a",
        "\xef\xbb\xbf"
        "b"}},
      {std::string("a\0b\n", 4), {std::string("a\0b", 3)}},
  };
  for (const Case& one : cases)
    EXPECT_EQ(lines_of(folder.write("x", one.bytes), 1000).texts, one.lines) << one.bytes;
}

TEST(LineReader, CutsALineThatIsTooLongAndGoesOnBehindIt) {
  const TempFolder folder;
  const std::string longer(50'000'000, 'x');
  const Lines lines =
      lines_of(folder.write("x", "first\n" + longer + "\nlast\n" + longer), kLineBytesMax);
  ASSERT_EQ(lines.texts.size(), 4U);
  EXPECT_EQ(lines.texts[0], "first");
  EXPECT_EQ(lines.texts[1].size(), kPayloadBytesMax);
  EXPECT_EQ(lines.sizes[1], longer.size());
  EXPECT_EQ(lines.texts[2], "last");
  EXPECT_EQ(lines.sizes[3], longer.size());
  // Within the buffer the limit is the same.
  const Lines small = lines_of(folder.write("y", "1234567890\n123456789\n"), 9);
  EXPECT_EQ(small.sizes, (std::vector<std::uint64_t>{10, 9}));
}

TEST(CsvLine, SplitsPlainAndQuotedFields) {
  struct Case {
    std::string line;
    std::vector<std::string> fields;
  };
  const Case cases[] = {
      {"", {""}},
      {"a,b,c", {"a", "b", "c"}},
      {",,", {"", "", ""}},
      {R"(AAPL,"12,37",4)", {"AAPL", "12,37", "4"}},
      {R"("a","b""c","")", {"a", "b\"c", ""}},
      {R"("a",)", {"a", ""}},
      {R"(a,"b")", {"a", "b"}},
  };
  CsvLine csv;
  for (const Case& one : cases) {
    ASSERT_TRUE(csv.split(one.line)) << one.line;
    EXPECT_EQ(std::vector<std::string>(csv.fields().begin(), csv.fields().end()), one.fields)
        << one.line;
  }
  for (const std::string line : {R"(a,"b)", R"("a"b,c)", R"(")", R"("a"")"})
    EXPECT_FALSE(csv.split(line)) << line;
}

TEST(InputFiles, AreFoundByNameAndFolder) {
  const TempFolder folder;
  folder.write("minute_aggs_v1/2019/02/2019-02-12.csv.gz", "x");
  folder.write("minute_aggs_v1/2019/02/2019-02-11.csv.gz", "x");
  folder.write("minute_aggs_v1/2019/02/notes.txt", "x");
  folder.write("minute_aggs_v1/.hidden/2019-02-11.csv", "x");
  folder.write("day_aggs_v1/2019.parquet", "x");
  folder.write("trades_v1/2019-02-11.csv.gz", "x");
  folder.write("news/2019-02.ndjson", "x");
  folder.write("truth.json", "{}");
  const std::string loose = folder.write("loose/bars.csv", "x");
  const auto names = [&](const std::string& path, FileKind kind, std::optional<Width> width) {
    const std::vector<std::string> paths{path};
    const auto found = find_input_files(paths, kind, width);
    std::string out = found ? "" : found.error().message;
    if (found) {
      for (const InputFile& file : *found) {
        out += std::filesystem::path(file.path).filename().string() + '(' +
               std::string(to_string(file.width)) + ") ";
      }
    }
    return out;
  };
  EXPECT_EQ(names(folder.path("minute_aggs_v1"), FileKind::bars, {}),
            "2019-02-11.csv.gz(1m) 2019-02-12.csv.gz(1m) ");
  EXPECT_EQ(names(folder.path("day_aggs_v1"), FileKind::bars, {}), "2019.parquet(1d) ");
  EXPECT_EQ(names(folder.path(), FileKind::trades, {}).find("notes"), std::string::npos);
  EXPECT_EQ(names(folder.path(), FileKind::news, {}), "2019-02.ndjson(1m) ");
  EXPECT_EQ(names(loose, FileKind::bars, Width::m5), "bars.csv(5m) ");
  EXPECT_THAT(names(loose, FileKind::bars, {}), testing::HasSubstr("cannot tell the width"));
  EXPECT_THAT(names(folder.path("day_aggs_v1"), FileKind::bars, Width::m1),
              testing::HasSubstr("1d wide"));
  EXPECT_THAT(names(folder.path("news"), FileKind::bars, {}),
              testing::HasSubstr("no bars files in the folder"));
  EXPECT_THAT(names(folder.path("absent"), FileKind::bars, {}),
              testing::HasSubstr("there is no file or folder"));
  EXPECT_THAT(names(folder.path("truth.json"), FileKind::bars, {}),
              testing::HasSubstr("expected a name ending in .csv"));
}

}  // namespace
}  // namespace tapewire
