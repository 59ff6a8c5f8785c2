// SPDX-License-Identifier: Apache-2.0
// Serves web/dist and an invented market by the interface of tapewire, for working on the page without it.
//
//   node tools/mock_server.mjs [--port 8090] [--symbols 3000] [--mode simulated|replay|live] [--speed 60]
//
// `--speed` 0 stands still with the whole week there; otherwise the clock runs through the last day.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { WebSocketServer } from 'ws';
import { barsOf, iso, kWidths, makeNews, newsRecordOf, recordOf, signalsOf, symbolNames } from './mock_market.mjs';

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '8090' },
    symbols: { type: 'string', default: '3000' },
    mode: { type: 'string', default: 'simulated' },
    speed: { type: 'string', default: '60' },
  },
});
const kDist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');
const kTypes = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.txt': 'text/plain; charset=utf-8' };
const kPolicy = "default-src 'self'; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
const speed = Number(options.speed);
const began = Date.now() / 1000;
const first = Date.parse(speed > 0 ? '2019-02-15T15:30:30Z' : '2019-02-16T02:00:00Z') / 1000;
const clock = () => Math.floor(first + (Date.now() / 1000 - began) * speed);
const names = symbolNames(Number(options.symbols));
const allNews = makeNews();

const known = new Set(names);
const finished = (symbol, width, now) => (known.has(symbol) ? (barsOf(symbol)[width] ?? []) : []).filter((bar) => bar.end <= now);
const published = (now) => allNews.filter((item) => item.time <= now);

function health() {
  const now = clock();
  return {
    status: 'ok', version: '0.1.0-mock', mode: options.mode, simulated: options.mode === 'simulated', started_at: iso(first), now: iso(now),
    watermark: iso(Math.floor(now / 60) * 60), account: {}, sources: [{ name: 'mock', state: 'running', detail: '' }], lag: { pipeline: 0, store: 0 }, problems: [],
  };
}

function symbols() {
  const now = clock();
  return {
    symbols: names.map((symbol, i) => {
      // Inventing thousands of markets takes long; the unused ones only look like one.
      const bars = i < 12 ? finished(symbol, '1m', now) : [{ time: first - 4 * 86400, close: 10 + (i % 90) }];
      const last = bars[bars.length - 1];
      return { symbol, first_time: iso(bars[0].time), last_time: iso(last.end ?? now), last_close: last.close, widths: kWidths };
    }),
  };
}

function within(query, list, timeOf) {
  const from = Date.parse(query.get('from') ?? '') / 1000;
  const to = Date.parse(query.get('to') ?? '') / 1000;
  return list.filter((item) => !(timeOf(item) < from) && !(timeOf(item) >= to));
}

function bars(query) {
  const symbol = query.get('symbol');
  const width = query.get('width') ?? '1m';
  const limit = Number(query.get('limit') ?? 5000);
  const all = within(query, finished(symbol, width, clock()), (bar) => bar.time);
  const cut = query.has('from') ? all.slice(0, limit) : all.slice(-limit);
  return { symbol, width, bars: cut.map(recordOf), truncated: cut.length < all.length };
}

function news(query) {
  const limit = Number(query.get('limit') ?? 100);
  const start = Number(query.get('cursor') ?? 0);
  const symbol = query.get('symbol');
  const all = within(query, published(clock()), (item) => item.time).filter((item) => !symbol || item.symbols.includes(symbol));
  // New articles would move what a bare count points at, so the cursor counts from the oldest.
  const from = query.has('cursor') ? all.length - start : 0;
  const cut = all.slice(from, from + limit);
  const left = all.length - from - cut.length;
  return { news: cut.map(newsRecordOf), next_cursor: left > 0 ? String(left) : null };
}

const routes = {
  '/api/v1/health': health,
  '/api/v1/symbols': symbols,
  '/api/v1/bars': bars,
  '/api/v1/news': news,
  '/api/v1/signals': (query) => ({ signals: signalsOf(query.get('symbol'), clock(), 20) }),
};

function serveFile(path, response) {
  let file = normalize(join(kDist, path === '/' ? 'index.html' : path));
  if (!file.startsWith(kDist) || !existsSync(file) || !statSync(file).isFile()) file = join(kDist, 'index.html');
  response.writeHead(200, {
    'content-type': kTypes[extname(file)] ?? 'application/octet-stream',
    'content-security-policy': kPolicy,
    'x-content-type-options': 'nosniff',
  });
  createReadStream(file).pipe(response);
}

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://127.0.0.1');
  const route = routes[url.pathname];
  if (route) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(route(url.searchParams)));
  } else if (url.pathname.startsWith('/api/')) {
    response.writeHead(404, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ type: 'about:blank', title: 'Not found', status: 404, detail: `No route ${url.pathname}` }));
  } else {
    serveFile(url.pathname, response);
  }
});

const sockets = new WebSocketServer({ server, path: '/ws' });
sockets.on('connection', (socket) => {
  const channels = new Map();
  socket.channels = channels;
  socket.on('message', (data) => {
    const { op, ...channel } = JSON.parse(String(data));
    const key = JSON.stringify(channel);
    if (op === 'ping') send(socket, { type: 'pong' });
    else if (op === 'unsubscribe') channels.delete(key);
    else if (op === 'subscribe') {
      channels.set(key, channel);
      snapshot(socket, channel);
    } else send(socket, { type: 'error', detail: `unknown op ${op}`, op });
  });
});

function snapshot(socket, channel) {
  const now = clock();
  if (channel.channel === 'bars') send(socket, { type: 'snapshot', ...channel, bars: finished(channel.symbol, channel.width, now).slice(-500).map(recordOf) });
  if (channel.channel === 'news') send(socket, { type: 'snapshot', channel: 'news', news: published(now).slice(0, 50).map(newsRecordOf) });
  if (channel.channel === 'signals') send(socket, { type: 'snapshot', ...channel, signals: signalsOf(channel.symbol, now, 5) });
  if (channel.channel === 'status') send(socket, { type: 'status', ...health() });
}

let before = clock();
setInterval(() => {
  const now = clock();
  for (const socket of sockets.clients) for (const channel of socket.channels?.values() ?? []) increment(socket, channel, now);
  before = now;
}, 500);

function increment(socket, channel, now) {
  const fresh = (time) => time > before && time <= now;
  if (channel.channel === 'bars') {
    for (const bar of finished(channel.symbol, channel.width, now).slice(-20)) {
      if (!fresh(bar.end)) continue;
      // As tapewire does: a vendor's bar at once, and again when the pipeline has closed its window.
      for (const session of [null, bar.session]) {
        send(socket, { type: 'bar', symbol: channel.symbol, width: channel.width, bar: { ...recordOf(bar), session } });
      }
    }
  }
  if (channel.channel === 'news') for (const item of allNews) if (fresh(item.time)) send(socket, { type: 'news', item: newsRecordOf(item) });
  if (channel.channel === 'signals') {
    for (const signal of signalsOf(channel.symbol, now, 2)) if (fresh(Date.parse(signal.time) / 1000)) send(socket, { type: 'signal', signal });
  }
  if (channel.channel === 'status') send(socket, { type: 'status', ...health() });
}

function send(socket, frame) {
  if (socket.readyState === 1) socket.send(JSON.stringify(frame));
}

server.listen(Number(options.port), '127.0.0.1', () => {
  console.log(`mock of tapewire on http://127.0.0.1:${server.address().port}/ (invented data, ${options.mode}, speed ${speed})`);
});
