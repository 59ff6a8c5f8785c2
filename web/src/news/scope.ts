// SPDX-License-Identifier: Apache-2.0
// Says which articles are shown beside a symbol.
import type { NewsItem } from './news_item';

// `related`: about the symbol, or about no symbol in particular. `symbol`: about it alone. `all`: everything.
export const kScopes = ['related', 'symbol', 'all'] as const;
export type NewsScope = (typeof kScopes)[number];

export function isScope(text: string): text is NewsScope {
  return (kScopes as readonly string[]).includes(text);
}

export function inScope(item: NewsItem, scope: NewsScope, symbol: string): boolean {
  if (scope === 'all') return true;
  if (item.symbols.includes(symbol)) return true;
  return scope === 'related' && item.symbols.length === 0;
}

// Every word must occur somewhere in the article's words, source or symbols; case does not count.
export function matchesText(item: NewsItem, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const text = `${item.title} ${item.summary} ${item.source} ${item.section} ${item.symbols.join(' ')}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
