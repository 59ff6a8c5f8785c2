// SPDX-License-Identifier: Apache-2.0
// Parses the frames of Polygon's (Massive's) stock websocket into events.
//
// Shape:   a frame is a JSON array of events (one event alone is taken too): AM and A become bars,
//          T trades, Q quotes; status messages are handed back; all others are counted as ignored.
// Types:   numbers may come as texts and texts as numbers; unknown keys are ignored; the fractional
//          texts dv, dav, ds go before v, av, s; the unit of a time is told by its magnitude.
//          Decimals are read from the text of the number.
// Errors:  a bad event is one refused message with its own bytes, the others of its frame are
//          unaffected; a frame that is not JSON is one refused message as a whole.
// Threads: one at a time; the parser and its buffers are meant to be kept, so that an event
//          allocates nothing.
// Source:  Massive websocket documentation, stocks.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/event_batch.h"

namespace tapewire {

struct PolygonStatus {
  std::string status;  // "auth_success", "max_connections" ...
  std::string message;
};

class PolygonFrameParser {
 public:
  // `origin` goes into refused messages: the connection.
  explicit PolygonFrameParser(std::string origin = "");
  ~PolygonFrameParser();
  PolygonFrameParser(PolygonFrameParser&&) noexcept;
  PolygonFrameParser& operator=(PolygonFrameParser&&) noexcept;

  struct Summary {
    std::vector<PolygonStatus> statuses;
    std::uint64_t ignored =
        0;  // events of kinds without a place: LULD, NOI, FMV, LV, crypto, forex ...
  };
  // Adds the frame's events to `batch`. The summary is valid until the next call.
  const Summary& parse(std::string_view frame, Timestamp receive_time, EventBatch& batch);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tapewire
