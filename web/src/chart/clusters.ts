// SPDX-License-Identifier: Apache-2.0
// Places articles on bars: one cluster per bar, and one mark for neighbours that would overlap on the screen.
import type { Candle } from '../bars/candle';
import { placeOf } from '../bars/candle_list';
import type { NewsItem } from '../news/news_item';

export interface Cluster {
  // Place among the candles; one past the last for articles newer than every bar.
  index: number;
  // Start of that bar; undefined past the last.
  barTime: number | undefined;
  // Newest first.
  items: NewsItem[];
  // False when no article fell inside the bar itself: the market was closed or silent then, and the
  // mark stands at the first bar after it.
  inside: boolean;
}

// A weekend with a holiday on either side; what happened longer before a bar has nothing to do with it.
const kNearSeconds = 5 * 86_400;

// `items`: any order. Headlines known by day only are left out: they belong to no bar.
// Articles older than the first candle are left out too, and those with no bar within a few days after them. Returns clusters ascending by index.
export function clusterByBar(items: readonly NewsItem[], candles: readonly Candle[]): Cluster[] {
  const first = candles[0];
  if (!first) return [];
  const clusters = new Map<number, Cluster>();
  for (const item of items) {
    if (item.precision === 'day' || item.time < first.time) continue;
    const place = placeOf(candles, item.time);
    const index = place.index < 0 ? candles.length : place.index;
    if (!place.inside && isFar(item.time, candles, index)) continue;
    const cluster = clusters.get(index);
    if (cluster) {
      cluster.items.push(item);
      cluster.inside ||= place.inside;
    } else {
      clusters.set(index, { index, barTime: candles[index]?.time, items: [item], inside: place.inside });
    }
  }
  for (const cluster of clusters.values()) cluster.items.sort((a, b) => b.time - a.time);
  return [...clusters.values()].sort((a, b) => a.index - b.index);
}

// `index`: the first candle after the article, or one past the last.
function isFar(seconds: number, candles: readonly Candle[], index: number): boolean {
  const next = candles[index];
  if (next) return next.time - seconds > kNearSeconds;
  const last = candles[index - 1];
  return last !== undefined && seconds - last.end > kNearSeconds;
}

export interface Mark {
  clusters: Cluster[];
  x: number;
  count: number;
  inside: boolean;
}

// Joins clusters nearer than `gap` pixels to the first of their mark.
export function marksOf(clusters: readonly Cluster[], xOf: (index: number) => number, gap: number): Mark[] {
  const marks: Mark[] = [];
  for (const cluster of clusters) {
    const x = xOf(cluster.index);
    const last = marks[marks.length - 1];
    if (last && x - last.x < gap) {
      last.clusters.push(cluster);
      last.count += cluster.items.length;
      last.inside ||= cluster.inside;
    } else {
      marks.push({ clusters: [cluster], x, count: cluster.items.length, inside: cluster.inside });
    }
  }
  return marks;
}
