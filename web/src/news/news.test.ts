// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { kOpen, newsItem } from '../test/samples';
import { dayOnlyCounts, groupByDay } from './day_groups';
import { safeUrl } from './safe_url';
import { inScope, matchesText } from './scope';

it.each([
  ['https://example.com/a?b=1', 'https://example.com/a?b=1'],
  ['http://example.com', 'http://example.com/'],
  ['javascript:alert(1)', null],
  [' JavaScript:alert(1)', null],
  ['data:text/html,x', null],
  ['/relative', null],
  ['', null],
  [null, null],
])('safeUrl(%j) is %j', (text, url) => expect(safeUrl(text)).toBe(url));

describe('days', () => {
  const items = [
    newsItem('evening', Date.parse('2019-02-14T02:00:00Z') / 1000),
    newsItem('noon', kOpen),
    newsItem('whole', Date.parse('2019-02-13T05:00:00Z') / 1000, { precision: 'day', published_on: '2019-02-13' }),
    newsItem('before', kOpen - 86_400),
  ];

  it('are New York days, with headlines of the day apart', () => {
    const groups = groupByDay(items).map(({ day, timed, dayOnly }) => [day, timed.length, dayOnly.length]);
    expect(groups).toEqual([
      ['2019-02-13', 2, 1],
      ['2019-02-12', 1, 0],
    ]);
  });

  it('counts only what is known by day', () => expect([...dayOnlyCounts(items)]).toEqual([['2019-02-13', 1]]));
});

it.each([
  ['related', [], true],
  ['related', ['A', 'B'], true],
  ['related', ['B'], false],
  ['symbol', [], false],
  ['symbol', ['A'], true],
  ['all', ['B'], true],
] as const)('in scope %s an article about %j', (scope, symbols, shown) => {
  expect(inScope(newsItem('x', kOpen, { symbols: [...symbols] }), scope, 'A')).toBe(shown);
});

it.each([
  ['', true],
  ['rail', true],
  ['STRIKE rail', true],
  ['wire', true],
  ['rail oil', false],
])('the filter %j', (filter, shown) => {
  expect(matchesText(newsItem('x', kOpen, { title: 'A rail\n\n strike  ends' }), filter)).toBe(shown);
});

it('headlines are one line', () => expect(newsItem('x', kOpen, { title: ' A \n\n B ' }).title).toBe('A B'));
