// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { candle, kOpen, minutes } from '../test/samples';
import { placesFor, type Aim } from './placement';

const kPixels = 1200;
const kDay = 86_400;

// The bars that are on the screen as a whole.
function whole(aim: Aim, candles: Parameters<typeof placesFor>[1]): [number, number] {
  const { from, to } = placesFor(aim, candles, kPixels);
  return [Math.ceil(from) + 0, Math.floor(to)];
}

describe('a stretch of time', () => {
  const days = [...minutes(kOpen - kDay, 390), ...minutes(kOpen, 390), ...minutes(kOpen + kDay, 390)];

  it('is shown from its first bar to its last, without a part of any other', () => {
    expect(placesFor({ from: kOpen - 3600, to: kOpen + 8 * 3600 }, days, kPixels)).toEqual({ from: 390, to: 779 });
  });

  it('stays where it is in time when bars come before it or after it', () => {
    const aim = { from: kOpen, to: kOpen + 6.5 * 3600 };
    expect(whole(aim, days.slice(390))).toEqual([0, 389]);
    expect(whole(aim, days.slice(0, 780))).toEqual([390, 779]);
  });

  it('begins with the bar that reaches into it', () => {
    const hours = Array.from({ length: 48 }, (_, i) => candle(kOpen - 1800 + i * 3600, { end: kOpen + 1800 + i * 3600 }));
    expect(whole({ from: kOpen, to: kOpen + 20 * 3600 }, hours)).toEqual([0, 20]);
    expect(whole({ from: kOpen + 1800, to: kOpen + 20 * 3600 }, hours)).toEqual([1, 20]);
  });

  it('has a few bars on both sides when it holds too few itself', () => {
    const daily = Array.from({ length: 30 }, (_, i) => candle(kOpen + i * kDay, { end: kOpen + i * kDay + 6.5 * 3600 }));
    const day = (place: number) => ({ from: kOpen + place * kDay - 3600, to: kOpen + place * kDay + 8 * 3600 });
    expect(whole(day(15), daily)).toEqual([10, 20]);
    expect(whole(day(1), daily)).toEqual([0, 10]);
    expect(whole(day(29), daily)).toEqual([19, 29]);
    expect(whole(day(0), daily.slice(0, 5))).toEqual([-3, 7]);
  });

  it('shows its end when it holds more than fit', () => {
    const many = minutes(kOpen, 5000);
    expect(whole({ from: kOpen, to: kOpen + 5000 * 60 }, many)[1]).toBe(4999);
  });

  it('without bars is shown as the place where it would be', () => {
    expect(whole({ from: kOpen + 10 * 3600, to: kOpen + 12 * 3600 }, days)).toEqual([721, 839]);
  });
});

it('an instant stands in the middle, also in a gap and after the last bar', () => {
  const list = minutes(kOpen, 100);
  expect(placesFor({ at: kOpen + 50 * 60 + 30, bars: 41 }, list, kPixels)).toEqual({ from: 30, to: 70 });
  expect(placesFor({ at: kOpen + kDay, bars: 41 }, list, kPixels)).toEqual({ from: 80, to: 120 });
});

it('the newest bars fill the screen, a handful of them only their share', () => {
  expect(placesFor('newest', minutes(kOpen, 900), kPixels)).toEqual({ from: 729, to: 904 });
  expect(placesFor('newest', minutes(kOpen, 100), kPixels)).toEqual({ from: 0, to: 104 });
  expect(placesFor('newest', minutes(kOpen, 3), kPixels)).toEqual({ from: -27, to: 7 });
});
