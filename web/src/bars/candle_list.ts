// SPDX-License-Identifier: Apache-2.0
// Keeps candles in order of time, one per window. Lists are never changed in place, and candles that
// stay the same stay the same objects, so that a chart can tell what is new by identity.
import type { Candle } from './candle';

// The place of the first candle with `time` at or after `seconds`.
export function lowerBound(candles: readonly Candle[], seconds: number): number {
  let low = 0;
  let high = candles.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((candles[middle] as Candle).time < seconds) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Joins two ascending lists; where both have a window, the higher revision wins, then the newcomer.
export function mergeCandles(known: readonly Candle[], incoming: readonly Candle[]): readonly Candle[] {
  if (incoming.length === 0) return known;
  if (known.length === 0) return incoming;
  const first = (incoming[0] as Candle).time;
  const start = lowerBound(known, first);
  const merged = known.slice(0, start);
  let i = start;
  let changed = false;
  for (const candle of incoming) {
    while (i < known.length && (known[i] as Candle).time < candle.time) merged.push(known[i++] as Candle);
    const same = known[i];
    if (same && same.time === candle.time) {
      const kept = newer(same, candle);
      changed ||= kept !== same;
      merged.push(kept);
      i += 1;
    } else {
      merged.push(candle);
      changed = true;
    }
  }
  while (i < known.length) merged.push(known[i++] as Candle);
  return changed ? merged : known;
}

function newer(known: Candle, incoming: Candle): Candle {
  if (known.forming !== incoming.forming) return known.forming ? incoming : known;
  if (incoming.revision < known.revision) return known;
  return sameValues(known, incoming) ? known : incoming;
}

function sameValues(a: Candle, b: Candle): boolean {
  return (
    a.end === b.end &&
    a.asOf === b.asOf &&
    a.session === b.session &&
    a.open === b.open &&
    a.high === b.high &&
    a.low === b.low &&
    a.close === b.close &&
    a.volume === b.volume &&
    a.vwap === b.vwap &&
    a.transactions === b.transactions &&
    a.revision === b.revision &&
    a.forming === b.forming
  );
}

// The candle whose window holds `seconds`, or else the first one after it; -1 when all are earlier.
export function placeOf(candles: readonly Candle[], seconds: number): { index: number; inside: boolean } {
  const after = lowerBound(candles, seconds + 1e-6);
  const before = candles[after - 1];
  if (before && seconds < before.end) return { index: after - 1, inside: true };
  return after < candles.length ? { index: after, inside: false } : { index: -1, inside: false };
}

// Where `after` goes on from `before`, so that a chart need only take the candles from there on: the last one's new
// values and those behind it. Null when it must take all of them: an earlier candle changed or came in between, or the
// last one went away (a chart refuses an update older than its last candle). Candles that stayed the same are the same objects.
export function continuesFrom(before: readonly Candle[], after: readonly Candle[]): number | null {
  const last = before.length - 1;
  for (let i = 0; i < last; i += 1) if (before[i] !== after[i]) return null;
  const old = before[last];
  const now = after[last];
  if (!old || !now || now.time !== old.time) return null;
  return old === now ? before.length : last;
}
