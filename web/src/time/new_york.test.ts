// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import {
  addDays,
  dateLabel,
  dateLabelBeside,
  endOfNyDate,
  isNyDate,
  isoOf,
  nyDateOf,
  nyDayTime,
  nyOffset,
  nyTime,
  startOfNyDate,
  utcLabel,
} from './new_york';

const at = (iso: string): number => Date.parse(iso) / 1000;

describe('New York time', () => {
  it.each([
    ['winter', '2019-02-13T15:31:00Z', -18_000, '10:31', '2019-02-13'],
    ['summer', '2019-07-03T15:31:00Z', -14_400, '11:31', '2019-07-03'],
    ['the evening before in UTC', '2019-02-13T03:00:00Z', -18_000, '22:00', '2019-02-12'],
    ['the last minute of winter time', '2019-03-10T06:59:00Z', -18_000, '01:59', '2019-03-10'],
    ['the first minute of summer time', '2019-03-10T07:00:00Z', -14_400, '03:00', '2019-03-10'],
    ['the hour that comes twice, first', '2019-11-03T05:30:00Z', -14_400, '01:30', '2019-11-03'],
    ['the hour that comes twice, again', '2019-11-03T06:30:00Z', -18_000, '01:30', '2019-11-03'],
  ])('reads %s', (_name, iso, offset, clock, date) => {
    expect(nyOffset(at(iso))).toBe(offset);
    expect(nyTime(at(iso))).toBe(clock);
    expect(nyDateOf(at(iso))).toBe(date);
  });

  it.each([
    ['2019-02-13', '2019-02-13T05:00:00Z', '2019-02-14T05:00:00Z'],
    ['2019-03-10', '2019-03-10T05:00:00Z', '2019-03-11T04:00:00Z'],
    ['2019-11-03', '2019-11-03T04:00:00Z', '2019-11-04T05:00:00Z'],
    ['2024-02-29', '2024-02-29T05:00:00Z', '2024-03-01T05:00:00Z'],
  ])('bounds the date %s', (date, start, end) => {
    expect(isoOf(startOfNyDate(date))).toBe(start);
    expect(isoOf(endOfNyDate(date))).toBe(end);
  });

  it('writes labels', () => {
    expect(nyDayTime(at('2019-02-13T15:31:07Z'), true)).toBe('Wed 13 Feb 2019, 10:31:07');
    expect(utcLabel(at('2019-02-13T15:31:07Z'))).toBe('2019-02-13 15:31 UTC');
    expect(dateLabel('2019-12-31')).toBe('Tue 31 Dec 2019');
    expect(dateLabelBeside('2019-12-31', '2019-02-13')).toBe('31 Dec');
    expect(dateLabelBeside('2019-12-31', '2020-01-02')).toBe('31 Dec 2019');
    expect(addDays('2019-12-31', 1)).toBe('2020-01-01');
  });

  it.each([
    ['2019-02-13', true],
    ['2019-02-30', false],
    ['2019-2-3', false],
    ['', false],
    ['13.02.2019', false],
  ])('tells whether %j is a date', (text, expected) => expect(isNyDate(text)).toBe(expected));
});
