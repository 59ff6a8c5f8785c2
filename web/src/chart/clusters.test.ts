// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { kOpen, minutes, newsItem } from '../test/samples';
import { clusterByBar, marksOf } from './clusters';

describe('clusterByBar', () => {
  const candles = minutes(kOpen, 3);
  const shape = (items: Parameters<typeof clusterByBar>[0]) =>
    clusterByBar(items, candles).map(({ index, inside, items: its }) => [index, inside, its.map(({ key }) => key).join(' ')]);

  it('joins the articles of one bar, newest first', () => {
    const items = [newsItem('a', kOpen + 61), newsItem('b', kOpen + 119), newsItem('c', kOpen)];
    expect(shape(items)).toEqual([
      [0, true, 'wire/c'],
      [1, true, 'wire/b wire/a'],
    ]);
  });

  it('never places a headline that is known by day only', () => {
    const byDay = newsItem('d', kOpen, { precision: 'day', published_on: '2019-02-13' });
    expect(shape([byDay])).toEqual([]);
  });

  it('leaves out what is older than the bars and keeps what is newer apart', () => {
    expect(shape([newsItem('old', kOpen - 1), newsItem('new', kOpen + 500)])).toEqual([[3, false, 'wire/new']]);
  });

  it('says when an article fell into no bar', () => {
    const gapped = [...minutes(kOpen, 1), ...minutes(kOpen + 600, 1)];
    const [cluster] = clusterByBar([newsItem('a', kOpen + 300)], gapped);
    expect(cluster).toMatchObject({ index: 1, inside: false, barTime: kOpen + 600 });
  });

  it('places nothing on a bar that came long after it', () => {
    const kDay = 86_400;
    const years = [...minutes(kOpen, 1), ...minutes(kOpen + 3 * kDay, 1), ...minutes(kOpen + 2400 * kDay, 1)];
    const items = [1, 10, 2399, 2401, 2406].map((day) => newsItem(`day ${day}`, kOpen + day * kDay));
    expect(clusterByBar(items, years).map(({ index, items: its }) => [index, its.map(({ key }) => key).join()])).toEqual([
      [1, 'wire/day 1'],
      [2, 'wire/day 2399'],
      [3, 'wire/day 2401'],
    ]);
  });

  it('has nothing to place on without bars', () => expect(clusterByBar([newsItem('a', kOpen)], [])).toEqual([]));
});

it('marksOf joins neighbours that would overlap', () => {
  const clusters = clusterByBar([0, 1, 2].map((i) => newsItem(`n${i}`, kOpen + i * 60)), minutes(kOpen, 3));
  expect(marksOf(clusters, (index) => index * 10, 15).map(({ x, count }) => [x, count])).toEqual([
    [0, 2],
    [20, 1],
  ]);
  expect(marksOf(clusters, (index) => index * 20, 15)).toHaveLength(3);
});
