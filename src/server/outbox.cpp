// SPDX-License-Identifier: Apache-2.0
#include "server/outbox.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "server/live_protocol.h"

namespace tapewire {

void Outbox::add(Entry entry) {
  bytes_ += entry.text->size() + sizeof(Entry);
  entries_.push_back(std::move(entry));
}

void Outbox::push_reply(FrameText text) {
  add({.series = {}, .signal = {}, .time = {}, .reply = true, .text = std::move(text)});
}

void Outbox::push(const LiveEvent& event) {
  add({.series = event.to,
       .signal = event.signal,
       .time = event.time,
       .reply = false,
       .text = event.text});
  if (full()) conflate();
}

std::optional<FrameText> Outbox::pop() {
  if (untold_ > 0) {
    FrameText text = lagging_frame(untold_);
    untold_ = 0;
    return text;
  }
  if (entries_.empty()) return std::nullopt;
  FrameText text = std::move(entries_.front().text);
  entries_.pop_front();
  bytes_ -= text->size() + sizeof(Entry);
  return text;
}

void Outbox::conflate() {
  keep_newest(true);
  if (entries_.size() > messages_max_ / 2 || bytes_ > bytes_max_ / 2) keep_newest(false);
}

void Outbox::clear() {
  entries_.clear();
  bytes_ = 0;
  untold_ = 0;
}

void Outbox::keep_newest(bool of_each_window) {
  std::set<std::tuple<Subscription, SignalKind, Timestamp>> seen;
  std::size_t news = 0;
  std::size_t news_bytes = 0;
  std::deque<Entry> kept;
  bytes_ = 0;
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    bool keep = entry->reply;
    if (!keep && entry->series.channel == Channel::news) {
      news_bytes += entry->text->size();
      keep = of_each_window || (++news <= kNewsKept && news_bytes <= bytes_max_ / 2);
    } else if (!keep) {
      const bool windowed = of_each_window && entry->series.channel != Channel::status;
      keep =
          seen.insert({entry->series, entry->signal, windowed ? entry->time : Timestamp{}}).second;
    }
    if (!keep) {
      ++dropped_;
      ++untold_;
      continue;
    }
    bytes_ += entry->text->size() + sizeof(Entry);
    kept.push_front(std::move(*entry));
  }
  entries_ = std::move(kept);
}

}  // namespace tapewire
