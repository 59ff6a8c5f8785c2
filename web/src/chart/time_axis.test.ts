// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { tickWeight } from './time_axis';

const at = (iso: string): number => Date.parse(iso) / 1000;

it.each([
  ['a new day by New York, not by UTC', '2019-02-14T04:59:00Z', '2019-02-14T05:00:00Z', 50],
  ['midnight in UTC is an evening hour', '2019-02-13T23:59:00Z', '2019-02-14T00:00:00Z', 30],
  ['a new month', '2019-02-28T21:00:00Z', '2019-03-01T14:30:00Z', 60],
  ['a new year', '2018-12-31T21:00:00Z', '2019-01-02T14:30:00Z', 70],
  ['noon', '2019-02-13T16:59:00Z', '2019-02-13T17:00:00Z', 33],
  ['a half hour', '2019-02-13T15:29:00Z', '2019-02-13T15:30:00Z', 22],
  ['a minute', '2019-02-13T15:31:00Z', '2019-02-13T15:32:00Z', 20],
  ['a second', '2019-02-13T15:31:01Z', '2019-02-13T15:31:02Z', 10],
])('weighs %s', (_name, before, after, weight) => expect(tickWeight(at(before), at(after))).toBe(weight));
