// SPDX-License-Identifier: Apache-2.0
// Chooses the symbol that a page without one begins with: where most is happening.
import type { ApiClient } from '../api/client';
import type { NewsRecord, SymbolInfo } from '../api/types';
import { parseInstant } from '../time/new_york';

const kArticles = 100;
const kLooked = 24;
const kRecentSeconds = 1800;
// Less turnover than this share of the most is little.
const kShareOfMost = 0.25;

// Of the symbols with the most turnover over the last half hour the one that is most in the news.
// `symbols`: not empty.
export async function liveliest(symbols: readonly SymbolInfo[], client: ApiClient, signal?: AbortSignal): Promise<string> {
  const { news } = await client.news({ limit: kArticles }, signal);
  const counts = articlesBySymbol(news);
  const candidates = [...symbols]
    .sort((a, b) => (counts.get(b.symbol) ?? 0) - (counts.get(a.symbol) ?? 0) || lastTime(b) - lastTime(a))
    .slice(0, kLooked);
  const from = Math.max(...candidates.map(lastTime)) - kRecentSeconds;
  const traded = await Promise.all(
    candidates.map(async (info) => ({ info, turnover: await turnover(info, from, client, signal) })),
  );
  const most = Math.max(...traded.map((one) => one.turnover));
  const busy = traded.filter((one) => one.turnover >= most * kShareOfMost);
  const inNews = ({ info }: { info: SymbolInfo }): number => counts.get(info.symbol) ?? 0;
  busy.sort((a, b) => inNews(b) - inNews(a) || b.turnover - a.turnover || lastTime(b.info) - lastTime(a.info));
  return (busy[0] as { info: SymbolInfo }).info.symbol;
}

function articlesBySymbol(news: readonly NewsRecord[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { symbols } of news) for (const symbol of symbols ?? []) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
  return counts;
}

async function turnover(info: SymbolInfo, from: number, client: ApiClient, signal?: AbortSignal): Promise<number> {
  if (lastTime(info) < from || !info.widths.includes('1m')) return 0;
  const { bars } = await client.bars({ symbol: info.symbol, width: '1m', from, limit: 60 }, signal);
  return bars.reduce((sum, { close, volume }) => sum + close * volume, 0);
}

function lastTime(info: SymbolInfo): number {
  return info.last_time === null ? -Infinity : parseInstant(info.last_time);
}
