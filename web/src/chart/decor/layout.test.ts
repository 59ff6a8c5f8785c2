// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { candle, kOpen, minutes, newsItem } from '../../test/samples';
import { clusterByBar } from '../clusters';
import { kStripHeight, layoutDecor, type DecorInput, type Viewport } from './layout';

const kBar = 10;

function view(first: number, last: number): Viewport {
  return {
    width: (last - first) * kBar,
    height: 300,
    first,
    last,
    barSpacing: kBar,
    xOf: (index) => (index - first) * kBar,
    yOf: (price) => 200 - price,
  };
}

function input(change: Partial<DecorInput>): DecorInput {
  return {
    width: '1m',
    candles: [],
    clusters: [],
    dayCounts: new Map(),
    showNews: true,
    selected: new Set(),
    highlight: null,
    ...change,
  };
}

describe('layoutDecor', () => {
  const before = minutes(kOpen - 86_400, 10);
  const candles = [...before, ...minutes(kOpen, 10)];
  const dayCounts = new Map([['2019-02-13', 3]]);

  it('gives each day on the screen its field and its headlines', () => {
    const { days } = layoutDecor(input({ candles, dayCounts }), view(4.5, 19.5));
    expect(days.map(({ day, headlines, begins }) => [day, headlines, begins])).toEqual([
      ['2019-02-12', 0, false],
      ['2019-02-13', 3, true],
    ]);
    expect(days[0]?.right).toBe(days[1]?.left);
  });

  it('leaves a day out of which only half a bar is seen', () => {
    const { days } = layoutDecor(input({ candles }), view(9.5, 19.5));
    expect(days.map(({ day }) => day)).toEqual(['2019-02-13']);
  });

  it('puts marks above their bars and below the strip', () => {
    const high = candles.map((one, i) => ({ ...one, high: i === 12 ? 199 : 12 }));
    const items = [newsItem('low', kOpen), newsItem('high', kOpen + 120)];
    const { marks } = layoutDecor(input({ candles: high, clusters: clusterByBar(items, high) }), view(9.5, 19.5));
    expect(marks).toHaveLength(2);
    for (const mark of marks) expect(mark.y).toBeGreaterThan(kStripHeight);
    expect(marks[0]?.y).toBeLessThan(marks[0]?.barY as number);
  });

  it('moves a mark at the edge inwards and leaves out one beyond it', () => {
    const clusters = clusterByBar([newsItem('edge', kOpen), newsItem('beyond', kOpen + 9 * 60)], candles);
    const { marks } = layoutDecor(input({ candles, clusters }), view(10, 18));
    expect(marks.map(({ barX, x, count }) => [barX, x > 8, count])).toEqual([[0, true, 1]]);
  });

  it('shows neither marks nor counts when the news is hidden', () => {
    const clusters = clusterByBar([newsItem('a', kOpen)], candles);
    const { marks, days } = layoutDecor(input({ candles, clusters, dayCounts, showNews: false }), view(0, 20));
    expect(marks).toEqual([]);
    expect(days.every(({ headlines }) => headlines === 0)).toBe(true);
  });

  it('shades what lies outside the regular session, but no day bars', () => {
    const mixed = candles.map((one, i) => (i < 3 ? candle(one.time, { session: 'pre_market' }) : one));
    expect(layoutDecor(input({ candles: mixed }), view(0, 20)).extended).toEqual([{ left: -5, right: 25 }]);
    expect(layoutDecor(input({ candles: mixed, width: '1d' }), view(0, 20)).extended).toEqual([]);
  });

  it('does not shade a bar that holds the opening', () => {
    const hours = [-5400, -1800, 1800].map((start) =>
      candle(kOpen + start, { end: kOpen + start + 3600, session: start < 0 ? 'pre_market' : 'regular' }),
    );
    expect(layoutDecor(input({ candles: hours, width: '1h' }), view(0, 3)).extended).toEqual([{ left: -5, right: 5 }]);
  });
});
