// SPDX-License-Identifier: Apache-2.0
#include "ingest/account.h"

#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace tapewire {
namespace {

using Field = std::pair<std::string_view, std::uint64_t TopicAccount::*>;
constexpr std::array<Field, 6> kFields{{{"read", &TopicAccount::read},
                                        {"appended", &TopicAccount::appended},
                                        {"duplicate", &TopicAccount::duplicate},
                                        {"dead_lettered", &TopicAccount::dead_lettered},
                                        {"too_late", &TopicAccount::too_late},
                                        {"dropped", &TopicAccount::dropped}}};

}  // namespace

std::string to_state(const TopicAccount& account) {
  std::string out;
  for (const auto& [name, member] : kFields) {
    fmt::format_to(std::back_inserter(out), "{}{}={}", out.empty() ? "" : ";", name,
                   account.*member);
  }
  return out;
}

Result<TopicAccount> parse_account(std::string_view text) {
  TopicAccount out;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find(';'));
    rest.remove_prefix(part.size() < rest.size() ? part.size() + 1 : rest.size());
    const std::size_t equals = part.find('=');
    bool known = false;
    for (const auto& [name, member] : kFields) {
      if (equals == std::string_view::npos || part.substr(0, equals) != name) continue;
      const std::string_view number = part.substr(equals + 1);
      const auto [end, error] =
          std::from_chars(number.data(), number.data() + number.size(), out.*member);
      known = error == std::errc{} && end == number.data() + number.size();
    }
    if (!known) {
      return fail(ErrorCode::corrupt, fmt::format("the account \"{}\" cannot be read", text));
    }
  }
  return out;
}

std::string to_json(const TopicAccount& account) {
  std::string out = "{";
  for (const auto& [name, member] : kFields) {
    fmt::format_to(std::back_inserter(out), "{}\"{}\":{}", out.size() == 1 ? "" : ",", name,
                   account.*member);
  }
  return out + "}";
}

}  // namespace tapewire
