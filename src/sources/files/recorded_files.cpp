// SPDX-License-Identifier: Apache-2.0
#include "sources/files/recorded_files.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "model/calendar.h"

namespace tapewire {
namespace {

constexpr std::size_t kReadRows = 1024;
// A share of the work, for the progress bar: loading a byte of a file, and giving its rows.
constexpr double kLoadShare = 0.3;
// What compressed and columnar files unpack to, at most, as a rule.
constexpr std::uint64_t kCompressionRatio = 6;

std::uint64_t memory_estimate(const InputFile& file) {
  const bool packed = file.compressed || file.format == FileFormat::parquet;
  return file.bytes * (packed ? kCompressionRatio : 1);
}

// The first YYYY-MM-DD in a file's name.
std::optional<TradingDate> date_in_name(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename().string();
  for (std::size_t at = 0; at + 10 <= name.size(); ++at) {
    if (const auto date = parse_trading_date(std::string_view(name).substr(at, 10))) return date;
  }
  return std::nullopt;
}

}  // namespace

// One file on its way: being read, then giving its rows.
struct RecordedFiles::OpenFile {
  OpenFile(std::size_t number, RowReader from, MemoryBudget& budget, const std::string& temp_dir)
      : file(number), reader(std::move(from)), rows(budget, temp_dir) {}

  std::size_t file;
  std::optional<RowReader> reader;  // gone once all is read
  RowBatch batch;
  SortedRows rows;
  Timestamp earliest = kMaxTimestamp;
  Timestamp unknown_time;  // of refused rows without a row before them
  std::uint64_t bytes_told = 0;
  std::uint64_t given = 0;
  bool moved = false;  // since its position was written

  [[nodiscard]] RowOrder head() const {
    RowOrder order = rows.head();
    if (order.time == kMinTimestamp) order.time = unknown_time;
    return order;
  }
  void note_times() {
    for (const EventBatch::Ref& ref : batch.events.order) {
      if (ref.receive_time != kMinTimestamp) earliest = std::min(earliest, ref.receive_time);
    }
  }
};

RecordedFiles::RecordedFiles(RecordedFilesOptions options, ReplayPlan plan, RunId run)
    : options_(std::move(options)), plan_(std::move(plan)), run_(run) {
  budget_.limit = std::max<std::size_t>(options_.memory_bytes, 64 << 10);
  options_.batch_rows = std::max<std::size_t>(options_.batch_rows, 1);
  if (options_.temp_dir.empty())
    options_.temp_dir = std::filesystem::temp_directory_path().string();
  if (options_.notice) {
    // Many files lack or have the same column: once is enough.
    options_.notice = [told = std::vector<std::string>{},
                       notice = std::move(options_.notice)](std::string text) mutable {
      if (std::ranges::find(told, text) != told.end()) return;
      told.push_back(text);
      notice(std::move(text));
    };
  }
  std::uint64_t memory = 0;
  for (std::size_t i = 0; i < plan_.files.size(); ++i) {
    const PlannedFile& file = plan_.files[i];
    if (file.position && file.position->done) continue;
    waiting_.push_back({i, kMinTimestamp});
    memory += memory_estimate(file.file);
    progress_.bytes_total += file.file.bytes;
  }
  progress_.files_total = plan_.files.size();
  progress_.files_done = plan_.files.size() - waiting_.size();
  needs_index_ = waiting_.size() > 1 && memory > options_.memory_bytes;
  work_total_ = static_cast<double>(progress_.bytes_total) * (needs_index_ ? 1 + kLoadShare : 1);
}

RecordedFiles::~RecordedFiles() = default;

Timestamp RecordedFiles::time_without_rows(const PlannedFile& file) const {
  if (const auto date = date_in_name(file.file.path)) return calendar().midnight(*date);
  return Timestamp{file.identity.modified_ns};
}

void RecordedFiles::count_duplicates(FileKind kind, std::uint64_t rows, EventBatch& batch) const {
  (kind == FileKind::news ? batch.duplicate_news : batch.duplicate_prices) += rows;
}

std::vector<StateWrite> RecordedFiles::start_of_run() const {
  std::vector<StateWrite> out;
  for (const RunId run : plan_.abandoned) out.push_back({run_state_key(run), ""});
  if (!plan_.all_done) out.push_back({run_state_key(run_), joined_names(plan_.files)});
  return out;
}

void RecordedFiles::begin(EventBatch& batch) {
  begun_ = true;
  for (const PlannedFile& file : plan_.files) {
    if (!file.position || !file.position->done) continue;
    const std::uint64_t rows = *file.position->total * file.copies;
    count_duplicates(file.file.kind, rows, batch);
    progress_.rows_given += rows;
  }
}

// Reads each waiting file for its earliest time; false when stopped.
Result<bool> RecordedFiles::index_files(std::stop_token stop) {
  for (; indexed_ < waiting_.size(); ++indexed_) {
    Waiting& waiting = waiting_[indexed_];
    const PlannedFile& planned = plan_.files[waiting.file];
    if (!indexing_) {
      TRY_ASSIGN(RowReader reader, RowReader::open(planned.file, options_.notice));
      indexing_ =
          std::make_unique<OpenFile>(waiting.file, std::move(reader), budget_, options_.temp_dir);
    }
    for (bool more = true; more;) {
      if (stop.stop_requested()) return false;
      TRY_ASSIGN(more, indexing_->reader->next(indexing_->batch, kReadRows));
      indexing_->note_times();
      indexing_->batch.clear();
      const std::uint64_t bytes = indexing_->reader->file_bytes();
      work_done_ += kLoadShare * static_cast<double>(bytes - indexing_->bytes_told);
      indexing_->bytes_told = bytes;
      show_progress();
    }
    waiting.not_before =
        indexing_->earliest != kMaxTimestamp ? indexing_->earliest : time_without_rows(planned);
    indexing_.reset();
  }
  needs_index_ = false;
  return true;
}

// Reads the file whole and sorts it; false when stopped, and goes on there when called again.
Result<bool> RecordedFiles::load(OpenFile& open, std::stop_token stop) {
  const PlannedFile& planned = plan_.files[open.file];
  for (bool more = true; more;) {
    if (stop.stop_requested()) return false;
    TRY_ASSIGN(more, open.reader->next(open.batch, kReadRows));
    open.note_times();
    progress_.rows_read += open.batch.size();
    TRY(open.rows.add(open.batch));
    open.batch.clear();
    const std::uint64_t bytes = open.reader->file_bytes();
    work_done_ += kLoadShare * static_cast<double>(bytes - open.bytes_told);
    progress_.bytes_read += bytes - open.bytes_told;
    open.bytes_told = bytes;
    show_progress();
  }
  open.reader.reset();
  TRY_ASSIGN(const FileIdentity identity, identify_file(planned.file.path));
  if (identity != planned.identity) {
    return fail(
        ErrorCode::invalid_data,
        fmt::format("{} changed while it was being replayed: replay it again once it is complete",
                    planned.file.path));
  }
  TRY(open.rows.finish());
  open.batch = {};
  open.unknown_time = open.earliest != kMaxTimestamp ? open.earliest : time_without_rows(planned);
  return true;
}

Status RecordedFiles::skip_known(OpenFile& open, EventBatch& batch) {
  const PlannedFile& planned = plan_.files[open.file];
  if (!planned.position) return {};
  if (planned.position->rows > open.rows.rows()) {
    return fail(ErrorCode::corrupt,
                fmt::format("the position of {} says that {} rows were read, but it has {}",
                            planned.file.path, planned.position->rows, open.rows.rows()));
  }
  for (; open.given < planned.position->rows; ++open.given) TRY(open.rows.skip());
  count_duplicates(planned.file.kind, open.given, batch);
  progress_.rows_given += open.given;
  return {};
}

// The heap's top is its greatest: the earliest row must be that.
bool RecordedFiles::later(std::size_t a, std::size_t b) const {
  const auto order = open_[a]->head() <=> open_[b]->head();
  return order != 0 ? order > 0 : open_[a]->file > open_[b]->file;
}

// Opens every file that may hold the next row; false when stopped.
Result<bool> RecordedFiles::open_due(EventBatch& batch, std::stop_token stop) {
  while (loading_ ||
         (!waiting_.empty() &&
          (heap_.empty() || waiting_.back().not_before <= open_[heap_.front()]->head().time))) {
    if (!loading_) {
      const std::size_t file = waiting_.back().file;
      TRY_ASSIGN(RowReader reader, RowReader::open(plan_.files[file].file, options_.notice));
      loading_ = std::make_unique<OpenFile>(file, std::move(reader), budget_, options_.temp_dir);
      waiting_.pop_back();
    }
    TRY_ASSIGN(const bool loaded, load(*loading_, stop));
    if (!loaded) return false;
    TRY(skip_known(*loading_, batch));
    const auto free = std::ranges::find_if(open_, [](const auto& one) { return one == nullptr; });
    const auto slot = static_cast<std::size_t>(free - open_.begin());
    if (slot == open_.size()) open_.emplace_back();
    open_[slot] = std::move(loading_);
    if (open_[slot]->rows.at_end()) {
      finish_file(slot, batch);
      continue;
    }
    heap_.push_back(slot);
    std::ranges::push_heap(heap_, [this](std::size_t a, std::size_t b) { return later(a, b); });
  }
  return true;
}

Status RecordedFiles::give_row(EventBatch& batch) {
  const std::size_t slot = heap_.front();
  OpenFile& open = *open_[slot];
  const auto compare = [this](std::size_t a, std::size_t b) { return later(a, b); };
  if (heap_.size() > 1) std::ranges::pop_heap(heap_, compare);
  TRY(open.rows.take(open.head().time, batch));
  ++open.given;
  ++progress_.rows_given;
  open.moved = true;
  if (open.rows.at_end()) {
    heap_.pop_back();
    finish_file(slot, batch);
  } else if (heap_.size() > 1) {
    std::ranges::push_heap(heap_, compare);
  }
  return {};
}

void RecordedFiles::finish_file(std::size_t slot, EventBatch& batch) {
  OpenFile& open = *open_[slot];
  const PlannedFile& planned = plan_.files[open.file];
  finished_.push_back(position_of(open, true));
  const std::uint64_t again = open.rows.rows() * (planned.copies - 1);
  count_duplicates(planned.file.kind, again, batch);
  progress_.rows_given += again;
  ++progress_.files_done;
  work_done_ += (1 - kLoadShare) * static_cast<double>(planned.file.bytes);
  open_[slot].reset();
}

StateWrite RecordedFiles::position_of(const OpenFile& open, bool done) const {
  return {file_state_key(plan_.files[open.file].name),
          to_text(FilePosition{run_, open.given, open.rows.rows(), done})};
}

void RecordedFiles::write_positions(EventBatch& batch) {
  std::ranges::move(finished_, std::back_inserter(batch.positions));
  finished_.clear();
  for (const std::unique_ptr<OpenFile>& open : open_) {
    if (!open || !open->moved) continue;
    open->moved = false;
    batch.positions.push_back(position_of(*open, false));
  }
}

void RecordedFiles::show_progress() {
  double done = work_done_;
  for (const std::unique_ptr<OpenFile>& open : open_) {
    if (!open || open->rows.rows() == 0) continue;
    done += (1 - kLoadShare) * static_cast<double>(plan_.files[open->file].file.bytes) *
            static_cast<double>(open->given) / static_cast<double>(open->rows.rows());
  }
  const double share = work_total_ > 0 ? std::min(done / work_total_, 1.0) : 1.0;
  progress_.parts_per_million = static_cast<std::uint64_t>(share * 1e6);
}

Result<SourceStep> RecordedFiles::next(EventBatch& batch, std::stop_token stop) {
  if (!begun_) begin(batch);
  if (needs_index_) {
    TRY_ASSIGN(const bool indexed, index_files(stop));
    if (!indexed) return batch.empty() ? SourceStep::idle : SourceStep::more;
    std::ranges::sort(waiting_, std::ranges::greater{},
                      [](const Waiting& one) { return std::pair(one.not_before, one.file); });
  }
  while (batch.order.size() < options_.batch_rows) {
    TRY_ASSIGN(const bool opened, open_due(batch, stop));
    if (!opened || heap_.empty()) break;
    const Timestamp next = open_[heap_.front()]->head().time;
    if (!batch.order.empty() && next - batch.order.front().receive_time >= options_.batch_span)
      break;
    TRY(give_row(batch));
  }
  write_positions(batch);
  show_progress();
  if (!batch.empty()) return SourceStep::more;
  const bool finished = heap_.empty() && waiting_.empty() && !loading_;
  if (finished) progress_.parts_per_million = 1'000'000;
  return finished ? SourceStep::finished : SourceStep::idle;
}

}  // namespace tapewire
