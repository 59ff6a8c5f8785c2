// SPDX-License-Identifier: Apache-2.0
#include "scenario.h"

#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "base/decimal.h"
#include "base/units.h"
#include "model/calendar.h"
#include "model/codec.h"

namespace tapewire::scenario {

RecordView Input::view(Offset offset) const {
  return {topic, kind, run, offset, offset, event_time, receive_time, receive_time, key, payload};
}

namespace {

using Words = std::vector<std::string>;

template <class T>
T must(const Result<T>& value) {
  if (!value) throw std::runtime_error(value.error().message);
  return *value;
}
template <class T>
T must(const std::optional<T>& value, std::string_view what, const std::string& text) {
  if (!value) throw std::runtime_error(fmt::format("{} is no {}", text, what));
  return *value;
}

Price price(const std::string& text) {
  const auto parsed = parse_price(text);
  if (!parsed) throw std::runtime_error(text + " is no price");
  return {parsed->value};
}
Quantity quantity(const std::string& text) {
  const auto parsed = parse_quantity(text);
  if (!parsed) throw std::runtime_error(text + " is no quantity");
  return {parsed->value};
}
Symbol symbol(const std::string& text) { return must(Symbol::from(text), "symbol", text); }

class Reader {
 public:
  explicit Reader(std::string name) { scenario_.name = std::move(name); }

  void line(const std::string& text, int number) {
    Words words;
    std::istringstream in(text.substr(0, text.find('#')));
    for (std::string word; in >> word;) words.push_back(word);
    if (words.empty()) return;
    const std::string verb = words[0];
    words.erase(words.begin());
    if (verb == "expect") {
      expect(words, text, number);
      return;
    }
    options_.clear();
    split_options(words, options_);
    if (verb == "date") {
      date_ = must(parse_trading_date(words.at(0)), "date", words.at(0));
    } else if (verb == "option") {
      set_options();
    } else if (verb == "ordered") {
      scenario_.permute = false;
    } else if (verb == "bar") {
      bar(words);
    } else if (verb == "trade") {
      trade(words);
    } else if (verb == "quote") {
      quote(words);
    } else if (verb == "heartbeat") {
      frame(RecordKind::heartbeat, run_, time(words.at(0)));
    } else if (verb == "news") {
      news(words);
    } else if (verb == "run") {
      run(words);
    } else {
      throw std::runtime_error("no such verb: " + verb);
    }
  }

  Scenario take() { return std::move(scenario_); }

 private:
  using Options = std::map<std::string, std::string>;

  static void split_options(Words& words, Options& options) {
    Words rest;
    for (std::string& word : words) {
      const auto equals = word.find('=');
      if (equals == std::string::npos) {
        rest.push_back(std::move(word));
      } else {
        options[word.substr(0, equals)] = word.substr(equals + 1);
      }
    }
    words = std::move(rest);
  }

  std::optional<std::string> option(const std::string& name) const {
    const auto at = options_.find(name);
    return at == options_.end() ? std::nullopt : std::optional(at->second);
  }

  // hh:mm[:ss[.fraction]], New York time of the date; with Z, UTC of that date.
  [[nodiscard]] Timestamp time(std::string text) const {
    const bool utc = text.ends_with('Z');
    if (utc) text.pop_back();
    if (text.size() == 5) text += ":00";
    const std::string day = to_string(date_);
    const Timestamp clock = must(parse_iso8601(day + "T" + text + "Z"));
    if (utc) return clock;
    return calendar().midnight(date_) + (clock - must(parse_date(day)));
  }

  void set_options() {
    for (const auto& [name, value] : options_) {
      const Duration span = must(parse_duration(value));
      if (name == "max_out_of_orderness") {
        scenario_.options.max_out_of_orderness = span;
      } else if (name == "idle_after") {
        scenario_.options.idle_after = span;
      } else if (name == "trade_allowed_lateness") {
        scenario_.options.trade_allowed_lateness = span;
      } else if (name == "vendor_allowed_lateness") {
        scenario_.options.vendor_allowed_lateness = span;
      } else {
        throw std::runtime_error("no such option: " + name);
      }
    }
  }

  void add(Topic topic, RecordKind kind, RunId run, Timestamp event_time, std::string key,
           std::string payload, std::string identity) {
    const auto at = option("at");
    received_ = at ? time(*at) : std::max(received_, event_time);
    scenario_.inputs.push_back({topic, kind, run, event_time, received_, std::move(key),
                                std::move(payload), std::move(identity)});
  }

  void bar(const Words& words) {
    Bar out;
    out.symbol = symbol(words.at(0));
    if (const auto width = option("w")) out.width = must(parse_width(*width), "width", *width);
    out.start = time(words.at(1));
    out.end = out.start + span_of(out.width);
    if (const auto end = option("end")) out.end = time(*end);
    out.open = price(words.at(2));
    out.high = price(words.at(3));
    out.low = price(words.at(4));
    out.close = price(words.at(5));
    out.volume = quantity(words.at(6));
    out.source = SourceName("test");
    if (const auto vwap = option("vwap")) out.vwap = price(*vwap);
    if (const auto n = option("n")) out.transactions = std::stoll(*n);
    if (const auto day = option("day_volume")) out.accumulated_volume = quantity(*day);
    std::string payload;
    encode(out, payload);
    add(Topic::stock_prices, RecordKind::bar, run_, out.end, words.at(0), payload,
        fmt::format("{} {} {}", words.at(0), to_string(out.width), out.start.ns));
  }

  void trade(const Words& words) {
    Trade out;
    out.symbol = symbol(words.at(0));
    out.time = time(words.at(1));
    out.price = price(words.at(2));
    out.size = quantity(words.at(3));
    out.source = SourceName("test");
    out.sequence = ++sequence_;
    if (const auto sequence = option("seq")) out.sequence = std::stoll(*sequence);
    if (const auto id = option("id")) out.id = TradeId(*id);
    if (const auto exchange = option("ex")) out.exchange = std::stoi(*exchange);
    if (const auto correction = option("correction")) out.correction = std::stoi(*correction);
    if (const auto list = option("cond")) {
      std::istringstream in(*list);
      for (std::string id; std::getline(in, id, ',');) {
        if (!out.conditions.add(static_cast<std::uint16_t>(std::stoi(id)))) {
          throw std::runtime_error("too many conditions");
        }
      }
    }
    std::string payload;
    encode(out, payload);
    add(Topic::stock_prices, RecordKind::trade, run_, out.time, words.at(0), payload, "");
  }

  void quote(const Words& words) {
    Quote out;
    out.symbol = symbol(words.at(0));
    out.time = time(words.at(1));
    out.bid_price = price(words.at(2));
    out.ask_price = price(words.at(3));
    std::string payload;
    encode(out, payload);
    add(Topic::stock_prices, RecordKind::quote, run_, out.time, words.at(0), payload, "");
  }

  void news(const Words& words) {
    NewsItem item;
    item.id = item.title = "n";
    item.published_at = time(words.at(0));
    std::string payload;
    encode(item, payload);
    add(Topic::news_articles, RecordKind::news, run_, item.published_at, "", payload, "");
  }

  void frame(RecordKind kind, RunId run, Timestamp now) {
    std::string payload;
    encode(Heartbeat{now, ""}, payload);
    add(Topic::heartbeat, kind, run, now, "", payload, "");
    scenario_.inputs.back().receive_time = now;
    received_ = now;
  }

  // run N: what follows belongs to run N. run begin|end|abandon N.
  void run(const Words& words) {
    if (words.size() == 1) {
      run_ = static_cast<RunId>(std::stoul(words[0]));
      return;
    }
    const auto id = static_cast<RunId>(std::stoul(words.at(1)));
    const std::string& how = words[0];
    if (how == "begin") {
      frame(RecordKind::run_begin, id, received_);
      run_ = id;
    } else if (how == "end") {
      frame(RecordKind::run_end, id, received_);
    } else if (how == "abandon") {
      frame(RecordKind::run_abandon, id, received_);
    } else {
      throw std::runtime_error("no such frame: " + how);
    }
  }

  void expect(Words words, const std::string& text, int number) {
    Expectation out;
    out.line = number;
    out.text = text;
    out.after = scenario_.inputs.size();
    out.run = run_;
    bool none = false;
    if (words.at(0) == "no") {
      none = true;
      words.erase(words.begin());
    }
    const std::string what = words.at(0);
    words.erase(words.begin());
    if (what == "dead_letter") {
      out.claim = none ? Claim::no_dead_letter : Claim::dead_letter;
      if (!none) out.symbol = words.at(0);
      for (std::size_t i = 1; i < words.size(); ++i) out.words += (i > 1 ? " " : "") + words[i];
    } else {
      split_options(words, out.options);
      if (what == "bar") {
        out.claim = none ? Claim::no_bar : Claim::bar;
        out.symbol = words.at(0);
        out.width = must(parse_width(words.at(1)), "width", words.at(1));
        out.time = time(words.at(2));
        out.values.assign(words.begin() + 3, words.end());
      } else if (what == "signal") {
        out.claim = none ? Claim::no_signal : Claim::signal;
        out.symbol = words.at(0);
        out.time = time(words.at(1));
      } else if (what == "counters") {
        out.claim = Claim::counters;
      } else if (what == "watermark") {
        out.claim = Claim::watermark;
        out.time = time(words.at(0));
      } else {
        throw std::runtime_error("nothing is called " + what);
      }
    }
    scenario_.expectations.push_back(std::move(out));
  }

  Scenario scenario_;
  Options options_;
  TradingDate date_;
  RunId run_ = kLiveRun;
  Timestamp received_ = kMinTimestamp;
  std::int64_t sequence_ = 0;
};

}  // namespace

Result<Scenario> read_scenario(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) return fail(ErrorCode::io, "cannot open " + file.string());
  Reader reader(file.stem().string());
  int number = 0;
  for (std::string text; std::getline(in, text);) {
    ++number;
    try {
      reader.line(text, number);
    } catch (const std::exception& e) {
      return fail(ErrorCode::invalid_data,
                  fmt::format("{}:{}: {} ({})", file.string(), number, e.what(), text));
    }
  }
  return reader.take();
}

}  // namespace tapewire::scenario
