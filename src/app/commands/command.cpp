// SPDX-License-Identifier: Apache-2.0
#include "app/commands/command.h"

#include <cstdio>

namespace tapewire {

void CommonOptions::add_to(CLI::App& verb, bool with_config) {
  verb.add_option("--data", data, "Data directory (default ./tapewire-data)")->type_name("DIR");
  if (with_config)
    verb.add_option("--config", config_file, "Configuration file")->type_name("FILE");
  verb.add_flag("--json", json, "One JSON object per line");
  verb.add_flag("--quiet", quiet, "No progress on stderr");
}

Result<Config> CommonOptions::config() const {
  Config out;
  if (!config_file.empty()) {
    auto loaded = load_config(config_file);
    if (!loaded) return fail(ErrorCode::invalid_argument, loaded.error().message);
    out = std::move(*loaded);
  }
  if (!data.empty()) out.data = data;
  return out;
}

Result<std::string> CommonOptions::data_directory() const {
  TRY_ASSIGN(const Config loaded, config());
  return loaded.data;
}

int report(const Error& error) {
  std::fprintf(stderr, "tapewire: %s\n", error.message.c_str());
  return error.code == ErrorCode::invalid_argument ? kUsage : kFailed;
}

}  // namespace tapewire
