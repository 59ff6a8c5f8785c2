// SPDX-License-Identifier: Apache-2.0
#include "app/data_directory.h"

#include <unistd.h>

#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tapewire {
namespace {

TEST(RunningServerTest, TakesOnlyANoteOfALivingProgram) {
  const auto directory =
      std::filesystem::temp_directory_path() / ("tapewire-note-" + std::to_string(getpid()));
  std::filesystem::create_directories(directory);
  const DataPaths paths{directory};
  EXPECT_FALSE(running_server(paths));
  const auto note = [&](std::string_view text) {
    std::ofstream(paths.server) << text;
    return running_server(paths).value_or("none");
  };
  EXPECT_EQ(note(fmt::format(R"({{"address":"http://a","pid":{}}})", getpid())), "http://a");
  for (const std::string_view text :
       {"", "{", "[1]", "5", R"({"address":"x"})", R"({"address":5,"pid":1})",
        R"({"address":"x","pid":"1"})", R"({"address":"x","pid":-1})", R"({"address":"x","pid":0})",
        R"({"address":"x","pid":99999999999999999999})", R"({"address":"x","pid":2147483646})"}) {
    EXPECT_EQ(note(text), "none") << text;
  }
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace tapewire
