// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { takeSignals } from '../signals/latest_changes';
import { candle, kOpen } from '../test/samples';
import { quoteOf } from './quote';
import { searchSymbols } from './search';

it.each([
  ['', 'AA AAPL BAA C'],
  ['aa', 'AA AAPL BAA'],
  ['aap', 'AAPL'],
  ['x', ''],
])('searching for %j finds %j', (text, found) => {
  const list = ['AA', 'AAPL', 'BAA', 'C'].map((symbol) => ({ symbol, first_time: '', last_time: '', last_close: 1, widths: [] }));
  expect(searchSymbols(list, text).map(({ symbol }) => symbol).join(' ')).toBe(found);
});

it('the change is from the regular close of the day before', () => {
  const before = kOpen - 86_400;
  const candles = [
    candle(before, { close: 50 }),
    candle(before + 8 * 3600, { close: 55, session: 'after_hours' }),
    candle(kOpen - 60, { session: 'pre_market', open: 52, low: 48 }),
    candle(kOpen, { open: 53, close: 60, high: 61, low: 51 }),
  ];
  expect(quoteOf(candles)).toMatchObject({
    price: 60,
    reference: { close: 50, date: '2019-02-12' },
    day: { open: 53, high: 61, low: 51, volume: 100 },
  });
  expect(quoteOf([])).toBeNull();
  expect(quoteOf(candles.slice(3))?.reference).toBeNull();
  expect(quoteOf(candles.slice(0, 3))?.day).toMatchObject({ open: 52, low: 48 });
});

it('there is no change from a close of long ago', () => {
  const kDay = 86_400;
  const after = (days: number) => quoteOf([candle(kOpen - days * kDay, { close: 50 }), candle(kOpen)])?.reference;
  expect(after(6)).toMatchObject({ close: 50 });
  expect(after(8)).toBeNull();
});

it('keeps the newest value of each change', () => {
  const signal = (kind: string, minute: number, value: number, symbol = 'A') => ({
    symbol,
    kind,
    value,
    time: new Date((kOpen + minute * 60) * 1000).toISOString(),
  });
  const known = takeSignals({}, 'A', [
    signal('change_5m', 2, 0.2),
    signal('change_5m', 1, 0.1),
    signal('change_10m', 1, -1),
    signal('delta_10s', 3, 9),
    signal('change_5m', 9, 7, 'B'),
  ]);
  expect(known).toEqual({
    change_5m: { value: 0.2, time: kOpen + 120 },
    change_10m: { value: -1, time: kOpen + 60 },
  });
  expect(takeSignals(known, 'A', [signal('change_5m', 1, 5)])).toBe(known);
});
