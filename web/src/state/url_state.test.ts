// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { formatUrl, kDefaultState, parseUrl, type UrlState } from './url_state';

describe('the address', () => {
  it.each<[string, Partial<UrlState>]>([
    ['', {}],
    ['?symbol=AAPL', { symbol: 'AAPL' }],
    ['?symbol=BRK.B&width=1h', { symbol: 'BRK.B', width: '1h' }],
    [
      '?symbol=AAPL&from=2019-02-13T14:30:00Z&to=2019-02-13T21:00:00Z',
      { symbol: 'AAPL', range: { from: 1550068200, to: 1550091600 } },
    ],
    ['?news=off&scope=all&theme=dark', { news: false, scope: 'all', theme: 'dark' }],
  ])('%j is read and written the same', (search, change) => {
    const state = { ...kDefaultState, ...change };
    expect(parseUrl(search)).toEqual(state);
    expect(formatUrl(state)).toBe(search);
  });

  it.each(['?width=2m', '?from=yesterday&to=today', '?from=2019-02-13T21:00:00Z&to=2019-02-13T14:30:00Z', '?theme=pink', '?scope=', '?symbol='])(
    '%j falls back to the defaults',
    (search) => expect(parseUrl(search)).toEqual(kDefaultState),
  );
});
