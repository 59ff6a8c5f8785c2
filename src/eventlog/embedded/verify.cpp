// SPDX-License-Identifier: Apache-2.0
#include "eventlog/embedded/verify.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "eventlog/embedded/fault_guard.h"
#include "eventlog/embedded/log_reader.h"
#include "eventlog/embedded/structure_check.h"
#include "eventlog/record_envelope.h"

namespace tapewire {
namespace {

namespace fs = std::filesystem;
using Step = TreeCursor::Step;

constexpr std::size_t kFindingsMax = 100;
constexpr std::uint64_t kGiveBackBytes = std::uint64_t{16} << 20;
constexpr std::uint64_t kTellBytes = std::uint64_t{4} << 20;
// Sequences beyond this many are checked to rise within their topic, but not to be unique over all.
constexpr std::uint64_t kSequencesMax = std::uint64_t{1} << 30;

class Verification {
 public:
  Verification(const HeldCommit& held, const VerifyLogProgress& progress)
      : held_(held), progress_(progress) {
    report_.pages = held.image.pages;
    // The structure is looked at once, and the records once more.
    total_ = 2 * held.image.pages * held.image.page_bytes;
  }

  LogReport run() {
    check_pages();
    auto snapshot = LogSnapshot::find(held_.image, held_.meta);
    if (!snapshot) {
      found("catalog", snapshot.error().message);
      return std::move(report_);
    }
    if (const Status state = check_state(*snapshot); !state) found("state", state.error().message);
    report_.state_entries = snapshot->catalog.state_entries;
    const Sequence end = snapshot->catalog.next_sequence;
    if (end <= kSequencesMax) seen_.resize(end);
    for (const Topic topic : kTopics) check_topic(*snapshot, topic);
    return std::move(report_);
  }

  void add(LogFinding finding) {
    if (report_.findings.size() < kFindingsMax) report_.findings.push_back(std::move(finding));
  }

 private:
  void found(std::string_view part, std::string words, std::optional<Offset> offset = {},
             PageNumber page = kNoPage) {
    LogFinding finding{std::string(part), offset, {}, {}, std::move(words)};
    if (page != kNoPage) {
      finding.page = page;
      if (page < held_.image.pages) finding.file_byte = page * held_.image.page_bytes;
    }
    add(std::move(finding));
  }

  void check_pages() {
    StructureCheck check;
    check.findings_max = kFindingsMax;
    check.progress = [&](std::uint64_t pages) { tell(pages * held_.image.page_bytes); };
    for (const StructureFinding& finding : check_structure(held_.image, held_.meta, check)) {
      found(finding.tree, finding.fault.what, {}, finding.fault.page);
    }
    structure_bytes_ = total_ / 2;
    held_.map->let_go();
  }

  void check_topic(const LogSnapshot& snapshot, Topic topic) {
    const TopicInfo& stated = snapshot.catalog.of(topic);
    TopicInfo counted;
    counted.topic = topic;
    counted.first_offset = counted.end_offset = stated.first_offset;
    TreeCursor cursor(snapshot.image, snapshot.topic_trees[static_cast<std::size_t>(topic)]);
    Sequence lowest = 0;
    bool whole = true;
    Step step = cursor.first();
    for (; step == Step::entry; step = cursor.next()) {
      const Offset offset = cursor.integer_key();
      if (offset != counted.end_offset) {
        found(to_string(topic), fmt::format("offset {} was expected", counted.end_offset), offset,
              cursor.page());
      }
      counted.end_offset = offset + 1;
      ++counted.records;
      counted.bytes += cursor.value().size();
      tell(structure_bytes_ + (report_.bytes += cursor.value().size()));
      ++report_.records;
      RecordView record;
      if (const char* fault = decode_record(topic, offset, cursor.value(), record)) {
        found(to_string(topic), fault, offset, cursor.page());
        whole = false;
        continue;
      }
      counted.newest_event_time = std::max(counted.newest_event_time, record.event_time);
      if (const char* fault = check_sequence(record.sequence, lowest, snapshot)) {
        found(to_string(topic), fault, offset, cursor.page());
      }
      lowest = record.sequence + 1;
    }
    if (step == Step::damaged) {
      found(to_string(topic), cursor.fault().what, counted.end_offset, cursor.fault().page);
    } else {
      compare(stated, counted, whole);
    }
    report_.topics.push_back(counted);
  }

  const char* check_sequence(Sequence sequence, Sequence lowest, const LogSnapshot& snapshot) {
    if (sequence < lowest) return "the sequence does not rise";
    if (sequence >= snapshot.catalog.next_sequence) return "the sequence is past the log's end";
    if (seen_.empty()) return nullptr;
    if (seen_[sequence]) return "another record has the same sequence";
    seen_[sequence] = true;
    return nullptr;
  }

  void compare(const TopicInfo& stated, const TopicInfo& counted, bool whole) {
    const auto differ = [&](const char* what, auto stated_value, auto counted_value) {
      if (stated_value == counted_value) return;
      found(to_string(stated.topic),
            fmt::format("the catalog says {} {}, there are {}", what, stated_value, counted_value));
    };
    differ("end offset", stated.end_offset, counted.end_offset);
    differ("records", stated.records, counted.records);
    differ("bytes", stated.bytes, counted.bytes);
    // The newest event may have been trimmed away; none may be newer.
    if (whole && counted.newest_event_time > stated.newest_event_time) {
      differ("newest event", stated.newest_event_time.ns, counted.newest_event_time.ns);
    }
  }

  void tell(std::uint64_t done) {
    if (done - told_ >= kTellBytes || done < told_) {
      told_ = done;
      if (progress_) progress_(std::min(done, total_), total_, report_.records);
    }
    if (done - let_go_ >= kGiveBackBytes) {
      let_go_ = done;
      held_.map->let_go();
    }
  }

  const HeldCommit& held_;
  const VerifyLogProgress& progress_;
  LogReport report_;
  std::vector<bool> seen_;  // by sequence
  std::uint64_t total_ = 0;
  std::uint64_t structure_bytes_ = 0;
  std::uint64_t told_ = 0;
  std::uint64_t let_go_ = 0;
};

// The mark before the held one: a flipped bit in a mark's number can make the older look the newer.
std::optional<LogFinding> check_marks(const FileHandle& file, const fs::path& path,
                                      const HeldCommit& held) {
  const std::size_t page_bytes = held.image.page_bytes;
  const auto finding = [&](PageNumber page, std::string words) {
    return LogFinding{"commit mark", {}, page, page * page_bytes, std::move(words)};
  };
  const auto pair = read_meta_pair(file, path, page_bytes);
  if (!pair) return finding(0, pair.error().message);
  if (pair->older_is_unsound) {
    return finding(pair->fault.page,
                   fmt::format("{} (of the commit before the newest; the next one replaces it)",
                               pair->fault.what));
  }
  for (const MetaImage& meta : pair->metas) {
    if (meta.transaction + 1 != held.meta.transaction) continue;
    const auto found = LogSnapshot::find(held.image, meta);
    if (!found) return finding(meta.transaction & 1, found.error().message);
  }
  return std::nullopt;
}

}  // namespace

std::string to_text(const LogFinding& finding) {
  std::string out = finding.part;
  if (finding.offset) out += fmt::format(" offset {}", *finding.offset);
  if (finding.page) out += fmt::format(", page {}", *finding.page);
  if (finding.file_byte) out += fmt::format(" (byte {} of {})", *finding.file_byte, kDataFile);
  return out + ": " + finding.words;
}

Result<LogReport> verify_log(const fs::path& dir, const VerifyLogProgress& progress) {
  install_map_fault_guard();
  const std::string name = dir.string();
  const MapFaultScope scope(name);
  const fs::path path = dir / kDataFile;
  TRY_ASSIGN(const FileHandle file, open_for_reading(path));
  TRY_ASSIGN(const DirectoryClaim claim, DirectoryClaim::take(dir));
  const auto page_bytes = static_cast<std::size_t>(::getpagesize());
  // LMDB may look at the file only when its marks are sound.
  if (auto pair = read_meta_pair(file, path, page_bytes); !pair) {
    if (pair.error().code != ErrorCode::corrupt) return std::unexpected(pair.error());
    LogReport report;
    report.findings.push_back({"commit mark", {}, {}, {}, pair.error().message});
    return report;
  }
  LogEnvironment environment(dir);
  TRY_ASSIGN(const std::size_t bytes, file_bytes(file, path));
  TRY(environment.open({.read_only = true, .sync = true, .map_bytes = 2 * bytes}));
  LogReader reader(environment, file);
  TRY_ASSIGN(const auto held, reader.hold());
  if (!held) return environment.fail_code("cannot read", MDB_PANIC);
  Verification verification(*held, progress);
  if (auto finding = check_marks(file, path, *held)) verification.add(std::move(*finding));
  return verification.run();
}

}  // namespace tapewire
