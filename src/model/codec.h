// SPDX-License-Identifier: Apache-2.0
// Encodes model values into the compact payloads of the embedded log and back.
//
// Shape:   the record's key (symbol, search term, source) is not repeated in the payload.
// Errors:  decode gives `corrupt` naming the kind; never reads past the payload; trailing bytes are an error.
// Source:  docs/formats.md, payload version 1.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/bar.h"
#include "model/news_item.h"
#include "model/record.h"
#include "model/trade.h"

namespace tapewire {

// Each appends to `out`.
void encode(const Bar& bar, std::string& out);
void encode(const Trade& trade, std::string& out);
void encode(const Quote& quote, std::string& out);
void encode(const NewsItem& item, std::string& out);
void encode(const DeadLetter& letter, std::string& out);
void encode(const Heartbeat& heartbeat, std::string& out);
void encode(const SignalSet& signals, std::string& out);

Result<Bar> decode_bar(std::string_view key, std::string_view payload);
Result<Trade> decode_trade(std::string_view key, std::string_view payload);
Result<Quote> decode_quote(std::string_view key, std::string_view payload);
Result<NewsItem> decode_news(std::string_view key, std::string_view payload);
Result<DeadLetter> decode_dead_letter(std::string_view key, std::string_view payload);
Result<Heartbeat> decode_heartbeat(std::string_view payload);
Result<SignalSet> decode_signals(std::string_view key, std::string_view payload);

}  // namespace tapewire
