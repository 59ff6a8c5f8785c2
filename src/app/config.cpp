// SPDX-License-Identifier: Apache-2.0
#include "app/config.h"

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include "base/units.h"
#include "model/calendar.h"
#include "server/server.h"

namespace tapewire {
namespace {

std::string where(std::string_view file, const toml::source_region& region) {
  return fmt::format("{}:{}:{}", file, region.begin.line, region.begin.column);
}

bool is_control(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  // U+0080 to U+009F steer terminals too.
  if (byte == 0xc2 && at + 1 < text.size()) return static_cast<unsigned char>(text[at + 1]) < 0xa0;
  return byte < ' ' || byte == 0x7f;
}

bool has_control(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_control(text, at)) return true;
  }
  return false;
}

// Keys and values are quoted in messages, which must stay one line and must not steer a terminal.
std::string without_controls(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool control = is_control(text, at);
    out += control ? '?' : text[at];
    if (control && static_cast<unsigned char>(text[at]) == 0xc2) ++at;
  }
  return out;
}

// Reads one TOML value into a field; the error says what was expected.
struct ValueReader {
  static Result<std::string> text(const toml::node& node, std::string_view expected) {
    if (const auto value = node.value_exact<std::string>()) {
      if (!has_control(*value)) return *value;
      return fail(ErrorCode::invalid_argument, "expected a text without control characters");
    }
    return fail(ErrorCode::invalid_argument, fmt::format("expected {}", expected));
  }
  static Status read(const toml::node& node, std::string& out) {
    TRY_ASSIGN(out, text(node, "a text in quotes"));
    return {};
  }
  static Status read(const toml::node& node, bool& out) {
    const auto value = node.value_exact<bool>();
    if (!value) return fail(ErrorCode::invalid_argument, "expected true or false");
    out = *value;
    return {};
  }
  static Status read(const toml::node& node, std::int64_t& out) {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < 0) {
      return fail(ErrorCode::invalid_argument, "expected a whole number, zero or more");
    }
    out = *value;
    return {};
  }
  static Status read(const toml::node& node, Duration& out) {
    TRY_ASSIGN(const std::string value, text(node, R"(a duration with its unit, such as "500ms")"));
    TRY_ASSIGN(out, parse_duration(value));
    return {};
  }
  static Status read(const toml::node& node, Size& out) {
    TRY_ASSIGN(const std::string value, text(node, R"(a size with its unit, such as "64MiB")"));
    TRY_ASSIGN(out.bytes, parse_size(value));
    return {};
  }
  static Status read(const toml::node& node, Speed& out) {
    TRY_ASSIGN(const std::string value, text(node, R"("max" or a factor such as "60x")"));
    TRY_ASSIGN(out, parse_speed(value));
    return {};
  }
  static Status read(const toml::node& node, std::vector<std::string>& out) {
    const toml::array* array = node.as_array();
    if (array == nullptr) return fail(ErrorCode::invalid_argument, "expected a list of texts");
    out.clear();
    for (const toml::node& item : *array) {
      TRY_ASSIGN(out.emplace_back(), text(item, "a list of texts"));
    }
    return {};
  }
};

class Loader {
 public:
  Loader(const toml::table& root, std::string_view file) : root_(root), file_(file) {}

  void section(std::string_view name, std::string_view) {
    section_ = name;
    table_ = &root_;
    if (name.empty()) return;
    known_root_.emplace(name);
    const toml::node* node = root_.get(name);
    table_ = node == nullptr ? nullptr : node->as_table();
    if (node != nullptr && table_ == nullptr) {
      complain(node->source(), fmt::format("[{}] must be a table", name));
    }
  }
  template <class T>
  void key(std::string_view name, T& value, std::string_view) {
    (section_.empty() ? known_root_ : known_[section_]).emplace(name);
    if (table_ == nullptr) return;
    const toml::node* node = table_->get(name);
    if (node == nullptr) return;
    const Status status = ValueReader::read(*node, value);
    if (!status) {
      complain(node->source(), fmt::format("key \"{}\": {}", full(name), status.error().message));
    }
  }
  Status finish() {
    for (const auto& [name, node] : root_) {
      if (!known_root_.contains(name.str())) unknown(name);
      const toml::table* table = node.as_table();
      if (table == nullptr || !known_.contains(name.str())) continue;
      for (const auto& [key, value] : *table) {
        if (!known_.find(name.str())->second.contains(key.str())) {
          unknown(key, std::string(name.str()) + ".");
        }
      }
    }
    if (errors_.empty()) return {};
    return fail(ErrorCode::invalid_argument, fmt::format("{}", fmt::join(errors_, "\n")));
  }

 private:
  [[nodiscard]] std::string full(std::string_view name) const {
    return section_.empty() ? std::string(name) : fmt::format("{}.{}", section_, name);
  }
  void unknown(const toml::key& key, const std::string& prefix = "") {
    complain(key.source(),
             fmt::format("unknown key \"{}{}\"; `tapewire config defaults` lists all keys", prefix,
                         key.str()));
  }
  void complain(const toml::source_region& region, const std::string& words) {
    errors_.push_back(fmt::format("{}: {}", where(file_, region), without_controls(words)));
  }

  const toml::table& root_;
  std::string_view file_;
  std::string section_;
  const toml::table* table_ = nullptr;
  std::set<std::string, std::less<>> known_root_;
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> known_;
  std::vector<std::string> errors_;
};

class Writer {
 public:
  void section(std::string_view name, std::string_view comment) {
    if (!name.empty()) fmt::format_to(std::back_inserter(out), "\n[{}]  # {}\n", name, comment);
  }
  template <class T>
  void key(std::string_view name, const T& value, std::string_view comment) {
    fmt::format_to(std::back_inserter(out), "{} = {}  # {}\n", name, show(value), comment);
  }
  std::string out;

 private:
  static std::string show(const std::string& s) { return fmt::format("\"{}\"", s); }
  static std::string show(bool b) { return b ? "true" : "false"; }
  static std::string show(std::int64_t n) { return fmt::format("{}", n); }
  static std::string show(Duration d) { return fmt::format("\"{}\"", to_text(d)); }
  static std::string show(Size s) { return fmt::format("\"{}\"", size_to_text(s.bytes)); }
  static std::string show(Speed s) { return fmt::format("\"{}\"", to_text(s)); }
  static std::string show(const std::vector<std::string>& list) {
    std::vector<std::string> quoted;
    for (const std::string& item : list) quoted.push_back(show(item));
    return fmt::format("[{}]", fmt::join(quoted, ", "));
  }
};

Status check_ranges(const Config& config, std::string_view file) {
  const auto refuse = [&](std::string_view key, std::string_view expected) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("{}: key \"{}\": expected {}", file, key, expected));
  };
  if (config.data.empty()) return refuse("data", "a directory");
  if (config.log.group_records < 1) return refuse("log.group_records", "1 or more");
  if (config.ingest.queue_batches < 1) return refuse("ingest.queue_batches", "1 or more");
  if (config.store.threads < 1 || config.store.threads > 256)
    return refuse("store.threads", "1 to 256");
  if (config.store.memory.bytes < (std::uint64_t{64} << 20))
    return refuse("store.memory", "\"64MiB\" or more");
  if (config.simulated.symbols < 1 || config.simulated.symbols > 20'000) {
    return refuse("simulated.symbols", "1 to 20000");
  }
  if (!config.files.width.empty() && !parse_width(config.files.width)) {
    return refuse("files.width", "1s, 1m, 5m, 15m, 1h, 1d or empty");
  }
  if (!config.simulated.paced_from.empty() && !parse_new_york_time(config.simulated.paced_from))
    return refuse("simulated.paced_from", "a time in New York, YYYY-MM-DDTHH:MM");
  if (!parse_trading_date(config.simulated.start))
    return refuse("simulated.start", "a date, YYYY-MM-DD");
  return {};
}

}  // namespace

std::optional<Timestamp> parse_new_york_time(std::string_view text) {
  if (text.size() != 16 || text[10] != 'T' || text[13] != ':') return std::nullopt;
  const auto date = parse_trading_date(text.substr(0, 10));
  const auto two_digits = [&](std::size_t at, int below) {
    int number = -1;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + 2, number);
    return error == std::errc{} && end == text.data() + at + 2 && number < below ? number : -1;
  };
  const int hour = two_digits(11, 24), minute = two_digits(14, 60);
  if (!date || hour < 0 || minute < 0) return std::nullopt;
  return calendar().midnight(*date) + hours(hour) + minutes(minute);
}

Result<Speed> parse_speed(std::string_view text) {
  if (text == "max") return Speed{0};
  double factor = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), factor);
  const std::string_view unit(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  if (error != std::errc{} || unit != "x" || !std::isfinite(factor) || factor <= 0 ||
      factor > 1e6) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("\"{}\" is not a speed: expected \"max\" or a factor such as \"1x\" or \"60x\"",
                    text));
  }
  return Speed{factor};
}

std::string to_text(Speed speed) {
  return speed.factor == 0 ? "max" : fmt::format("{}x", speed.factor);
}

Result<Config> parse_config(std::string_view text, std::string_view file_name) {
  Config config;
  try {
    const toml::table root = toml::parse(text, file_name);
    Loader loader(root, file_name);
    visit_config(config, loader);
    TRY(loader.finish());
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::invalid_argument, fmt::format("{}: {}", where(file_name, error.source()),
                                                         without_controls(error.description())));
  }
  TRY(check_ranges(config, file_name));
  return config;
}

Result<Config> load_config(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail_errno("read the configuration", file.string(), errno);
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad() || text.fail()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("cannot read the configuration {}", file.string()));
  }
  return parse_config(text.str(), file.string());
}

std::string default_config_toml() {
  Writer writer;
  writer.out =
      "# Every key of tapewire with its default. A configuration file needs only what it changes.\n"
      "# Secrets never stand here: TAPEWIRE_TOKEN and the vendors' keys come from the "
      "environment.\n\n";
  Config defaults;
  visit_config(defaults, writer);
  return writer.out;
}

std::string server_token() {
  const char* token = std::getenv("TAPEWIRE_TOKEN");
  return token == nullptr ? "" : token;
}

std::vector<std::string> config_warnings(const Config& config, std::string_view token) {
  std::vector<std::string> out;
  const auto absent = [&](bool enabled, std::string_view name) {
    if (enabled) {
      out.push_back(fmt::format(
          "source \"{}\" is enabled, but this version cannot connect to it; it is left out", name));
    }
  };
  absent(config.polygon.enabled, "polygon");
  absent(config.finnhub.enabled, "finnhub");
  absent(config.guardian.enabled, "guardian");
  if (!config.server.enabled) return out;
  ServerOptions server;
  server.listen = config.server.listen;
  server.token = token;
  if (const Status sound = check_server_options(server); !sound)
    out.push_back(
        fmt::format("[server] {}; the server would refuse to start", sound.error().message));
  return out;
}

}  // namespace tapewire
