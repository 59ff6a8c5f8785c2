// SPDX-License-Identifier: Apache-2.0
// Reads the headline figures of a symbol from its newest minute bars.
import { follows, type Candle } from '../bars/candle';
import { nyDateOf, type NyDate } from '../time/new_york';

export interface Quote {
  price: number;
  // How far the bar that the price comes from reaches.
  time: number;
  // The close of the regular session before; null when it is not among the candles, or long past.
  reference: { close: number; date: NyDate } | null;
  // The regular session of the newest candle's day so far; what comes before it while that has not begun.
  day: { open: number; high: number; low: number; volume: number };
}

export function quoteOf(candles: readonly Candle[]): Quote | null {
  const last = candles[candles.length - 1];
  if (!last) return null;
  const date = nyDateOf(last.time);
  const today: Candle[] = [];
  let reference: Quote['reference'] = null;
  for (let i = candles.length - 1; i >= 0; i -= 1) {
    const candle = candles[i] as Candle;
    const itsDate = nyDateOf(candle.time);
    if (itsDate === date) today.push(candle);
    else if (!follows(last, candle)) break;
    else if (candle.session === 'regular') {
      reference = { close: candle.close, date: itsDate };
      break;
    }
  }
  return { price: last.close, time: last.asOf, reference, day: dayOf(today) };
}

// `today`: newest first.
function dayOf(today: readonly Candle[]): Quote['day'] {
  const regular = today.filter((candle) => candle.session === 'regular');
  const counted = regular.length > 0 ? regular : today;
  return {
    open: (counted[counted.length - 1] as Candle).open,
    high: counted.reduce((most, candle) => Math.max(most, candle.high), -Infinity),
    low: counted.reduce((least, candle) => Math.min(least, candle.low), Infinity),
    volume: counted.reduce((sum, candle) => sum + candle.volume, 0),
  };
}
