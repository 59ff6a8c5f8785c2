// SPDX-License-Identifier: Apache-2.0
#include "server/request_target.h"

#include <algorithm>

#include <fmt/format.h>

#include "server/json_text.h"

namespace tapewire {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The error says what the text has.
std::expected<std::string, std::string_view> percent_decode(std::string_view text,
                                                            bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus_is_space) c = ' ';
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return std::unexpected("a '%' without two hexadecimal digits");
      }
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      return std::unexpected("a control character");
    }
    out += c;
  }
  if (!is_utf8(out)) return std::unexpected("bytes that are not UTF-8");
  return out;
}

// Drops "http://authority" of the absolute form.
std::string_view without_authority(std::string_view target) {
  const std::size_t scheme = target.find("://");
  if (scheme == std::string_view::npos || target.starts_with('/')) return target;
  const std::size_t path = target.find('/', scheme + 3);
  return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

}  // namespace

std::expected<RequestTarget, TargetFault> parse_target(std::string_view target) {
  const auto refuse = [](std::string_view what) {
    return std::unexpected(TargetFault{fmt::format("the address {}", what), {}});
  };
  target = without_authority(target);
  target = target.substr(0, target.find('#'));
  if (!target.starts_with('/')) return refuse("does not begin with '/'");
  RequestTarget out;
  const std::size_t mark = target.find('?');
  auto path = percent_decode(target.substr(0, mark), false);
  if (!path) return refuse(fmt::format("has {}", path.error()));
  out.path = std::move(*path);
  if (mark == std::string_view::npos) return out;
  std::string_view rest = target.substr(mark + 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (pair.empty()) continue;
    if (out.query.size() == kParametersMax)
      return refuse(fmt::format("has more than {} parameters", kParametersMax));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = percent_decode(pair.substr(0, equals), true);
    if (!name) return refuse(fmt::format("has {} in the name of a parameter", name.error()));
    auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!value) {
      return std::unexpected(
          TargetFault{fmt::format("parameter '{}' has {}", name->substr(0, 80), value.error()),
                      std::move(*name)});
    }
    out.query.push_back({std::move(*name), std::move(*value)});
  }
  return out;
}

}  // namespace tapewire
