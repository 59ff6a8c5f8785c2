// SPDX-License-Identifier: Apache-2.0
#include "sources/files/files_test_support.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "model/codec.h"

namespace tapewire::test {

namespace fs = std::filesystem;

TempFolder::TempFolder() {
  std::string pattern = (fs::temp_directory_path() / "tapewire-files-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) std::abort();
  root_ = pattern;
}
TempFolder::~TempFolder() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}
std::string TempFolder::path(std::string_view name) const {
  return name.empty() ? root_.string() : (root_ / name).string();
}
std::string TempFolder::write(std::string_view name, std::string_view text) const {
  const fs::path to = root_ / name;
  fs::create_directories(to.parent_path());
  std::ofstream(to, std::ios::binary) << text;
  return to.string();
}

std::string gzipped(std::string_view text) {
  z_stream zlib{};
  if (deflateInit2(&zlib, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) std::abort();
  std::string in(text);
  std::string out(deflateBound(&zlib, in.size()) + 64, '\0');
  zlib.next_in = reinterpret_cast<Bytef*>(in.data());
  zlib.avail_in = static_cast<uInt>(in.size());
  zlib.next_out = reinterpret_cast<Bytef*>(out.data());
  zlib.avail_out = static_cast<uInt>(out.size());
  if (deflate(&zlib, Z_FINISH) != Z_STREAM_END) std::abort();
  out.resize(zlib.total_out);
  deflateEnd(&zlib);
  return out;
}

std::string read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string described(const EventBatch& batch, const EventBatch::Ref& ref) {
  std::string out = to_iso8601(ref.receive_time);
  std::string payload;
  switch (ref.kind) {
    case EventBatch::Kind::bar:
      out += " bar " + batch.bars[ref.index].symbol.str();
      encode(batch.bars[ref.index], payload);
      break;
    case EventBatch::Kind::trade:
      out += " trade " + batch.trades[ref.index].symbol.str();
      encode(batch.trades[ref.index], payload);
      break;
    case EventBatch::Kind::quote:
      out += " quote " + batch.quotes[ref.index].symbol.str();
      encode(batch.quotes[ref.index], payload);
      break;
    case EventBatch::Kind::news:
      out += " news " + batch.news[ref.index].id + " " + batch.news[ref.index].search;
      encode(batch.news[ref.index], payload);
      break;
    case EventBatch::Kind::rejected:
      out += " refused " + batch.rejected[ref.index].letter.origin;
      encode(batch.rejected[ref.index].letter, payload);
      break;
  }
  out += ' ';
  for (const char c : payload) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

ReadState State::reader() const {
  return [this](std::string_view prefix) -> Result<std::vector<StateWrite>> {
    std::vector<StateWrite> out;
    for (const auto& [key, value] : entries) {
      if (key.starts_with(prefix)) out.push_back({key, value});
    }
    return out;
  };
}

void State::commit(const EventBatch& batch) {
  for (const StateWrite& write : batch.positions) {
    if (write.value.empty()) {
      entries.erase(write.key);
    } else {
      entries[write.key] = write.value;
    }
  }
}

Played play(const RecordedFilesOptions& options, State& state, RunId run, std::size_t batches_max) {
  Played out;
  Result<ReplayPlan> plan = plan_replay(options, state.reader());
  if (!plan) {
    out.error = plan.error().message;
    return out;
  }
  const RunId used = plan->open_run.value_or(run);
  RecordedFiles source(options, *std::move(plan), used);
  EventBatch batch;
  batch.positions = source.start_of_run();
  state.commit(batch);
  for (std::size_t i = 0; i < batches_max; ++i) {
    batch.clear();
    const Result<SourceStep> step = source.next(batch, {});
    if (!step) {
      out.error = step.error().message;
      return out;
    }
    for (const EventBatch::Ref& ref : batch.order) out.events.push_back(described(batch, ref));
    for (const Rejected& one : batch.rejected) out.refused.push_back(one.letter);
    out.duplicate_prices += batch.duplicate_prices;
    out.duplicate_news += batch.duplicate_news;
    out.rounded += batch.rounded;
    state.commit(batch);
    if (*step == SourceStep::finished) {
      out.finished = true;
      EventBatch last;
      last.positions.push_back(source.end_of_run());
      state.commit(last);
      return out;
    }
  }
  return out;
}

std::string real_data() {
  const fs::path path = fs::path(TAPEWIRE_SOURCE_DIR) / ".." / "shared" / "real";
  return fs::exists(path) ? path.lexically_normal().string() : "";
}

}  // namespace tapewire::test
