// SPDX-License-Identifier: Apache-2.0
// Feeds damaged bytes to what reads the event log's file: the record envelope, the catalog, state
// values, and the walk over LMDB's pages.
//
// The input's first byte chooses. For pages the rest is a row of changes (place u24, byte) to the file
// of a real log: whatever is then read without an error must be what was written.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/check.h"
#include "eventlog/embedded/embedded_log.h"
#include "eventlog/embedded/log_reader.h"
#include "eventlog/embedded/structure_check.h"
#include "eventlog/record_envelope.h"

namespace tapewire {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPage = 4096;

std::string payload_of(Topic topic, Offset offset) {
  const std::size_t size = offset % 97 == 5 ? 5'000 : offset % 50;
  return std::string(size, static_cast<char>('a' + static_cast<int>(topic))) +
         std::to_string(offset);
}

// The file of a log with every kind of page in it.
std::string make_image() {
  std::string pattern = (fs::temp_directory_path() / "tapewire_fuzz_XXXXXX").string();
  const fs::path dir = ::mkdtemp(pattern.data());
  {
    EmbeddedLogOptions options;
    options.sync = false;
    auto log = EmbeddedLog::open(dir, options);
    CHECK(log.has_value());
    std::vector<Offset> next(kTopics.size());
    for (int commit = 0; commit < 8; ++commit) {
      AppendBatch batch;
      for (std::size_t i = 0; i < 70; ++i) {
        const auto topic = static_cast<Topic>(i % 2 == 0 ? 0 : i % 6);
        const Offset offset = next[static_cast<std::size_t>(topic)]++;
        batch.add(topic, RecordKind::bar, kLiveRun, {1}, {2}, "K",
                  [&](std::string& out) { out += payload_of(topic, offset); });
      }
      batch.put_state("position/" + std::to_string(commit % 5), std::to_string(commit));
      CHECK((*log)->commit(batch).has_value());
    }
    CHECK((*log)->trim({.topic = Topic::stock_prices, .bytes_max = 10'000}).has_value());
  }
  std::ifstream file(dir / kDataFile, std::ios::binary);
  std::string image((std::istreambuf_iterator<char>(file)), {});
  fs::remove_all(dir);
  return image;
}

void read_image(const std::string& image, StructureCheck::Depth depth) {
  MetaImage metas[2];
  int newer = 0;
  for (PageNumber i = 0; i < 2; ++i) {
    if (read_meta(image.data() + i * kPage, i, kPage, image.size() / kPage, metas[i]) != nullptr)
      return;
  }
  if (check_meta_pair(metas[0], metas[1], newer) != nullptr) return;
  const PageImage pages{image.data(), kPage, image.size() / kPage};
  StructureCheck check;
  check.depth = depth;
  (void)check_structure(pages, metas[newer], check);
  const auto snapshot = LogSnapshot::find(pages, metas[newer]);
  if (!snapshot) return;
  (void)check_state(*snapshot);
  (void)read_state(*snapshot, "position/");
  for (const Topic topic : kTopics) {
    TopicCursor cursor(*snapshot, topic, 0);
    while (cursor.advance() && !cursor.at_end()) {
      const RecordView& record = cursor.record();
      CHECK(record.payload == payload_of(topic, record.offset));
    }
  }
}

void fuzz_pages(const std::uint8_t* data, std::size_t size, StructureCheck::Depth depth) {
  static const std::string image = make_image();
  static std::string damaged = image;
  std::vector<std::size_t> changed;
  for (; size >= 4; data += 4, size -= 4) {
    const std::size_t at =
        (data[0] | std::size_t{data[1]} << 8 | std::size_t{data[2]} << 16) % image.size();
    damaged[at] = static_cast<char>(data[3]);
    changed.push_back(at);
  }
  read_image(damaged, depth);
  for (const std::size_t at : changed) damaged[at] = image[at];
}

void fuzz_values(std::string_view bytes) {
  RecordView record;
  (void)decode_record(Topic::bars, 3, bytes, record);
  if (decode_record_unchecked(Topic::bars, 3, bytes, record) == nullptr) {
    // What can be read can be written, and reads the same.
    std::string again(encoded_size(record), '\0');
    encode_record(record, again.data());
    RecordView second;
    CHECK(decode_record(Topic::bars, 3, again, second) == nullptr);
    CHECK(second.payload == record.payload && second.key == record.key);
    CHECK(second.receive_time == record.receive_time && second.sequence == record.sequence);
  }
  (void)decode_catalog(bytes);
  std::string_view value;
  (void)decode_state(bytes.substr(0, bytes.size() / 2), bytes.substr(bytes.size() / 2), value);
}

}  // namespace
}  // namespace tapewire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  if (data[0] % 2 == 0) {
    tapewire::fuzz_values({reinterpret_cast<const char*>(data) + 1, size - 1});
  } else {
    using Depth = tapewire::StructureCheck::Depth;
    tapewire::fuzz_pages(data + 1, size - 1, data[0] % 4 == 1 ? Depth::edges : Depth::everything);
  }
  return 0;
}
