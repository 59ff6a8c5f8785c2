// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import type { ApiClient, BarsQuery } from '../api/client';
import type { NewsRecord, SymbolInfo } from '../api/types';
import { barRecord, kOpen, newsRecord } from '../test/samples';
import { isoOf } from '../time/new_york';
import { liveliest } from './liveliest';

// "A 100 5": symbol, volume of each of its minute bars, minutes since its newest one.
function market(text: string): { symbols: SymbolInfo[]; client: (news: NewsRecord[]) => ApiClient; asked: BarsQuery[] } {
  const asked: BarsQuery[] = [];
  const volumes = new Map<string, number>();
  const symbols = text.split(', ').map((line) => {
    const [symbol = '', volume, since] = line.split(' ');
    volumes.set(symbol, Number(volume));
    const last_time = isoOf(kOpen - Number(since) * 60);
    return { symbol, first_time: last_time, last_time, last_close: 10, widths: ['1m'] };
  });
  const bars = async (query: BarsQuery) => {
    asked.push(query);
    const volume = volumes.get(query.symbol) ?? 0;
    return { symbol: query.symbol, width: query.width, bars: [barRecord(kOpen, { volume }), barRecord(kOpen, { volume })], truncated: false };
  };
  const client = (news: NewsRecord[]) => ({ bars, news: async () => ({ news, next_cursor: null }) }) as unknown as ApiClient;
  return { symbols, client, asked };
}
const about = (...symbols: string[]): NewsRecord[] => symbols.map((symbol, i) => newsRecord(`n${i}`, kOpen, { symbols: [symbol] }));

it.each<[string, string, NewsRecord[], string]>([
  ['the most turnover', 'A 10 0, B 900 0, C 20 0', [], 'B'],
  ['less turnover with much news', 'A 10 0, B 900 0, C 300 0, D 400 0', about('C', 'D', 'C'), 'C'],
  ['no quiet symbol for one article', 'A 10 0, B 900 0', about('A'), 'B'],
  ['no volume of long ago', 'A 10 0, B 900 2000', about('B'), 'A'],
  ['the newest when nothing is traded', 'A 0 30, B 0 0', [], 'B'],
])('chooses %s', async (_name, text, news, chosen) => {
  const { symbols, client } = market(text);
  expect(await liveliest(symbols, client(news))).toBe(chosen);
});

it('asks for a bounded number of symbols, those in the news among them', async () => {
  const { symbols, client, asked } = market(Array.from({ length: 3000 }, (_, i) => `S${i} 1 0`).join(', '));
  expect(await liveliest(symbols, client(about('S2999')))).toBe('S2999');
  expect(asked.length).toBeLessThan(30);
});
