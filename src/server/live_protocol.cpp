// SPDX-License-Identifier: Apache-2.0
#include "server/live_protocol.h"

#include <fmt/format.h>

#include "model/validate.h"
#include "server/json_input.h"
#include "server/json_text.h"

namespace tapewire {
namespace {

constexpr std::string_view kChannels = "bars, news, signals, status";

struct Fields {
  std::string op;
  std::string channel;
  std::string symbol;
  std::string width;
};

FrameText frame(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

LiveComplaint complaint(const Fields& fields, std::string detail) {
  const auto cut = [](const std::string& text) { return text.substr(0, 32); };
  return {cut(fields.op), std::move(detail), cut(fields.channel), cut(fields.symbol),
          cut(fields.width)};
}

std::expected<Fields, LiveComplaint> read_fields(std::string_view text) {
  const auto members = parse_flat_object(text);
  if (!members) return std::unexpected(LiveComplaint{"", members.error().message});
  Fields fields;
  for (const JsonMember& member : *members) {
    std::string* field = member.name == "op"        ? &fields.op
                         : member.name == "channel" ? &fields.channel
                         : member.name == "symbol"  ? &fields.symbol
                         : member.name == "width"   ? &fields.width
                                                    : nullptr;
    if (field == nullptr) {
      return std::unexpected(
          complaint(fields, fmt::format("unknown member '{}'; known are op, channel, symbol, width",
                                        member.name.substr(0, 64))));
    }
    if (member.text() == nullptr) {
      return std::unexpected(complaint(fields, fmt::format("'{}' must be a text", member.name)));
    }
    *field = *member.text();
  }
  if (fields.op.size() > 32) fields.op.resize(32);
  return fields;
}

std::expected<Subscription, std::string> read_subscription(const Fields& fields) {
  Subscription out;
  if (fields.channel == "news" || fields.channel == "status") {
    out.channel = fields.channel == "news" ? Channel::news : Channel::status;
    if (!fields.symbol.empty() || !fields.width.empty()) {
      return std::unexpected(
          fmt::format("channel '{}' takes no symbol and no width", fields.channel));
    }
    return out;
  }
  if (fields.channel != "bars" && fields.channel != "signals") {
    return std::unexpected(fmt::format("'channel' must be one of {}", kChannels));
  }
  if (const auto fault = validate_symbol(fields.symbol)) {
    return std::unexpected(fmt::format("{}; expected {}", fault->reason, fault->expected));
  }
  out.symbol = Symbol(fields.symbol);
  if (fields.channel == "signals") {
    out.channel = Channel::signals;
    if (!fields.width.empty())
      return std::unexpected(std::string("channel 'signals' takes no width"));
    return out;
  }
  out.channel = Channel::bars;
  const auto width = parse_width(fields.width);
  if (!width) return std::unexpected(std::string("'width' must be one of 1s, 1m, 5m, 15m, 1h, 1d"));
  out.width = *width;
  return out;
}

}  // namespace

std::string_view to_string(Channel channel) {
  switch (channel) {
    case Channel::bars: return "bars";
    case Channel::news: return "news";
    case Channel::signals: return "signals";
    case Channel::status: return "status";
  }
  return "";
}

std::expected<LiveRequest, LiveComplaint> parse_live_request(std::string_view text) {
  const auto fields = read_fields(text);
  if (!fields) return std::unexpected(fields.error());
  LiveRequest request;
  if (fields->op == "ping") return request;
  if (fields->op != "subscribe" && fields->op != "unsubscribe") {
    return std::unexpected(complaint(*fields, "'op' must be one of subscribe, unsubscribe, ping"));
  }
  request.op =
      fields->op == "subscribe" ? LiveRequest::Op::subscribe : LiveRequest::Op::unsubscribe;
  auto subscription = read_subscription(*fields);
  if (!subscription) return std::unexpected(complaint(*fields, std::move(subscription.error())));
  request.subscription = *subscription;
  return request;
}

LiveComplaint complaint_about(std::string_view op, const Subscription& subscription,
                              std::string detail) {
  LiveComplaint out{std::string(op), std::move(detail)};
  out.channel = to_string(subscription.channel);
  out.symbol = subscription.symbol.view();
  if (subscription.channel == Channel::bars) out.width = to_string(subscription.width);
  return out;
}

FrameText error_frame(const LiveComplaint& complaint) {
  std::string out = R"({"type":"error","detail":)";
  append_json_string(out, complaint.detail);
  const auto member = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out += fmt::format(",\"{}\":", name);
    append_json_string(out, value);
  };
  member("op", complaint.op);
  member("channel", complaint.channel);
  member("symbol", complaint.symbol);
  member("width", complaint.width);
  out += '}';
  return frame(std::move(out));
}

FrameText pong_frame() { return frame(R"({"type":"pong"})"); }

FrameText lagging_frame(std::uint64_t dropped) {
  return frame(fmt::format(R"({{"type":"lagging","dropped":{}}})", dropped));
}

FrameText status_frame(std::string_view status) {
  const std::size_t brace = status.find('{');
  const std::string_view members =
      status.substr(brace == std::string_view::npos ? status.size() : brace + 1);
  if (members.empty() || members.find_first_not_of(" \n\r\t") == members.find('}')) {
    return frame(R"({"type":"status"})");
  }
  return frame(fmt::format(R"({{"type":"status",{})", members));
}

}  // namespace tapewire
