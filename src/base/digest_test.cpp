// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace tapewire {
namespace {

// FIPS 180-2, appendix B.
constexpr std::string_view kAbc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr std::string_view kTwoBlocks =
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
constexpr std::string_view kMillionA =
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
constexpr std::string_view kEmpty =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(Sha256, MatchesThePublishedVectors) {
  EXPECT_EQ(sha256_hex(""), kEmpty);
  EXPECT_EQ(sha256_hex("abc"), kAbc);
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), kTwoBlocks);
  Sha256 in_parts;
  for (int i = 0; i < 1'000; ++i) in_parts.update(std::string(1'000, 'a'));
  Sha256 moved = std::move(in_parts);
  EXPECT_EQ(moved.hex(), kMillionA);
}

TEST(Sha256, ReadsFilesWholeAndNamesWhatItCannotRead) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("tapewire-digest-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const auto path = folder / "million";
  std::ofstream(path) << std::string(1'000'000, 'a');
  EXPECT_EQ(*sha256_hex_of_file(path), kMillionA);
  // Longer than one block of reading, by one byte.
  const std::string long_text(static_cast<std::size_t>((1 << 20) + 1), 'b');
  std::ofstream(path, std::ios::trunc) << long_text;
  EXPECT_EQ(*sha256_hex_of_file(path), sha256_hex(long_text));
  std::ofstream(folder / "empty").flush();
  EXPECT_EQ(*sha256_hex_of_file(folder / "empty"), kEmpty);

  const auto absent = sha256_hex_of_file(folder / "absent");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::not_found);
  EXPECT_NE(absent.error().message.find("absent"), std::string::npos);
  const auto directory = sha256_hex_of_file(folder);
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code, ErrorCode::io);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace tapewire
