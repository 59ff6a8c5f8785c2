// SPDX-License-Identifier: Apache-2.0
// Works out which bars the chart shows for what is aimed at.
//
// Units: logical places of bars, as the chart library counts them: `from` and `to` are whole bars on the screen.
import type { Candle } from '../bars/candle';
import { lowerBound, placeOf } from '../bars/candle_list';

// What is to be shown: the newest bars, a stretch of time as a whole, or one instant in the middle of `bars` bars.
export type Aim = 'newest' | { from: number; to: number } | { at: number; bars: number };

export interface Places {
  from: number;
  to: number;
}

const kFirstBarPixels = 7;
const kMostBarPixels = 40;
const kLeastBarPixels = 0.65;
const kRoomRight = 4;
const kFewestBars = 11;
// So many bars stand around a stretch of time without bars.
const kAroundGap = 120;

// `pixels`: breadth of the chart without its price axis.
export function placesFor(aim: Aim, candles: readonly Candle[], pixels: number): Places {
  if (aim === 'newest') return newest(candles.length, pixels);
  if ('at' in aim) return around(placeAt(candles, aim.at), aim.bars);
  const end = lowerBound(candles, aim.to) - 1;
  // A narrow width may have more bars there than fit: the end of the stretch is shown then.
  const begin = Math.max(firstEndingAfter(candles, aim.from), end - Math.floor(pixels / kLeastBarPixels));
  // No bar lies in the wanted stretch (a night, a holiday): show where it would be.
  if (end < begin) return around(begin, kAroundGap);
  const count = end - begin + 1;
  if (count < kFewestBars) return widened((begin + end) / 2, candles.length);
  return { from: begin, to: end };
}

export function newestEdge(count: number): number {
  return count + kRoomRight;
}

function newest(count: number, pixels: number): Places {
  const fitting = Math.max(30, Math.floor(pixels / kFirstBarPixels));
  // A handful of bars would otherwise be drawn as broad as the screen.
  const fewest = Math.floor(pixels / kMostBarPixels);
  return { from: count - Math.max(Math.min(fitting, count), fewest), to: newestEdge(count) };
}

// With bars on both sides while there are any, without empty places.
function widened(middle: number, count: number): Places {
  const half = (kFewestBars - 1) / 2;
  const last = count - 1 - half;
  return around(last < half ? (count - 1) / 2 : Math.min(Math.max(middle, half), last), kFewestBars);
}

function around(middle: number, bars: number): Places {
  return { from: middle - (bars - 1) / 2, to: middle + (bars - 1) / 2 };
}

function placeAt(candles: readonly Candle[], seconds: number): number {
  const { index } = placeOf(candles, seconds);
  return index < 0 ? candles.length : index;
}

// A bar that has begun before `seconds` and reaches past it holds a part of what follows.
function firstEndingAfter(candles: readonly Candle[], seconds: number): number {
  const after = lowerBound(candles, seconds);
  const before = candles[after - 1];
  return before && before.end > seconds ? after - 1 : after;
}
