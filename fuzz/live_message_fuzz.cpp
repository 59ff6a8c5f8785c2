// SPDX-License-Identifier: Apache-2.0
// Feeds bytes to the reader of websocket clients' messages: a request that means the same when it is
// written again, or a complaint whose frame is JSON. And to the reader of flat JSON objects beneath it.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "model/validate.h"
#include "server/json_input.h"
#include "server/json_text.h"
#include "server/live_protocol.h"

namespace tapewire {
namespace {

std::string written(const LiveRequest& request) {
  if (request.op == LiveRequest::Op::ping) return R"({"op":"ping"})";
  const Subscription& to = request.subscription;
  std::string out = request.op == LiveRequest::Op::subscribe ? R"({"op":"subscribe","channel":)"
                                                             : R"({"op":"unsubscribe","channel":)";
  append_json_string(out, to_string(to.channel));
  if (to.channel == Channel::bars || to.channel == Channel::signals) {
    out += R"(,"symbol":)";
    append_json_string(out, to.symbol.view());
  }
  if (to.channel == Channel::bars) {
    out += R"(,"width":)";
    append_json_string(out, to_string(to.width));
  }
  return out + "}";
}

void fuzz_request(std::string_view text) {
  const auto request = parse_live_request(text);
  if (!request) {
    CHECK(!request.error().detail.empty());
    const FrameText frame = error_frame(request.error());
    CHECK(is_json_object(*frame) && is_utf8(*frame));
    return;
  }
  const Subscription& to = request->subscription;
  if (to.channel == Channel::bars || to.channel == Channel::signals) {
    CHECK(!validate_symbol(to.symbol.view()));
  }
  const auto again = parse_live_request(written(*request));
  CHECK(again.has_value() && again->op == request->op);
  CHECK(again->subscription == request->subscription);
}

void fuzz_object(std::string_view text) {
  const auto members = parse_flat_object(text);
  // Stricter, never looser, than a plain reader of JSON.
  if (!members) return;
  CHECK(is_json_object(text));
  std::string again = "{";
  for (const JsonMember& member : *members) {
    CHECK(is_utf8(member.name));
    if (again.size() > 1) again += ',';
    append_json_string(again, member.name);
    again += ':';
    if (member.text() != nullptr) {
      CHECK(is_utf8(*member.text()));
      append_json_string(again, *member.text());
    } else {
      again += member.integer() != nullptr ? std::to_string(*member.integer()) : "null";
    }
  }
  const auto second = parse_flat_object(again + "}");
  CHECK(second.has_value() && second->size() == members->size());
  for (std::size_t i = 0; i < members->size(); ++i) {
    const JsonMember& one = (*members)[i];
    const JsonMember& two = (*second)[i];
    CHECK(one.name == two.name);
    if (one.text() != nullptr) CHECK(two.text() != nullptr && *one.text() == *two.text());
    if (one.integer() != nullptr)
      CHECK(two.integer() != nullptr && *one.integer() == *two.integer());
  }
}

}  // namespace
}  // namespace tapewire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  tapewire::fuzz_request(text);
  tapewire::fuzz_object(text);
  return 0;
}
