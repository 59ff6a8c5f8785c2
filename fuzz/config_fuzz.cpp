// SPDX-License-Identifier: Apache-2.0
// Feeds text to the reader of configurations: a configuration within its limits, or words that name the
// file and are fit for a terminal.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "app/config.h"
#include "base/check.h"
#include "base/units.h"
#include "model/calendar.h"

namespace tapewire {
namespace {

constexpr std::string_view kFile = "fuzz.toml";

void check_refusal(const Error& error) {
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(error.message.starts_with(kFile));
  CHECK(error.message.size() > kFile.size() + 2);
  CHECK(simdjson::validate_utf8(error.message));
  for (const char c : error.message)
    CHECK(c == '\n' || (static_cast<unsigned char>(c) >= ' ' && c != '\x7f'));
}

// What every part of the program may take for granted.
void check_limits(const Config& config) {
  CHECK(!config.data.empty());
  CHECK(config.data.find('\0') == std::string::npos);
  CHECK(config.log.group_wait.ns >= 0 && config.log.group_records >= 1);
  CHECK(config.log.keep_for.ns >= 0);
  CHECK(config.ingest.queue_batches >= 1);
  CHECK(config.pipeline.max_out_of_orderness.ns >= 0 && config.pipeline.idle_after.ns >= 0);
  CHECK(config.pipeline.trade_allowed_lateness.ns >= 0);
  CHECK(config.store.threads >= 1 && config.store.threads <= 256);
  CHECK(config.store.commit_every.ns >= 0 && config.sql.time.ns >= 0 && config.files.poll.ns >= 0);
  CHECK(config.sql.rows >= 0 && config.server.clients_max >= 0);
  CHECK(config.simulated.symbols >= 1 && config.simulated.symbols <= 20'000);
  CHECK(parse_trading_date(config.simulated.start).has_value());
  // What is shown is read as the same.
  const auto speed = parse_speed(to_text(config.simulated.speed));
  CHECK(speed && speed->factor == config.simulated.speed.factor);
  const auto wait = parse_duration(to_text(config.log.group_wait));
  CHECK(wait && *wait == config.log.group_wait);
  const auto memory = parse_size(size_to_text(config.store.memory.bytes));
  CHECK(memory && *memory == config.store.memory.bytes);
  for (const std::string& warning : config_warnings(config, "")) CHECK(!warning.empty());
}

}  // namespace
}  // namespace tapewire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tapewire;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = parse_config(text, kFile);
  config ? check_limits(*config) : check_refusal(config.error());
  return 0;
}
