// SPDX-License-Identifier: Apache-2.0
// Feeds bytes to the parser of websocket frames: the batch must stay consistent whatever comes.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "model/validate.h"
#include "sources/polygon/frame_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tapewire;
  static PolygonFrameParser parser("fuzz");
  static EventBatch batch;
  batch.clear();
  const Timestamp now{1'700'000'000'000'000'000};
  parser.parse({reinterpret_cast<const char*>(data), size}, now, batch);
  CHECK(batch.order.size() ==
        batch.bars.size() + batch.trades.size() + batch.quotes.size() + batch.rejected.size());
  const ValidationLimits limits{.now = now};
  for (const Bar& bar : batch.bars) CHECK(!validate(bar, limits));
  for (const Trade& trade : batch.trades) CHECK(!validate(trade, limits));
  for (const Quote& quote : batch.quotes) CHECK(!validate(quote, limits));
  for (const Rejected& one : batch.rejected) CHECK(!one.letter.reason.empty());
  return 0;
}
