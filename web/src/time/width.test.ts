// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { isoOf } from './new_york';
import { windowStart, type Width } from './width';

it.each<[Width, string, string]>([
  ['5m', '2019-02-13T15:34:59Z', '2019-02-13T15:30:00Z'],
  ['15m', '2019-02-13T15:44:00Z', '2019-02-13T15:30:00Z'],
  ['1h', '2019-02-13T14:30:00Z', '2019-02-13T14:00:00Z'],
  ['1d', '2019-02-13T20:59:00Z', '2019-02-13T14:30:00Z'],
  ['1d', '2019-07-03T14:00:00Z', '2019-07-03T13:30:00Z'],
])('a %s window that holds %s starts at %s', (width, time, start) => {
  expect(isoOf(windowStart(width, Date.parse(time) / 1000))).toBe(start);
});
