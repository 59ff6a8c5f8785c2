// SPDX-License-Identifier: Apache-2.0
#include "app/verify.h"

#include <filesystem>

#include <fmt/format.h>

#include "app/data_directory.h"
#include "app/store_feed.h"
#include "eventlog/embedded/verify.h"
#include "ingest/account.h"

namespace tapewire {
namespace {

// What ingest counted as appended is what the topic has ever held.
Status check_account(const DataPaths& paths, const LogReport& report, VerifyResult& out) {
  TRY_ASSIGN(const auto log, open_log_for_reading(paths.root));
  TRY_ASSIGN(const auto entries, log->state("account/"));
  for (const StateWrite& entry : entries) {
    const auto topic = parse_topic(std::string_view(entry.key).substr(8));
    const auto account = parse_account(entry.value);
    if (!topic || !account) {
      out.findings.push_back(fmt::format("the account {} cannot be read", entry.key));
      continue;
    }
    if (!account->adds_up()) {
      out.findings.push_back(
          fmt::format("the account of {} does not add up: {}", to_string(*topic), entry.value));
    }
    for (const TopicInfo& info : report.topics) {
      if (info.topic != *topic || info.end_offset == account->appended) continue;
      out.findings.push_back(
          fmt::format("{}: the account has {} records appended, the log has given out {} offsets",
                      to_string(*topic), account->appended, info.end_offset));
    }
  }
  return {};
}

// A store older or newer than what the log can continue.
void check_offsets(Store& store, const std::string& name, const LogReport& report,
                   VerifyResult& out) {
  const auto offsets = store.offsets();
  if (!offsets) {
    out.findings.push_back(offsets.error().message);
    return;
  }
  for (const StoreOffset& offset : *offsets) {
    for (const TopicInfo& topic : report.topics) {
      if (to_string(topic.topic) != offset.topic) continue;
      if (const auto fault = offset_fault(offset, topic)) out.findings.push_back(name + *fault);
    }
  }
}

Status check_store(const Config& config, const DataPaths& paths, const LogReport& report,
                   VerifyResult& out) {
  if (!std::filesystem::exists(paths.store)) {
    out.notes.emplace_back("there is no store yet");
    return {};
  }
  const std::string name = paths.store.string() + ": ";
  StoreOptions options;
  options.read_only = true;
  options.memory_bytes = config.store.memory.bytes;
  options.threads = static_cast<int>(config.store.threads);
  auto store = Store::open(paths.store, options);
  if (!store) {
    if (store.error().code == ErrorCode::in_use) {
      out.notes.push_back("the store was not looked at: " + store.error().message);
    } else {
      out.findings.push_back(store.error().message);
    }
    return {};
  }
  const auto findings = (*store)->verify();
  out.store_checked = true;
  if (!findings) {
    out.findings.push_back(findings.error().message);
    return {};
  }
  for (const std::string& finding : *findings) out.findings.push_back(name + finding);
  if (findings->empty() && report.findings.empty()) check_offsets(**store, name, report, out);
  return {};
}

}  // namespace

Result<VerifyResult> verify_data(const Config& config, const VerifyProgress& progress) {
  const DataPaths paths{std::filesystem::path(config.data)};
  TRY(check_data_dir(paths.root));
  VerifyResult out;
  TRY_ASSIGN(
      const LogReport report,
      verify_log(paths.log, [&](std::uint64_t done, std::uint64_t total, std::uint64_t records) {
        progress(static_cast<double>(done), static_cast<double>(total), records);
      }));
  out.records = report.records;
  out.bytes = report.bytes;
  for (const LogFinding& finding : report.findings)
    out.findings.push_back("log: " + to_text(finding));
  // A damaged log may refuse to be opened; its findings then stand already.
  if (report.findings.empty()) TRY(check_account(paths, report, out));
  TRY(check_store(config, paths, report, out));
  return out;
}

}  // namespace tapewire
