// SPDX-License-Identifier: Apache-2.0
// Groups articles by New York day, with the headlines that are known by day only kept apart.
import type { NyDate } from '../time/new_york';
import type { NewsItem } from './news_item';

export interface DayGroup {
  day: NyDate;
  // Newest first.
  timed: NewsItem[];
  // Belong to the day as a whole; their order says nothing about time.
  dayOnly: NewsItem[];
}

// `items`: newest first. Returns the newest day first.
export function groupByDay(items: readonly NewsItem[]): DayGroup[] {
  const groups = new Map<NyDate, DayGroup>();
  for (const item of items) {
    let group = groups.get(item.day);
    if (!group) groups.set(item.day, (group = { day: item.day, timed: [], dayOnly: [] }));
    (item.precision === 'day' ? group.dayOnly : group.timed).push(item);
  }
  return [...groups.values()].sort((a, b) => (a.day < b.day ? 1 : -1));
}

// Counts the headlines known by day only, for the chart's strip of days.
export function dayOnlyCounts(items: readonly NewsItem[]): Map<NyDate, number> {
  const counts = new Map<NyDate, number>();
  for (const item of items) {
    if (item.precision === 'day') counts.set(item.day, (counts.get(item.day) ?? 0) + 1);
  }
  return counts;
}
