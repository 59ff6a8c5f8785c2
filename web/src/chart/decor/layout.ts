// SPDX-License-Identifier: Apache-2.0
// Works out where the chart's decorations stand on the screen: marks of articles, days, closed sessions.
//
// Units: CSS pixels from the price pane's top left corner.
import type { Candle } from '../../bars/candle';
import { isExtended } from '../../bars/session';
import { nyDateOf, type NyDate } from '../../time/new_york';
import type { Width } from '../../time/width';
import { marksOf, type Cluster } from '../clusters';

export const kStripHeight = 22;
export const kMarkRadius = 8;
const kMarkGap = 17;
const kMarkLift = 14;

export interface DecorInput {
  width: Width;
  candles: readonly Candle[];
  clusters: readonly Cluster[];
  dayCounts: ReadonlyMap<NyDate, number>;
  showNews: boolean;
  selected: ReadonlySet<string>;
  highlight: { from: number; to: number } | null;
}

export interface Viewport {
  width: number;
  height: number;
  // Logical places of the first and last bar on the screen; may lie outside the candles.
  first: number;
  last: number;
  barSpacing: number;
  xOf: (index: number) => number;
  yOf: (price: number) => number;
}

export interface PlacedMark {
  id: string;
  x: number;
  y: number;
  // Where the stem meets the bar; a mark at the edge of the screen is moved inwards.
  barX: number;
  barY: number;
  count: number;
  inside: boolean;
  selected: boolean;
  clusters: readonly Cluster[];
}

export interface PlacedDay {
  day: NyDate;
  left: number;
  right: number;
  headlines: number;
  // False for the first day on the screen when its beginning is out of sight.
  begins: boolean;
}

export interface PlacedSpan {
  left: number;
  right: number;
}

export interface DecorLayout {
  marks: PlacedMark[];
  days: PlacedDay[];
  extended: PlacedSpan[];
  highlight: PlacedSpan | null;
}

export function layoutDecor(input: DecorInput, view: Viewport): DecorLayout {
  return {
    marks: input.showNews ? placeMarks(input, view) : [],
    days: placeDays(input, view),
    extended: placeExtended(input, view),
    highlight: placeHighlight(input, view),
  };
}

function placeMarks(input: DecorInput, view: Viewport): PlacedMark[] {
  // Clusters of bars that are off the screen, or only half on it, would be cut.
  const shown = input.clusters.filter(({ index }) => index >= view.first - 0.5 && index <= view.last + 0.5);
  const edge = kMarkRadius + 3;
  return marksOf(shown, view.xOf, kMarkGap).map((mark) => {
    const highs = mark.clusters.map((cluster) => barTop(input.candles, cluster.index));
    const barY = Math.min(...highs.map(view.yOf));
    const floor = kStripHeight + kMarkRadius + 3;
    const items = mark.clusters.flatMap((cluster) => cluster.items);
    return {
      id: items[0]?.key ?? '',
      x: Math.min(Math.max(mark.x, edge), Math.max(edge, view.width - edge)),
      barX: mark.x,
      y: Math.max(floor, barY - kMarkLift - kMarkRadius),
      barY,
      count: mark.count,
      inside: mark.inside,
      selected: items.some((item) => input.selected.has(item.key)),
      clusters: mark.clusters,
    };
  });
}

// Articles newer than every bar stand above the empty place after the last one.
function barTop(candles: readonly Candle[], index: number): number {
  const candle = candles[Math.min(index, candles.length - 1)];
  if (!candle) return 0;
  return index < candles.length ? candle.high : candle.close;
}

function placeDays(input: DecorInput, view: Viewport): PlacedDay[] {
  const { candles } = input;
  const first = Math.max(0, Math.floor(view.first));
  const last = Math.min(candles.length - 1, Math.ceil(view.last));
  const days: PlacedDay[] = [];
  for (let i = first; i <= last; i += 1) {
    const day = nyDateOf((candles[i] as Candle).time);
    const x = view.xOf(i);
    const open = days[days.length - 1];
    if (open && open.day === day) {
      open.right = x + view.barSpacing / 2;
      continue;
    }
    const before = candles[i - 1];
    days.push({
      day,
      left: x - view.barSpacing / 2,
      right: x + view.barSpacing / 2,
      headlines: input.showNews ? (input.dayCounts.get(day) ?? 0) : 0,
      begins: !before || nyDateOf(before.time) !== day,
    });
  }
  // Half a bar at the edge does not put its day on the screen.
  const least = view.barSpacing * 0.6;
  return days.filter(({ left, right }) => Math.min(right, view.width) - Math.max(left, 0) > least);
}

function placeExtended(input: DecorInput, view: Viewport): PlacedSpan[] {
  if (input.width === '1d') return [];
  const spans: PlacedSpan[] = [];
  const first = Math.max(0, Math.floor(view.first));
  const last = Math.min(input.candles.length - 1, Math.ceil(view.last));
  let open: PlacedSpan | null = null;
  for (let i = first; i <= last; i += 1) {
    const x = view.xOf(i);
    if (!isExtended(input.candles[i] as Candle)) {
      open = null;
    } else if (open) {
      open.right = x + view.barSpacing / 2;
    } else {
      open = { left: x - view.barSpacing / 2, right: x + view.barSpacing / 2 };
      spans.push(open);
    }
  }
  return spans;
}

function placeHighlight(input: DecorInput, view: Viewport): PlacedSpan | null {
  if (!input.highlight) return null;
  const half = Math.max(view.barSpacing / 2, 3);
  return { left: view.xOf(input.highlight.from) - half, right: view.xOf(input.highlight.to) + half };
}
