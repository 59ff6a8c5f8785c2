// SPDX-License-Identifier: Apache-2.0
// Makes the chart's time axis read New York time while its data stay in UTC seconds.
import { TickMarkType, defaultHorzScaleBehavior, type IHorzScaleBehavior, type Time } from 'lightweight-charts';
import { monthLabel, nyClock, nyDateOf, nyDayTime, nyTime, shortDateLabel, dateLabel } from '../time/new_york';
import type { Width } from '../time/width';

// The chart library's weights: a mark of greater weight wins the place of a lesser one.
const kWeight = { second: 10, minute: 20, minute5: 21, minute30: 22, hour: 30, hour3: 31, hour6: 32, hour12: 33 };
const kDayWeight = 50;
const kMonthWeight = 60;
const kYearWeight = 70;

// The weight of the step from one instant to the next, by New York's clock: the library itself would
// put the mark of a new day at 19:00 or 20:00.
export function tickWeight(previous: number, current: number): number {
  const a = nyClock(previous);
  const b = nyClock(current);
  if (a.getUTCFullYear() !== b.getUTCFullYear()) return kYearWeight;
  if (a.getUTCMonth() !== b.getUTCMonth()) return kMonthWeight;
  if (a.getUTCDate() !== b.getUTCDate()) return kDayWeight;
  const crossed = (ms: number): boolean => Math.floor(a.getTime() / ms) !== Math.floor(b.getTime() / ms);
  const kMinuteMs = 60_000;
  if (crossed(720 * kMinuteMs)) return kWeight.hour12;
  if (crossed(360 * kMinuteMs)) return kWeight.hour6;
  if (crossed(180 * kMinuteMs)) return kWeight.hour3;
  if (crossed(60 * kMinuteMs)) return kWeight.hour;
  if (crossed(30 * kMinuteMs)) return kWeight.minute30;
  if (crossed(5 * kMinuteMs)) return kWeight.minute5;
  if (crossed(kMinuteMs)) return kWeight.minute;
  return crossed(1000) ? kWeight.second : 0;
}

interface Point {
  timeWeight: unknown;
  originalTime: unknown;
}

// The scale behaviour for createChartEx.
export function newYorkScale(): IHorzScaleBehavior<Time> {
  const scale = new (defaultHorzScaleBehavior())();
  scale.fillWeightsForPoints = (points, startIndex) => fillWeights(points as unknown as Point[], startIndex);
  return scale;
}

function fillWeights(points: readonly Point[], startIndex: number): void {
  for (let i = Math.max(startIndex, 0); i < points.length; i += 1) {
    const point = points[i] as Point;
    const time = point.originalTime as number;
    // Nothing is known of what came before the first point; it is taken to follow the bar before it.
    const next = points[1]?.originalTime as number | undefined;
    const previous = i > 0 ? (points[i - 1]?.originalTime as number) : time - ((next ?? time + 60) - time);
    point.timeWeight = tickWeight(previous, time);
  }
}

export function tickLabel(time: Time, type: TickMarkType): string {
  const seconds = time as number;
  const date = nyDateOf(seconds);
  switch (type) {
    case TickMarkType.Year:
      return date.slice(0, 4);
    case TickMarkType.Month:
      return monthLabel(date);
    case TickMarkType.DayOfMonth:
      return shortDateLabel(date);
    case TickMarkType.TimeWithSeconds:
      return nyTime(seconds, true);
    default:
      return nyTime(seconds);
  }
}

export function crosshairLabel(width: Width): (time: Time) => string {
  return (time) => {
    const seconds = time as number;
    return width === '1d' ? dateLabel(nyDateOf(seconds)) : nyDayTime(seconds, width === '1s');
  };
}
