// SPDX-License-Identifier: Apache-2.0
// Brings the simulated market and its wire in as a source, day after day without end.
//
// Time:     receive time = event time (a bar's end, a trade's time, a story's publication): the same run
//           gives the same records however fast it is played.
// Position: "simulated/<seed>/<symbols>/<start>/<form>" -> "day=<n>;events=<n>": how many days were
//           played and how many events of the next.
// Memory:   one day of bars and stories; of trades one minute.
// Batches:  at most one minute of event time, so that playing at a speed is smooth.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sources/simulated/market.h"
#include "sources/source.h"

namespace tapewire {

struct SimulatedOptions {
  simulated::MarketOptions market;
  bool trades = false;  // trades instead of minute bars
  std::size_t days_max = 0;  // finished after so many; 0: endless
};

class SimulatedSource final : public Source {
 public:
  // Reads where an earlier run ended.
  static Result<std::unique_ptr<SimulatedSource>> open(SimulatedOptions options,
                                                       const ReadState& read);

  [[nodiscard]] std::string_view name() const override { return "simulated"; }
  Result<SourceStep> next(EventBatch& batch, std::stop_token stop) override;

 private:
  // One event, or the minute row whose trades are events, and when it is received.
  struct Due {
    Timestamp time;
    std::uint32_t company;  // kStory: a story
    std::uint32_t row;  // of the company; a story; a trade of the minute at hand
  };
  static constexpr std::uint32_t kStory = UINT32_MAX;

  explicit SimulatedSource(SimulatedOptions options);
  void load_day();
  // The next minute of the day; false when it has no more.
  bool load_minute();
  [[nodiscard]] bool holds_trades(const Due& due) const;
  void emit(const Due& due, EventBatch& batch);

  SimulatedOptions options_;
  simulated::Market market_;
  std::string key_;
  std::uint64_t days_done_ = 0;
  std::uint64_t events_done_ = 0;
  std::vector<Due> day_;  // by minute
  std::size_t day_next_ = 0;  // first of day_ after the minute at hand
  std::vector<Due> minute_;  // its events, in order
  std::size_t minute_next_ = 0;  // the next of them
  std::vector<Trade> trades_;  // of the minute at hand
  bool loaded_ = false;
};

}  // namespace tapewire
