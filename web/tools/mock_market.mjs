// SPDX-License-Identifier: Apache-2.0
// Invents a week of bars and articles for the mock server: the same every time.

export const kDays = ['2019-02-11', '2019-02-12', '2019-02-13', '2019-02-14', '2019-02-15'];
const kOffset = 5 * 3600; // New York is five hours behind UTC that week.
const kWidthSeconds = { '1m': 60, '5m': 300, '15m': 900, '1h': 3600 };
export const kWidths = ['1m', '5m', '15m', '1h', '1d'];
const kNamed = ['AAPL', 'AMZN', 'BRKX', 'CORV', 'DLTA', 'EMBR', 'FJRD', 'GLDN', 'HALO', 'IRIS', 'JUNO', 'KITE'];

export function randomOf(text) {
  let a = 2166136261;
  for (const c of text) a = Math.imul(a ^ c.charCodeAt(0), 16777619);
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const dayStart = (day) => Date.parse(`${day}T00:00:00Z`) / 1000 + kOffset;
export const iso = (seconds) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
const cents = (x) => Math.round(x * 100) / 100;

export function symbolNames(count) {
  const names = [...kNamed];
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
  for (let i = 0; names.length < count; i += 1) {
    names.push(`Z${letters[Math.floor(i / 676) % 26]}${letters[Math.floor(i / 26) % 26]}${letters[i % 26]}`);
  }
  return names;
}

const cache = new Map();

// All bars of a symbol by width, ascending.
export function barsOf(symbol) {
  let bars = cache.get(symbol);
  if (!bars) cache.set(symbol, (bars = makeBars(symbol)));
  return bars;
}

function makeBars(symbol) {
  const minutes = makeMinutes(symbol);
  const bars = { '1m': minutes };
  for (const [width, span] of Object.entries(kWidthSeconds)) {
    if (width !== '1m') bars[width] = rollUp(minutes, (bar) => Math.floor(bar.time / span) * span, (start) => start + span);
  }
  const regular = minutes.filter((bar) => bar.session === 'regular');
  const open = (bar) => Math.floor((bar.time - kOffset) / 86400) * 86400 + kOffset + 9.5 * 3600;
  bars['1d'] = rollUp(regular, open, (start) => start + 6.5 * 3600);
  return bars;
}

function makeMinutes(symbol) {
  const random = randomOf(symbol);
  const extended = random() < 0.5 || symbol === 'AAPL';
  let price = 20 + random() * 250;
  const bars = [];
  for (const day of kDays) {
    price *= 1 + (random() - 0.5) * 0.02;
    const [from, to] = extended ? [8 * 60, 18 * 60] : [570, 960];
    for (let minute = from; minute < to; minute += 1) {
      const session = minute < 570 ? 'pre_market' : minute < 960 ? 'regular' : 'after_hours';
      if (session !== 'regular' && random() < 0.6) continue;
      const edge = Math.min(Math.abs(minute - 570), Math.abs(minute - 960)) / 195;
      const calm = session === 'regular' ? 0.0004 + 0.0009 * Math.max(0, 1 - edge) ** 2 : 0.0004;
      const jump = random() < 0.004 ? (random() - 0.5) * 0.012 : 0;
      const open = price;
      const steps = [1, 2, 3].map(() => (price *= 1 + (random() + random() + random() - 1.5) * calm + jump / 3));
      const all = [open, ...steps].map(cents);
      const volume = Math.floor((session === 'regular' ? 9000 : 400) * (0.4 + 2 * Math.max(0, 1 - edge) ** 2 + random()));
      bars.push(barOf(dayStart(day) + minute * 60, 60, session, all, volume));
    }
  }
  return bars;
}

function barOf(time, span, session, prices, volume) {
  const [high, low] = [Math.max(...prices), Math.min(...prices)];
  return {
    time, end: time + span, session, open: prices[0], high, low, close: prices[prices.length - 1], volume,
    vwap: cents((high + low + prices[prices.length - 1]) / 3), transactions: Math.ceil(volume / 90),
    origin: 'vendor',
  };
}

function rollUp(minutes, startOf, endOf) {
  const bars = [];
  for (const part of minutes) {
    const time = startOf(part);
    const open = bars[bars.length - 1];
    if (!open || open.time !== time) {
      bars.push({ ...part, time, end: endOf(time), origin: 'rolled_up' });
      continue;
    }
    const volume = open.volume + part.volume;
    open.vwap = (open.vwap * open.volume + part.vwap * part.volume) / volume;
    open.high = Math.max(open.high, part.high);
    open.low = Math.min(open.low, part.low);
    open.close = part.close;
    open.volume = volume;
    open.transactions += part.transactions;
  }
  return bars;
}

export function recordOf(bar) {
  return {
    start_time: iso(bar.time), end_time: iso(bar.end), session: bar.session, open: bar.open, high: bar.high, low: bar.low,
    close: bar.close, volume: bar.volume, vwap: bar.vwap, transactions: bar.transactions,
    ohlc_average: (bar.open + bar.high + bar.low + bar.close) / 4, origin: bar.origin, revision: 0,
  };
}

// Changes over 5, 10 and 15 minutes at the close of each minute bar up to `now`, newest `count`.
export function signalsOf(symbol, now, count) {
  const minutes = barsOf(symbol)['1m'].filter((bar) => bar.end <= now);
  return minutes.slice(-count).flatMap((bar) =>
    [5, 10, 15].flatMap((span) => {
      const past = minutes.filter((other) => other.end <= bar.end - span * 60 && other.session === bar.session && bar.end - other.end < 36000);
      const base = past[past.length - 1];
      return base ? [{ symbol, time: iso(bar.end), kind: `change_${span}m`, value: (bar.close / base.close - 1) * 100 }] : [];
    }),
  );
}

const kSubjects = ['Chip makers', 'The central bank', 'Oil', 'A rail strike', 'Retail sales', 'Freight rates', 'A trade delegation', 'Bond yields', 'Home builders', 'A storm in the gulf'];
const kVerbs = ['lift hopes for', 'weigh on', 'surprise', 'put pressure on', 'bring relief to', 'divide', 'steady', 'unsettle'];
const kObjects = ['the second quarter', 'exporters', 'consumer stocks', 'a cautious market', 'regional lenders', 'shipping companies', 'the outlook for rates', 'smaller suppliers'];
const kSummaries = ['Analysts had expected less movement at this point in the season, and several now revise their models.', 'The figures came earlier than usual and were received with caution by most desks.', ''];

// All articles, newest first.
export function makeNews() {
  const random = randomOf('wire');
  const pick = (list) => list[Math.floor(random() * list.length)];
  const items = [];
  const add = (fields) => items.push({ id: `m${items.length}`, search: '', first_published_at: null, section: null, url: null, symbols: [], summary: pick(kSummaries), extra: {}, revision: 0, ...fields });
  for (const day of kDays) {
    for (let i = 0; i < 42; i += 1) {
      const minute = random() < 0.75 ? 570 + Math.floor(random() * 390) : Math.floor(random() * 1440);
      const own = random() < 0.45 ? pick(kNamed.slice(0, 4)) : null;
      add({
        source: pick(['cnbc', 'wire', 'guardian']), time: dayStart(day) + minute * 60, precision: 'minute', day,
        title: `${own ? `${own}: ` : ''}${pick(kSubjects)} ${pick(kVerbs)} ${pick(kObjects)}`,
        symbols: own ? [own] : [], url: random() < 0.7 ? `https://www.example.com/${day}/${i}` : null,
        section: random() < 0.4 ? 'business' : null,
      });
    }
    for (let i = 0; i < 24; i += 1) {
      add({ source: pick(['reuters', 'guardian']), time: dayStart(day), precision: 'day', day, title: `${pick(kSubjects)} ${pick(kVerbs)} ${pick(kObjects)}` });
    }
    const burst = dayStart(day) + (600 + Math.floor(random() * 60)) * 60;
    for (let i = 0; i < 4; i += 1) add({ source: 'wire', time: burst + i * 11, precision: 'second', day, title: `Bulletin ${i + 1}: ${pick(kSubjects)} ${pick(kVerbs)} ${pick(kObjects)}`, symbols: ['AAPL'] });
    add({ source: 'wire', time: dayStart(day) + 590 * 60, precision: 'minute', day, title: '<img src=x onerror="window.__hostile=1"><b>Bold</b> claims & “quotes” 📈', url: 'javascript:window.__hostile=2' });
  }
  return items.sort((a, b) => b.time - a.time);
}

export function newsRecordOf({ time, day, ...item }) {
  return { ...item, published_at: iso(time), published_on: day, received_at: iso(time + 2) };
}
