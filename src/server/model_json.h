// SPDX-License-Identifier: Apache-2.0
// Writes model values as the JSON objects and CSV rows of the HTTP and websocket interface.
//
// Time:  ISO 8601 UTC. Prices and volumes: JSON numbers with their exact decimal text.
#pragma once

#include <string>
#include <string_view>

#include "eventlog/event_log.h"
#include "model/bar.h"
#include "store/store_values.h"

namespace tapewire {

void append_json(std::string& out, const Bar& bar);
// The same with "is_final", as the websocket sends it.
void append_live_json(std::string& out, const Bar& bar);
void append_json(std::string& out, const StoredNews& news);
void append_json(std::string& out, const SignalRow& row);
void append_json(std::string& out, const SymbolRow& row);
void append_json(std::string& out, const StoredDeadLetter& letter);
void append_json(std::string& out, const TopicInfo& topic);

inline constexpr std::string_view kBarCsvHeader =
    "symbol,width,start_time,end_time,session,open,high,low,close,volume,vwap,transactions,ohlc_"
    "average,"
    "origin,revision\r\n";
void append_csv(std::string& out, const Bar& bar);

// Writes `rows` as a JSON array.
template <class Rows>
void append_json_array(std::string& out, const Rows& rows) {
  out += '[';
  bool first = true;
  for (const auto& row : rows) {
    if (!first) out += ',';
    first = false;
    append_json(out, row);
  }
  out += ']';
}

}  // namespace tapewire
