// SPDX-License-Identifier: Apache-2.0
#include "eventlog/embedded/page_format.h"

#include <functional>
#include <string>

#include <gtest/gtest.h>

namespace tapewire {
namespace {

constexpr std::size_t kPage = 4096;

MetaImage sound(std::uint64_t transaction) {
  MetaImage out{};
  out.magic = kMetaMagic;
  out.version = kMetaVersion;
  out.map_size = 100 * kPage;
  out.free_tree.pad = kPage;
  out.free_tree.flags = kIntegerKeys;
  out.main_tree.root = 5;
  out.main_tree.depth = 1;
  out.last_page = 9;
  out.transaction = transaction;
  return out;
}

const char* read_back(const MetaImage& meta, PageNumber number, MetaImage& out) {
  std::string page(kPage, '\0');
  const PageHeader header{number, 0, kMetaPage, 0, 0};
  std::memcpy(page.data(), &header, sizeof(header));
  std::memcpy(page.data() + kPageHeaderBytes, &meta, sizeof(meta));
  return read_meta(page.data(), number, kPage, 10, out);
}

TEST(PageFormat, ReadsASoundMark) {
  MetaImage out;
  EXPECT_EQ(read_back(sound(6), 0, out), nullptr);
  EXPECT_EQ(out.transaction, 6u);
  EXPECT_EQ(read_back(sound(7), 1, out), nullptr);
}

TEST(PageFormat, RefusesAMarkThatCannotBe) {
  struct Case {
    const char* name;
    std::function<void(MetaImage&)> damage;
  };
  const Case cases[] = {
      {"magic", [](MetaImage& m) { m.magic ^= 1; }},
      {"version", [](MetaImage& m) { ++m.version; }},
      {"address", [](MetaImage& m) { m.address = 4096; }},
      {"map smaller than the file", [](MetaImage& m) { m.map_size = 9 * kPage; }},
      {"map not whole pages", [](MetaImage& m) { ++m.map_size; }},
      {"page size", [](MetaImage& m) { m.free_tree.pad = 8192; }},
      {"free list flags", [](MetaImage& m) { m.free_tree.flags = 0; }},
      {"table flags", [](MetaImage& m) { m.main_tree.flags = 4; }},
      {"past the file", [](MetaImage& m) { m.last_page = 10; }},
      {"root past the file", [](MetaImage& m) { m.main_tree.root = 10; }},
      {"root in the marks", [](MetaImage& m) { m.main_tree.root = 1; }},
      {"no depth", [](MetaImage& m) { m.main_tree.depth = 0; }},
      {"too deep", [](MetaImage& m) { m.main_tree.depth = 33; }},
      {"empty but counted", [](MetaImage& m) { m.free_tree.entries = 1; }},
      {"the other mark's number", [](MetaImage& m) { ++m.transaction; }},
  };
  for (const Case& c : cases) {
    MetaImage meta = sound(6);
    c.damage(meta);
    MetaImage out;
    EXPECT_NE(read_back(meta, 0, out), nullptr) << c.name;
  }
}

TEST(PageFormat, TakesTheNewerOfTwoMarksOneCommitApart) {
  int newer = -1;
  EXPECT_EQ(check_meta_pair(sound(6), sound(7), newer), nullptr);
  EXPECT_EQ(newer, 1);
  EXPECT_EQ(check_meta_pair(sound(8), sound(7), newer), nullptr);
  EXPECT_EQ(newer, 0);
  EXPECT_NE(check_meta_pair(sound(6), sound(9), newer), nullptr);
  MetaImage shorter = sound(8);
  shorter.last_page = 8;
  EXPECT_NE(check_meta_pair(shorter, sound(7), newer), nullptr);
}

}  // namespace
}  // namespace tapewire
