// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { candle, kOpen, minutes } from '../test/samples';
import type { Candle } from './candle';
import { continuesFrom, lowerBound, mergeCandles, placeOf } from './candle_list';

const times = (list: readonly { time: number }[]): number[] => list.map(({ time }) => (time - kOpen) / 60);

describe('mergeCandles', () => {
  it.each([
    ['appends', [0, 1], [2], [0, 1, 2]],
    ['prepends', [3, 4], [0, 1], [0, 1, 3, 4]],
    ['fills a hole', [0, 4], [1, 2], [0, 1, 2, 4]],
    ['overlaps', [0, 1, 2], [1, 2, 3], [0, 1, 2, 3]],
    ['begins', [], [1], [1]],
  ])('%s', (_name, known, incoming, expected) => {
    const of = (places: number[]) => places.map((place) => candle(kOpen + place * 60));
    expect(times(mergeCandles(of(known), of(incoming)))).toEqual(expected);
  });

  it('keeps the list and its candles when nothing is new', () => {
    const known = minutes(kOpen, 5);
    expect(mergeCandles(known, minutes(kOpen, 5))).toBe(known);
    expect(mergeCandles(known, minutes(kOpen, 6))[3]).toBe(known[3]);
  });

  it('takes a revision and refuses an older one', () => {
    const known = [candle(kOpen, { revision: 1, close: 5 })];
    expect(mergeCandles(known, [candle(kOpen, { revision: 2, close: 6 })])[0]?.close).toBe(6);
    expect(mergeCandles(known, [candle(kOpen, { revision: 0, close: 7 })])[0]?.close).toBe(5);
  });

  it('takes what the server has found out since about the same values', () => {
    const early = candle(kOpen, { session: null });
    const final = candle(kOpen, { session: 'regular' });
    expect(mergeCandles([early], [final])[0]).toBe(final);
    expect(mergeCandles([final], [candle(kOpen, { transactions: 7 })])[0]?.transactions).toBe(7);
  });

  it('puts the finished bar in the place of the forming one, never the reverse', () => {
    const forming = candle(kOpen, { forming: true, close: 3 });
    const finished = candle(kOpen, { close: 4 });
    expect(mergeCandles([forming], [finished])[0]).toBe(finished);
    expect(mergeCandles([finished], [forming])[0]).toBe(finished);
  });
});

it('lowerBound finds the first candle at or after an instant', () => {
  const list = minutes(kOpen, 3);
  expect([-1, 0, 1, 60, 121].map((s) => lowerBound(list, kOpen + s))).toEqual([0, 0, 1, 1, 3]);
});

it.each([
  ['at the start of a bar', 60, { index: 1, inside: true }],
  ['in the last second of a bar', 59, { index: 0, inside: true }],
  ['in a gap', 200, { index: 2, inside: false }],
  ['before all bars', -30, { index: 0, inside: false }],
  ['after all bars', 700, { index: -1, inside: false }],
])('placeOf: %s', (_name, seconds, expected) => {
  const list = [candle(kOpen), candle(kOpen + 60), candle(kOpen + 600)];
  expect(placeOf(list, kOpen + seconds)).toEqual(expected);
});

describe('continuesFrom', () => {
  const [a, b, c] = minutes(kOpen, 3) as [Candle, Candle, Candle];
  const formingC = candle(c.time, { forming: true });
  it.each<[string, Candle[], Candle[], number | null]>([
    ['nothing new', [a, b], [a, b], 2],
    ['a candle more', [a, b], [a, b, c], 2],
    ['new values of the last', [a, b, formingC], [a, b, c], 2],
    ['the last becomes a later one', [a, b], [a, c], null],
    ['an earlier candle comes before the last', [a, formingC], [a, b, formingC], null],
    ['the last goes away', [a, b, formingC], [a, b], null],
    ['an earlier one changes', [a, b, c], [candle(a.time), b, c], null],
    ['the first candles', [], [a], null],
  ])('%s', (_, before, after, from) => expect(continuesFrom(before, after)).toBe(from));
});
