// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { candle, kOpen, minutes } from '../test/samples';
import { formCandles, partWidth } from './forming';

describe('formCandles', () => {
  it('puts the open window together', () => {
    const parts = [
      candle(kOpen + 300, { open: 1, high: 5, low: 1, close: 2, volume: 10, vwap: 2 }),
      candle(kOpen + 360, { open: 2, high: 9, low: 2, close: 8, volume: 30, vwap: 6 }),
    ];
    expect(formCandles('5m', parts, kOpen)).toEqual([
      expect.objectContaining({
        time: kOpen + 300,
        end: kOpen + 600,
        asOf: kOpen + 420,
        open: 1,
        high: 9,
        low: 1,
        close: 8,
        volume: 40,
        vwap: 5,
        forming: true,
      }),
    ]);
  });

  it('passes finished windows over and forms every later one', () => {
    const formed = formCandles('5m', minutes(kOpen, 12), kOpen);
    expect(formed.map(({ time }) => time - kOpen)).toEqual([300, 600]);
    expect(formCandles('5m', minutes(kOpen, 5), kOpen)).toEqual([]);
  });

  it('has no vwap when a part has none', () => {
    const parts = [candle(kOpen, { vwap: 3 }), candle(kOpen + 60, { vwap: null })];
    expect(formCandles('5m', parts, -Infinity)[0]?.vwap).toBeNull();
  });

  it('forms a day from its regular session alone', () => {
    const parts = [candle(kOpen - 60, { session: 'pre_market', low: 1 }), candle(kOpen, { low: 7 })];
    const [day] = formCandles('1d', parts, -Infinity);
    expect(day).toMatchObject({ time: kOpen, low: 7, end: kOpen + 6.5 * 3600 });
  });
});

it('only widths above a minute are formed', () => {
  expect(['1s', '1m', '5m', '1h', '1d'].map((w) => partWidth(w as '1s'))).toEqual([null, null, '1m', '1m', '1m']);
});
