// SPDX-License-Identifier: Apache-2.0
#include "model/width.h"

namespace tapewire {

std::string_view to_string(Width width) {
  switch (width) {
    case Width::s1: return "1s";
    case Width::m1: return "1m";
    case Width::m5: return "5m";
    case Width::m15: return "15m";
    case Width::h1: return "1h";
    case Width::d1: return "1d";
  }
  return "";
}

std::optional<Width> parse_width(std::string_view text) {
  for (const Width width : kWidths) {
    if (to_string(width) == text) return width;
  }
  return std::nullopt;
}

std::string_view to_string(Origin origin) {
  switch (origin) {
    case Origin::rolled_up: return "rolled_up";
    case Origin::built: return "built";
    case Origin::vendor: return "vendor";
  }
  return "";
}

std::optional<Origin> parse_origin(std::string_view text) {
  for (const Origin origin : {Origin::rolled_up, Origin::built, Origin::vendor}) {
    if (to_string(origin) == text) return origin;
  }
  return std::nullopt;
}

std::string_view to_string(TradingSession session) {
  switch (session) {
    case TradingSession::none: return "";
    case TradingSession::pre_market: return "pre_market";
    case TradingSession::regular: return "regular";
    case TradingSession::after_hours: return "after_hours";
  }
  return "";
}

}  // namespace tapewire
