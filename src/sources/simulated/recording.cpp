// SPDX-License-Identifier: Apache-2.0
#include "sources/simulated/recording.h"

#include <cerrno>
#include <fstream>
#include <map>
#include <memory>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <zlib.h>

namespace tapewire {
namespace {

using Json = nlohmann::ordered_json;
using simulated::Market;
using simulated::MarketDay;
namespace fs = std::filesystem;

// Compresses as it writes; gzip's header carries no time or name, so equal content gives equal bytes.
class GzipFile {
 public:
  static Result<GzipFile> create(const fs::path& path) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) return fail_errno("create", path.parent_path().string(), error.value());
    GzipFile file;
    file.path_ = path.string();
    file.file_.reset(gzopen(path.c_str(), "wb4"));
    if (!file.file_) return fail_errno("create", path.string(), errno);
    gzbuffer(file.file_.get(), 1 << 18);
    return file;
  }
  Status write(std::string_view text) {
    if (gzwrite(file_.get(), text.data(), static_cast<unsigned>(text.size())) <= 0) {
      return fail_errno("write", path_, errno);
    }
    return {};
  }
  Status close() {
    const int status = gzclose(file_.release());
    if (status != Z_OK) return fail_errno("write", path_, status == Z_ERRNO ? errno : EIO);
    return {};
  }

 private:
  struct Closer {
    void operator()(gzFile file) const { gzclose(file); }
  };
  std::unique_ptr<gzFile_s, Closer> file_;
  std::string path_;
};

fs::path day_path(const fs::path& out, std::string_view layout, TradingDate date) {
  const std::string day = to_string(date);
  return out / layout / day.substr(0, 4) / day.substr(5, 2) / (day + ".csv.gz");
}

void append_cents(std::string& out, std::int32_t cents) { append_decimal(out, cents, 2); }

Status write_bars(const fs::path& out, const Market& market, std::uint64_t& count) {
  const MarketDay& day = market.day();
  TRY_ASSIGN(GzipFile file, GzipFile::create(day_path(out, "minute_aggs_v1", day.date)));
  std::string text = "ticker,volume,open,close,high,low,window_start,transactions\n";
  for (std::size_t company = 0; company < day.rows.size(); ++company) {
    for (const simulated::MinuteRow& row : day.rows[company]) {
      fmt::format_to(std::back_inserter(text), "{},{},", market.companies()[company].symbol.view(),
                     row.volume);
      for (const std::int32_t price : {row.open, row.close, row.high, row.low}) {
        append_cents(text, price);
        text += ',';
      }
      fmt::format_to(std::back_inserter(text), "{},{}\n",
                     (day.hours.pre_market_open + minutes(row.minute)).ns, row.transactions);
      ++count;
    }
    if (text.size() < (1 << 18)) continue;
    TRY(file.write(text));
    text.clear();
  }
  if (!text.empty()) TRY(file.write(text));
  return file.close();
}

// As the vendor writes them: 37 or "12,37".
std::string conditions_text(const ConditionList& conditions) {
  const auto ids = conditions.view();
  return ids.size() < 2 ? fmt::format("{}", fmt::join(ids, ","))
                        : fmt::format("\"{}\"", fmt::join(ids, ","));
}

Status write_trades(const fs::path& out, const Market& market, std::uint64_t& count) {
  const MarketDay& day = market.day();
  TRY_ASSIGN(GzipFile file, GzipFile::create(day_path(out, "trades_v1", day.date)));
  std::string text =
      "ticker,conditions,correction,exchange,id,participant_timestamp,price,sequence_number,"
      "sip_timestamp,size,tape,trf_id,trf_timestamp\n";
  std::vector<Trade> trades;
  for (std::size_t company = 0; company < day.rows.size(); ++company) {
    for (const simulated::MinuteRow& row : day.rows[company]) {
      trades.clear();
      market.trades(company, row, trades);
      for (const Trade& trade : trades) {
        fmt::format_to(std::back_inserter(text), "{},{},0,{},{},{},{},{},{},{},{},0,0\n",
                       trade.symbol.view(), conditions_text(trade.conditions), trade.exchange,
                       trade.id.view(), trade.participant_time.value_or(trade.time).ns,
                       to_text(trade.price), trade.sequence, trade.time.ns, to_text(trade.size),
                       trade.tape);
      }
      count += trades.size();
      if (text.size() < (1 << 18)) continue;
      TRY(file.write(text));
      text.clear();
    }
  }
  if (!text.empty()) TRY(file.write(text));
  return file.close();
}

Json story_json(const NewsItem& item) {
  Json out{{"id", item.id},
           {"source", item.source},
           {"published_at", to_iso8601(item.published_at)},
           {"precision", to_string(item.precision)},
           {"headline", item.title},
           {"summary", item.summary},
           {"url", item.url},
           {"section", item.section},
           {"symbols", item.symbols}};
  if (item.first_published_at) out["first_published_at"] = to_iso8601(*item.first_published_at);
  return out;
}

Status append_file(const fs::path& path, std::string_view text, bool truncate) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream file(
      path, truncate ? std::ios::binary | std::ios::trunc : std::ios::binary | std::ios::app);
  file << text;
  file.close();
  if (!file) return fail_errno("write", path.string(), errno != 0 ? errno : EIO);
  return {};
}

// Why the story moves nothing; empty: it does.
std::string why_silent(const simulated::Story& story, bool moves) {
  using simulated::StoryKind;
  switch (story.kind) {
    case StoryKind::null_story: return "of no consequence";
    case StoryKind::passing: return "mentions the company in passing";
    case StoryKind::duplicate: return "repeats a story that was out before";
    default: return moves ? "" : "its reaction would be at the open after the recording's last day";
  }
}

// What the day planted, in the words of the truth file. What moves the open after the last day is not
// in the recording.
void add_truth(Json& truth, const Market& market, bool last_day) {
  const MarketDay& day = market.day();
  std::set<std::string_view> moving;
  const auto symbol = [&](std::size_t company) { return market.companies()[company].symbol.str(); };
  for (const simulated::Effect& effect : day.wire.effects) {
    if (last_day && effect.from >= day.hours.close) continue;
    moving.insert(effect.news_id);
    Json row{{"symbol", symbol(effect.company)},
             {"shape", to_string(effect.shape)},
             {"published_at", to_iso8601(effect.published_at)},
             {"from", to_iso8601(effect.from)},
             {"to", to_iso8601(effect.to)},
             {"log_return", effect.size},
             {"log_return_before_publication", effect.leaked}};
    if (!effect.news_id.empty()) row["news_id"] = effect.news_id;
    truth[effect.news_id.empty() ? "jumps" : "reactions"].push_back(std::move(row));
  }
  for (const simulated::Story& story : day.wire.stories) {
    Json row{{"news_id", story.item.id},
             {"kind", simulated::to_string(story.kind)},
             {"published_at", to_iso8601(story.item.published_at)},
             {"symbols", story.item.symbols}};
    if (!story.duplicate_of.empty()) row["duplicate_of"] = story.duplicate_of;
    const std::string why = why_silent(story, moving.contains(story.item.id));
    if (!why.empty()) row["reason"] = why;
    truth[why.empty() ? "stories" : "null_stories"].push_back(std::move(row));
  }
  for (const simulated::Halt& halt : day.wire.halts) {
    truth["halts"].push_back({{"symbol", symbol(halt.company)},
                              {"reason", simulated::to_string(halt.reason)},
                              {"from", to_iso8601(halt.from)},
                              {"to", to_iso8601(halt.to)}});
  }
  truth["days"].push_back({{"date", to_string(day.date)}, {"early_close", day.hours.early_close}});
}

Json companies_json(const Market& market) {
  Json out = Json::array();
  for (const simulated::Company& c : market.companies()) {
    out.push_back({{"symbol", c.symbol.str()},
                   {"name", c.name},
                   {"sector", c.sector},
                   {"beta", c.beta},
                   {"daily_volatility", c.daily_volatility},
                   {"daily_volume", c.daily_volume},
                   {"activity", c.activity}});
  }
  return out;
}

Status refuse_foreign_content(const fs::path& out) {
  std::error_code error;
  if (!fs::exists(out, error)) return {};
  if (!fs::is_directory(out, error)) {
    return fail(ErrorCode::already_exists, fmt::format("{} is not a directory", out.string()));
  }
  if (!fs::is_empty(out, error) && !fs::exists(out / "truth.json", error)) {
    return fail(
        ErrorCode::already_exists,
        fmt::format("{} is not empty and was not made by `generate`; give an empty directory",
                    out.string()));
  }
  // A recording is replaced whole, never mixed with an earlier one.
  for (const char* part : {"minute_aggs_v1", "trades_v1", "news"})
    fs::remove_all(out / part, error);
  return {};
}

}  // namespace

Result<RecordingCounts> write_recording(
    const fs::path& out, const RecordingOptions& options,
    const std::function<bool(std::size_t, std::uint64_t)>& progress) {
  TRY(refuse_foreign_content(out));
  Market market(options.market);
  RecordingCounts counts;
  Json truth{{"simulated", true},
             {"seed", options.market.seed},
             {"symbols", options.market.symbols},
             {"start", to_string(options.market.start)},
             {"companies", companies_json(market)}};
  for (const char* list : {"days", "reactions", "jumps", "stories", "null_stories", "halts"}) {
    truth[list] = Json::array();
  }
  std::map<std::string, bool> months;
  for (std::size_t i = 0; i < options.days; ++i) {
    const MarketDay& day = market.next_day();
    TRY(write_bars(out, market, counts.bars));
    if (options.trades) TRY(write_trades(out, market, counts.trades));
    std::string lines;
    for (const simulated::Story& story : day.wire.stories) {
      lines += story_json(story.item).dump() + "\n";
    }
    counts.stories += day.wire.stories.size();
    counts.effects += day.wire.effects.size();
    const std::string month = to_string(day.date).substr(0, 7);
    TRY(append_file(out / "news" / (month + ".ndjson"), lines, months.emplace(month, true).second));
    add_truth(truth, market, i + 1 == options.days);
    if (progress && !progress(i + 1, counts.bars)) return fail(ErrorCode::cancelled, "stopped");
  }
  TRY(append_file(out / "truth.json", truth.dump(1) + "\n", true));
  return counts;
}

}  // namespace tapewire
