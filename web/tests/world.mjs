// SPDX-License-Identifier: Apache-2.0
// Learns from the API of the server under test what there is to look at, and holds what all checks use.
import { parseArgs } from 'node:util';

export const { values: options } = parseArgs({
  options: {
    base: { type: 'string', default: 'http://127.0.0.1:8090' },
    symbol: { type: 'string' },
    date: { type: 'string' },
    shots: { type: 'string' },
    live: { type: 'boolean', default: false },
    still: { type: 'boolean', default: false },
  },
});
export const base = options.base.replace(/\/$/, '');
export const kKeyOf = (item) => `${item.source}/${item.id}`;

export const api = async (path) => {
  const response = await fetch(`${base}/api/v1/${path}`);
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
  return response.json();
};
// Lets `change` rewrite the news of a page. An answer still on its way when the page closes is of no use to anyone.
export const rewriteNews = (tab, change) =>
  tab.route('**/api/v1/news*', async (route) => {
    try {
      const response = await route.fetch();
      await route.fulfill({ response, json: change(await response.json()) });
    } catch (error) {
      if (!tab.isClosed() && !/disposed|closed/.test(error.message)) throw error;
    }
  });
export const check = (what, holds, seen) => {
  if (!holds) throw new Error(seen === undefined ? what : `${what}; seen ${JSON.stringify(seen)?.slice(0, 400)}`);
};
export const nyDate = (iso) => new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York' }).format(new Date(iso));
export const nyClock = (iso) =>
  new Intl.DateTimeFormat('en-GB', { timeZone: 'America/New_York', hour: '2-digit', minute: '2-digit' }).format(new Date(iso));
export const seconds = (iso) => Date.parse(iso) / 1000;

export async function survey() {
  const { symbols } = await api('symbols');
  check('the server knows symbols', symbols.length > 0);
  const symbol = options.symbol ?? symbols[0].symbol;
  const info = symbols.find((one) => one.symbol === symbol);
  check(`the server knows ${symbol}`, info !== undefined);
  const other = symbols.find((one) => one.symbol !== symbol) ?? info;
  const date = options.date ?? nyDate(info.last_time);
  // A day in New York lies within these thirty hours of UTC, with a margin that the page must not show.
  const [from, to] = [`${date}T04:00:00Z`, new Date(Date.parse(`${date}T00:00:00Z`) + 30 * 3600_000).toISOString().replace('.000Z', 'Z')];
  const bars = (await api(`bars?symbol=${symbol}&width=1m&from=${from}&to=${to}&limit=5000`)).bars.filter((bar) => nyDate(bar.start_time) === date);
  const { news } = await api(`news?from=${from}&to=${to}&limit=1000`);
  const own = news.filter((item) => item.published_on === date);
  const shown = own.filter((item) => !item.symbols?.length || item.symbols.includes(symbol));
  const far = await farDay(symbol);
  const first = await api('health');
  await new Promise((done) => setTimeout(done, 2500));
  const moving = (await api('health')).now !== first.now && !(first.mode === 'live' && !options.live);
  return {
    symbol, other: other.symbol, count: symbols.length, date, bars, far, health: first,
    timed: shown.filter((item) => item.precision !== 'day'),
    byDay: shown.filter((item) => item.precision === 'day'),
    live: options.live || (moving && !options.still),
    dayQuery: `?symbol=${encodeURIComponent(symbol)}&from=${date}T05:00:00Z&to=${date}T23:59:00Z`,
  };
}

// A day whose bars are further from the newest than a page loads at once beside a stretch: its query, and the articles
// that came out while the symbol traded. Null when the server has no such day.
async function farDay(symbol) {
  const all = (await api(`bars?symbol=${encodeURIComponent(symbol)}&width=1m&limit=50000`)).bars;
  if (all.length === 0) return null;
  const date = nyDate(all[0].start_time);
  const bars = all.filter((bar) => nyDate(bar.start_time) === date);
  if (all.length - bars.length < 600) return null;
  const { news } = await api(`news?from=${bars[0].start_time}&to=${bars[bars.length - 1].end_time}&limit=1000`);
  const articles = news.filter((item) => item.precision !== 'day' && (!item.symbols?.length || item.symbols.includes(symbol)) && during(item, bars));
  return { date, articles, query: `?symbol=${encodeURIComponent(symbol)}&from=${date}T05:00:00Z&to=${date}T23:59:00Z` };
}

export function during(item, bars) {
  const time = seconds(item.published_at);
  return bars.some((bar) => seconds(bar.start_time) <= time && time < seconds(bar.end_time));
}
