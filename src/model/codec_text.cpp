// SPDX-License-Identifier: Apache-2.0
#include "model/codec.h"
#include "model/codec_fields.h"

namespace tapewire {
namespace {

using codec::Packer;
using codec::Unpacker;

// The second byte of an article: precision, unit of its time, what follows.
constexpr unsigned kPrecisionMask = 0x03;
constexpr unsigned kTimeShift = 2;
constexpr unsigned kFirstPublishedBit = 0x10;
constexpr unsigned kRevisionBit = 0x20;
constexpr unsigned kNewsMask = 0x3f;

// The third byte of signals: unit of the time, revision.
constexpr unsigned kSignalRevisionBit = 0x04;

}  // namespace

void encode(const NewsItem& item, std::string& out) {
  const unsigned time = codec::time_code(item.published_at);
  unsigned flags = static_cast<unsigned>(item.precision) | time << kTimeShift;
  if (item.first_published_at) flags |= kFirstPublishedBit;
  if (item.revision != 0) flags |= kRevisionBit;
  Packer<2 + 3 * 10> head;
  head.byte(codec::kVersion);
  head.byte(flags);
  head.time(item.published_at, time);
  if (item.first_published_at) {
    head.signed_varint(codec::wrapping_subtract(item.first_published_at->ns, item.published_at.ns));
  }
  if (item.revision != 0) head.signed_varint(item.revision);
  head.append_to(out);

  ByteWriter write(out);
  for (const std::string* text : {&item.id, &item.source, &item.title, &item.summary, &item.url,
                                  &item.section, &item.extra}) {
    write.text(*text);
  }
  write.varint(item.symbols.size());
  for (const std::string& symbol : item.symbols) write.text(symbol);
}

Result<NewsItem> decode_news(std::string_view key, std::string_view payload) {
  Unpacker in(payload);
  in.version();
  const unsigned flags = in.byte();
  const unsigned precision = flags & kPrecisionMask;
  if ((flags & ~kNewsMask) != 0) in.refuse("unknown flags");
  if (precision > static_cast<unsigned>(Precision::day)) in.refuse("its precision is unknown");
  if (!in.ok()) return in.error("news", payload.size());

  NewsItem item;
  item.search = key;
  item.precision = static_cast<Precision>(precision);
  item.published_at = in.time(flags >> kTimeShift & 0x03);
  if (flags & kFirstPublishedBit) {
    item.first_published_at =
        Timestamp{codec::wrapping_add(item.published_at.ns, in.signed_varint())};
  }
  if (flags & kRevisionBit) item.revision = in.narrow();
  for (std::string* text : {&item.id, &item.source, &item.title, &item.summary, &item.url,
                            &item.section, &item.extra}) {
    *text = in.text();
  }
  const std::uint64_t count = in.varint();
  // A symbol takes a byte at least, so that a damaged count cannot ask for more memory than the payload's size.
  if (count > in.left()) in.refuse("more symbols than bytes");
  if (!in.ok()) return in.error("news", payload.size());
  item.symbols.reserve(count);
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) item.symbols.emplace_back(in.text());
  if (!in.complete()) return in.error("news", payload.size());
  return item;
}

void encode(const DeadLetter& letter, std::string& out) {
  ByteWriter write(out);
  write.fixed(codec::kVersion);
  for (const std::string* text : {&letter.topic, &letter.stage, &letter.origin, &letter.reason,
                                  &letter.field, &letter.expected, &letter.payload}) {
    write.text(*text);
  }
}

Result<DeadLetter> decode_dead_letter(std::string_view key, std::string_view payload) {
  Unpacker in(payload);
  in.version();
  DeadLetter letter;
  letter.source = key;
  for (std::string* text : {&letter.topic, &letter.stage, &letter.origin, &letter.reason,
                            &letter.field, &letter.expected, &letter.payload}) {
    *text = in.text();
  }
  if (!in.complete()) return in.error("dead letter", payload.size());
  return letter;
}

void encode(const Heartbeat& heartbeat, std::string& out) {
  const unsigned time = codec::time_code(heartbeat.now);
  Packer<2 + 10> head;
  head.byte(codec::kVersion);
  head.byte(time);
  head.time(heartbeat.now, time);
  head.append_to(out);
  ByteWriter(out).text(heartbeat.market);
}

Result<Heartbeat> decode_heartbeat(std::string_view payload) {
  Unpacker in(payload);
  in.version();
  Heartbeat heartbeat;
  heartbeat.now = in.time(in.byte());
  heartbeat.market = in.text();
  if (!in.complete()) return in.error("heartbeat", payload.size());
  return heartbeat;
}

void encode(const SignalSet& signals, std::string& out) {
  const unsigned time = codec::time_code(signals.time);
  unsigned mask = 0;
  for (std::size_t i = 0; i < kSignalKinds; ++i) {
    if (signals.values[i]) mask |= 1U << i;
  }
  Packer<3 + 2 * 10 + kSignalKinds * 8> pack;
  pack.byte(codec::kVersion);
  pack.byte(mask);
  pack.byte(time | (signals.revision != 0 ? kSignalRevisionBit : 0));
  pack.time(signals.time, time);
  if (signals.revision != 0) pack.signed_varint(signals.revision);
  for (const auto& value : signals.values) {
    if (value) pack.fixed(*value);
  }
  pack.append_to(out);
}

Result<SignalSet> decode_signals(std::string_view key, std::string_view payload) {
  Result<SignalSet> result(std::in_place);
  SignalSet& signals = *result;
  if (key.size() > Symbol::kCapacity) {
    return fail(ErrorCode::corrupt,
                fmt::format("corrupt signal record: a key of {} bytes is no symbol", key.size()));
  }
  signals.symbol = Symbol(key);
  Unpacker in(payload);
  in.version();
  const unsigned mask = in.byte();
  const unsigned flags = in.byte();
  if (mask >> kSignalKinds != 0 || flags >> 3 != 0) in.refuse("unknown flags");
  signals.time = in.time(flags & 0x03);
  if (flags & kSignalRevisionBit) signals.revision = in.narrow();
  for (std::size_t i = 0; i < kSignalKinds; ++i) {
    if (mask >> i & 1U) signals.values[i] = in.number();
  }
  if (!in.complete()) return in.error("signal", payload.size());
  return result;
}

}  // namespace tapewire
