// SPDX-License-Identifier: Apache-2.0
// Puts the windows that are still open together from finer bars, until the server's own bar comes.
import { windowStart, widthSeconds, type Width } from '../time/width';
import type { Candle } from './candle';

// The width whose live bars build `width`; null when the server's bars are shown as they are.
export function partWidth(width: Width): Width | null {
  return width === '1s' || width === '1m' ? null : '1m';
}

// Returns one candle for every window after the newest finished one, ascending.
//
// `parts`: minute bars, ascending; those of finished windows are passed over.
// `lastFinal`: start of the newest bar the server has sent for `width`; -Infinity when there is none.
export function formCandles(width: Width, parts: readonly Candle[], lastFinal: number): Candle[] {
  const formed: Candle[] = [];
  for (const part of parts) {
    // A day bar is the regular session's alone.
    if (width === '1d' && part.session !== 'regular') continue;
    const start = windowStart(width, part.time);
    if (start <= lastFinal) continue;
    const open = formed[formed.length - 1];
    if (open && open.time === start) formed[formed.length - 1] = extend(open, part);
    else formed.push(begin(width, start, part));
  }
  return formed;
}

function begin(width: Width, start: number, part: Candle): Candle {
  const end = width === '1d' ? Math.max(start + 6.5 * 3600, part.end) : start + widthSeconds(width);
  return { ...part, time: start, end, revision: 0, forming: true };
}

function extend(open: Candle, part: Candle): Candle {
  const volume = open.volume + part.volume;
  return {
    ...open,
    high: Math.max(open.high, part.high),
    low: Math.min(open.low, part.low),
    close: part.close,
    asOf: part.asOf,
    volume,
    vwap: joinVwap(open, part, volume),
    transactions:
      open.transactions === null || part.transactions === null ? null : open.transactions + part.transactions,
  };
}

// Volume-weighted from its parts when all parts have one.
function joinVwap(a: Candle, b: Candle, volume: number): number | null {
  if (a.vwap === null || b.vwap === null || volume === 0) return null;
  return (a.vwap * a.volume + b.vwap * b.volume) / volume;
}
