// SPDX-License-Identifier: Apache-2.0
// `dead-letters`: what was refused, why, and another try.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <memory>

#include <fmt/format.h>

#include "app/commands/command.h"
#include "app/commands/run_loop.h"
#include "app/data_directory.h"
#include "app/letter_retry.h"
#include "app/record_text.h"
#include "server/model_json.h"

namespace tapewire {
namespace {

struct LetterOptions {
  CommonOptions common;
  std::vector<Offset> offsets;
  bool all = false;
  std::string file;
};

std::string letter_json(const LetterRecord& record) {
  std::string out;
  append_json(out, StoredDeadLetter{record.letter, record.offset, record.receive_time});
  return out;
}

Result<std::vector<LetterRecord>> letters_of(const LetterOptions& options) {
  TRY_ASSIGN(const std::string directory, options.common.data_directory());
  TRY_ASSIGN(const auto log, open_log_for_reading(directory));
  TRY_ASSIGN(auto letters, read_letters(*log));
  for (LetterRecord& record : letters) TRY(make_readable(*log, record.letter));
  return letters;
}

// Those that were named; not_found for one that is not there.
Result<std::vector<LetterRecord>> named(std::vector<LetterRecord> all,
                                        const std::vector<Offset>& offsets) {
  std::vector<LetterRecord> out;
  for (const Offset offset : offsets) {
    const auto found = std::ranges::find(all, offset, &LetterRecord::offset);
    if (found == all.end()) {
      return fail(ErrorCode::not_found,
                  fmt::format("there is no dead letter {}; `tapewire dead-letters list` shows all",
                              offset));
    }
    out.push_back(*found);
  }
  return out;
}

int list(const LetterOptions& options) {
  const auto letters = letters_of(options);
  if (!letters) return report(letters.error());
  for (const LetterRecord& record : *letters) {
    if (options.common.json) {
      fmt::print("{}\n", letter_json(record));
    } else {
      fmt::print("{:>8}  {}  {:<14} {:<9} {:<10} {}{}\n", record.offset,
                 to_iso8601(record.receive_time), record.letter.topic, record.letter.stage,
                 record.letter.field.empty() ? "-" : record.letter.field, record.letter.reason,
                 record.letter.origin.empty() ? "" : "  (" + record.letter.origin + ")");
    }
  }
  if (!options.common.json && letters->empty()) fmt::print("There are no dead letters.\n");
  return kDone;
}

int show(const LetterOptions& options) {
  auto all = letters_of(options);
  if (!all) return report(all.error());
  const auto letters = named(std::move(*all), options.offsets);
  if (!letters) return report(letters.error());
  for (const LetterRecord& record : *letters) {
    const DeadLetter& letter = record.letter;
    if (options.common.json) {
      fmt::print("{}\n", letter_json(record));
      continue;
    }
    fmt::print(
        "offset    {}\nreceived  {}\ntopic     {}\nstage     {}\nsource    {}\nfrom      {}\nfield "
        "    {}\nreason    {}\nexpected  {}\npayload   {} bytes\n{}\n",
        record.offset, to_iso8601(record.receive_time), letter.topic, letter.stage, letter.source,
        letter.origin, letter.field, letter.reason, letter.expected, letter.payload.size(),
        letter.payload);
  }
  return kDone;
}

int export_letters(const LetterOptions& options) {
  const auto letters = letters_of(options);
  if (!letters) return report(letters.error());
  std::ofstream out(options.file, std::ios::binary | std::ios::trunc);
  for (const LetterRecord& record : *letters) out << letter_json(record) << '\n';
  out.close();
  if (!out) return report(fail_errno("write", options.file, errno).error());
  fmt::print("{} dead letters written to {}\n", letters->size(), options.file);
  return kDone;
}

// One batch that holds what the retried letters gave.
class LetterSource final : public Source {
 public:
  explicit LetterSource(EventBatch batch) : batch_(std::move(batch)) {}
  [[nodiscard]] std::string_view name() const override { return "dead-letters"; }
  Result<SourceStep> next(EventBatch& batch, std::stop_token) override {
    std::swap(batch, batch_);
    return SourceStep::finished;
  }

 private:
  EventBatch batch_;
};

struct Retry {
  EventBatch accepted;
  std::size_t again = 0;  // refused again
};

Result<Retry> try_again(const std::vector<LetterRecord>& letters, EventLog& log, RunId run) {
  Retry out;
  for (const LetterRecord& record : letters) {
    EventBatch batch;
    const Status parsed = parse_letter(record, log, batch);
    if (!parsed || !batch.rejected.empty()) {
      ++out.again;
      std::fprintf(
          stderr, "tapewire: dead letter %llu: %s\n",
          static_cast<unsigned long long>(record.offset),
          (parsed ? batch.rejected.front().letter.reason : parsed.error().message).c_str());
      continue;
    }
    for (const EventBatch::Ref& ref : batch.order) {
      switch (ref.kind) {
        // As in any replay, an event is received when it has happened: what came late is in its place now.
        case EventBatch::Kind::bar:
          out.accepted.add(batch.bars[ref.index], batch.bars[ref.index].end);
          break;
        case EventBatch::Kind::trade:
          out.accepted.add(batch.trades[ref.index], batch.trades[ref.index].time);
          break;
        case EventBatch::Kind::quote:
          out.accepted.add(batch.quotes[ref.index], batch.quotes[ref.index].time);
          break;
        case EventBatch::Kind::news:
          out.accepted.add(std::move(batch.news[ref.index]), ref.receive_time);
          break;
        case EventBatch::Kind::rejected: break;
      }
    }
    out.accepted.positions.push_back({retried_key(record.offset), fmt::format("run={}", run)});
  }
  TRY_ASSIGN(const auto refused, read_letters(log));
  TRY(add_trades_of_same_minutes(log, refused, out.accepted));
  // A run's receive times never go back.
  std::ranges::stable_sort(out.accepted.order, {}, &EventBatch::Ref::receive_time);
  return out;
}

Result<std::vector<LetterRecord>> to_retry(EventLog& log, const LetterOptions& options) {
  TRY_ASSIGN(auto all, read_letters(log));
  TRY_ASSIGN(const auto done, retried_letters(log));
  const auto was_retried = [&](Offset offset) {
    return std::ranges::find(done, offset) != done.end();
  };
  if (options.all) {
    std::erase_if(all, [&](const LetterRecord& r) { return was_retried(r.offset); });
    return all;
  }
  for (const Offset offset : options.offsets) {
    if (was_retried(offset)) {
      return fail(ErrorCode::already_exists,
                  fmt::format("dead letter {} was retried before and accepted", offset));
    }
  }
  return named(std::move(all), options.offsets);
}

Result<std::size_t> retry_letters(const LetterOptions& options, const Config& config) {
  EngineOptions engine_options;
  engine_options.config = config;
  engine_options.replay = true;
  TRY_ASSIGN(auto engine, Engine::open(std::move(engine_options)));
  TRY_ASSIGN(const auto letters, to_retry(engine->log(), options));
  TRY_ASSIGN(RunFrame frame, new_run(engine->log(), "retry of dead letters"));
  TRY_ASSIGN(Retry retry, try_again(letters, engine->log(), frame.run));
  const std::size_t accepted = retry.accepted.positions.size();
  if (accepted > 0) {
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(std::make_unique<LetterSource>(std::move(retry.accepted)));
    TRY(engine->start(std::move(sources), std::move(frame)));
    TRY(engine->finish());
  }
  fmt::print("{} accepted, {} refused again\n", accepted, retry.again);
  return retry.again;
}

int retry(const LetterOptions& options) {
  const auto config = options.common.config();
  if (!config) return report(config.error());
  if (!options.all && options.offsets.empty()) {
    return report({ErrorCode::invalid_argument, "name the offsets to retry, or --all"});
  }
  const auto refused = retry_letters(options, *config);
  if (!refused) return report(refused.error());
  return *refused == 0 ? kDone : kFailed;
}

}  // namespace

void add_dead_letters(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<LetterOptions>();
  CLI::App* verb = app.add_subcommand("dead-letters", "What was refused, why, and another try");
  verb->require_subcommand(1);
  verb->footer("Example: tapewire dead-letters list --data ./tapewire-data");
  const auto add = [&](const char* name, const char* help, int (*action)(const LetterOptions&)) {
    CLI::App* sub = verb->add_subcommand(name, help);
    options->common.add_to(*sub, true);
    sub->callback(
        [&line, options, action] { line.run = [options, action] { return action(*options); }; });
    return sub;
  };
  add("list", "One line each", &list);
  add("show", "One letter whole, with its original bytes", &show)
      ->add_option("OFFSET", options->offsets, "Offsets")
      ->required();
  CLI::App* again =
      add("retry", "Read the original bytes again; accepted ones go through the pipeline", &retry);
  again->add_option("OFFSET", options->offsets, "Offsets");
  again->add_flag("--all", options->all, "Every letter that was not accepted yet");
  add("export", "All letters as NDJSON", &export_letters)
      ->add_option("FILE", options->file, "File to write")
      ->required();
}

}  // namespace tapewire
