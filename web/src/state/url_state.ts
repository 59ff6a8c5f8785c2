// SPDX-License-Identifier: Apache-2.0
// Reads and writes what the page shows as the query of its address, so that a view can be sent to someone.
import { isScope, type NewsScope } from '../news/scope';
import { isoOf, parseInstant } from '../time/new_york';
import { isWidth, type Width } from '../time/width';

export type Theme = 'auto' | 'light' | 'dark';

export interface UrlState {
  symbol: string | null;
  width: Width;
  // The stretch of time on the screen, Unix seconds UTC; null follows the newest bar.
  range: { from: number; to: number } | null;
  news: boolean;
  scope: NewsScope;
  theme: Theme;
}

export const kDefaultState: UrlState = {
  symbol: null,
  width: '1m',
  range: null,
  news: true,
  scope: 'related',
  theme: 'auto',
};

// Anything that cannot be read falls back to its default: an old or mistyped address still opens.
export function parseUrl(search: string): UrlState {
  const query = new URLSearchParams(search);
  const width = query.get('width') ?? '';
  const scope = query.get('scope') ?? '';
  const theme = query.get('theme') ?? '';
  return {
    symbol: query.get('symbol') || null,
    width: isWidth(width) ? width : kDefaultState.width,
    range: parseRange(query.get('from'), query.get('to')),
    news: query.get('news') !== 'off',
    scope: isScope(scope) ? scope : kDefaultState.scope,
    theme: theme === 'light' || theme === 'dark' ? theme : 'auto',
  };
}

function parseRange(from: string | null, to: string | null): UrlState['range'] {
  const start = parseInstant(from ?? '');
  const end = parseInstant(to ?? '');
  return Number.isFinite(start) && Number.isFinite(end) && start < end ? { from: start, to: end } : null;
}

// Defaults are left out; the empty string means that nothing differs from them.
export function formatUrl(state: UrlState): string {
  const query = new URLSearchParams();
  if (state.symbol) query.set('symbol', state.symbol);
  if (state.width !== kDefaultState.width) query.set('width', state.width);
  if (state.range) {
    query.set('from', isoOf(Math.floor(state.range.from)));
    query.set('to', isoOf(Math.ceil(state.range.to)));
  }
  if (!state.news) query.set('news', 'off');
  if (state.scope !== kDefaultState.scope) query.set('scope', state.scope);
  if (state.theme !== 'auto') query.set('theme', state.theme);
  // Colons are legal in a query and far easier to read.
  const text = query.toString().replaceAll('%3A', ':');
  return text === '' ? '' : `?${text}`;
}
