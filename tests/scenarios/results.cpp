// SPDX-License-Identifier: Apache-2.0
#include "results.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tapewire::scenario {
namespace {

std::string text_or_none(const std::optional<Price>& value) {
  return value ? to_text(*value) : "none";
}
std::string text_or_none(const std::optional<Quantity>& value) {
  return value ? to_text(*value) : "none";
}
std::string text_or_none(const std::optional<std::int64_t>& value) {
  return value ? std::to_string(*value) : "none";
}
std::string session_text(TradingSession session) {
  return session == TradingSession::none ? "none" : std::string(to_string(session));
}

std::string differs(std::string_view what, std::string_view expected, std::string_view actual) {
  return expected == actual ? "" : fmt::format("{} is {}, not {}; ", what, actual, expected);
}

}  // namespace

std::string describe(const Bar& bar, bool with_revision) {
  std::string out = fmt::format(
      "bar {} {} [{}, {}) {} {} {} {} {} vwap={} n={} origin={} session={} final={} source={} "
      "day_volume={}",
      bar.symbol.view(), to_string(bar.width), to_iso8601(bar.start), to_iso8601(bar.end),
      to_text(bar.open), to_text(bar.high), to_text(bar.low), to_text(bar.close),
      to_text(bar.volume), text_or_none(bar.vwap), text_or_none(bar.transactions),
      to_string(bar.origin), session_text(bar.session), bar.is_final, bar.source.view(),
      text_or_none(bar.accumulated_volume));
  if (with_revision) out += fmt::format(" rev={}", bar.revision);
  return out;
}

std::string describe(const SignalSet& signals, bool with_revision) {
  std::string out = fmt::format("signal {} {}", signals.symbol.view(), to_iso8601(signals.time));
  for (std::size_t i = 0; i < kSignalKinds; ++i) {
    if (!signals.values[i]) continue;
    out += fmt::format(" {}={:a}", to_string(static_cast<SignalKind>(i)), *signals.values[i]);
  }
  if (with_revision) out += fmt::format(" rev={}", signals.revision);
  return out;
}

std::string describe(const DeadLetter& letter) {
  return fmt::format("dead_letter {}: {} ({}; expected {}), {} bytes", letter.origin, letter.reason,
                     letter.field, letter.expected, letter.payload.size());
}

void Results::take(const PipelineOutput& output, RunId run) {
  for (const Bar& bar : output.bars) {
    all_.push_back(fmt::format("run {} {}", run, describe(bar)));
    bars_[{run, bar.symbol.str(), bar.width, bar.start.ns}] = bar;
  }
  for (const SignalSet& signals : output.signals) {
    all_.push_back(fmt::format("run {} {}", run, describe(signals)));
    signals_[{run, signals.symbol.str(), signals.time.ns}] = signals;
  }
  for (const RefusedRecord& refused : output.dead_letters) {
    all_.push_back(fmt::format("run {} {}", run, describe(refused.letter)));
    refused_.push_back(refused.letter.payload);
    dead_letters_.push_back(refused);
  }
}

std::vector<std::string> Results::final_values() const {
  std::vector<std::string> out;
  for (const auto& [key, bar] : bars_) out.push_back(describe(bar, false));
  for (const auto& [key, signals] : signals_) out.push_back(describe(signals, false));
  std::vector<std::string> refused = refused_;
  std::sort(refused.begin(), refused.end());
  out.insert(out.end(), refused.begin(), refused.end());
  return out;
}

std::vector<std::string> Results::unexpected_dead_letters() const {
  std::vector<std::string> out;
  for (const RefusedRecord& refused : dead_letters_) out.push_back(describe(refused.letter));
  return out;
}

std::string Results::check(const Expectation& e, const Pipeline& pipeline) {
  switch (e.claim) {
    case Claim::bar: return check_bar(e);
    case Claim::no_bar:
      return bars_.contains({e.run, e.symbol, e.width, e.time.ns}) ? "it is there" : "";
    case Claim::signal: return check_signal(e);
    case Claim::no_signal: {
      const auto at = signals_.find({e.run, e.symbol, e.time.ns});
      return at == signals_.end() ? "" : describe(at->second);
    }
    case Claim::dead_letter: return check_dead_letter(e);
    case Claim::no_dead_letter:
      return dead_letters_.empty() ? "" : describe(dead_letters_.front().letter);
    case Claim::watermark:
      return differs("watermark", to_iso8601(e.time), to_iso8601(pipeline.watermark(e.run)));
    case Claim::counters: {
      const PipelineCounters c = pipeline.counters(e.run);
      const std::map<std::string, std::uint64_t> actual{
          {"read", c.read},         {"applied", c.applied}, {"duplicate", c.duplicate},
          {"too_late", c.too_late}, {"refused", c.refused}, {"news", c.news}};
      std::string wrong = c.adds_up() ? "" : "the account does not add up; ";
      for (const auto& [name, value] : e.options) {
        wrong += differs(name, value, std::to_string(actual.at(name)));
      }
      return wrong;
    }
  }
  return "unknown";
}

std::string Results::check_bar(const Expectation& e) const {
  const auto at = bars_.find({e.run, e.symbol, e.width, e.time.ns});
  if (at == bars_.end()) return "it is not there";
  const Bar& bar = at->second;
  const std::string actual[] = {to_text(bar.open), to_text(bar.high), to_text(bar.low),
                                to_text(bar.close), to_text(bar.volume)};
  const char* const names[] = {"open", "high", "low", "close", "volume"};
  std::string wrong;
  for (std::size_t i = 0; i < e.values.size(); ++i) {
    if (i >= 5) return "too many values";
    if (e.values[i] != "-") wrong += differs(names[i], e.values[i], actual[i]);
  }
  const std::map<std::string, std::string> more{
      {"vwap", text_or_none(bar.vwap)},
      {"n", text_or_none(bar.transactions)},
      {"origin", std::string(to_string(bar.origin))},
      {"rev", std::to_string(bar.revision)},
      {"session", session_text(bar.session)},
      {"minutes", std::to_string((bar.end - bar.start).ns / minutes(1).ns)},
      {"day_volume", text_or_none(bar.accumulated_volume)},
      {"average", to_text(ohlc_average(bar))},
  };
  for (const auto& [name, value] : e.options) {
    const auto found = more.find(name);
    if (found == more.end()) return "a bar has no " + name;
    wrong += differs(name, value, found->second);
  }
  return wrong;
}

std::string Results::check_signal(const Expectation& e) const {
  const auto at = signals_.find({e.run, e.symbol, e.time.ns});
  if (at == signals_.end()) return "it is not there";
  std::string wrong;
  for (const auto& [name, text] : e.options) {
    if (name == "rev") {
      wrong += differs(name, text, std::to_string(at->second.revision));
      continue;
    }
    const auto kind = parse_signal_kind(name);
    if (!kind) return "no signal is called " + name;
    const auto value = at->second.values[static_cast<std::size_t>(*kind)];
    if (text == "none" || !value) {
      if (value || text != "none")
        wrong += fmt::format("{} is {}; ", name, value ? "there" : "not there");
      continue;
    }
    if (std::abs(*value - std::stod(text)) > 1e-9) wrong += fmt::format("{} is {}; ", name, *value);
  }
  return wrong;
}

std::string Results::check_dead_letter(const Expectation& e) {
  if (dead_letters_.empty()) return "there is none";
  const DeadLetter letter = dead_letters_.front().letter;
  dead_letters_.pop_front();
  if (!letter.origin.starts_with(e.symbol + ",") ||
      letter.reason.find(e.words) == std::string::npos || letter.stage != "pipeline" ||
      letter.payload.empty()) {
    return describe(letter);
  }
  return "";
}

}  // namespace tapewire::scenario
