// SPDX-License-Identifier: Apache-2.0
// Checks the page in a real browser against a running tapewire (or the mock server).
//
//   node tests/page_check.mjs --base http://127.0.0.1:8090 [--symbol AAPL] [--date 2019-02-13]
//                             [--shots DIR] [--live | --still]
//
// Symbols, days and articles are taken from the API. `--live` requires a moving market, `--still` expects none;
// without either, movement is required when the server's clock moves.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openBrowser, Page } from './page.mjs';
import { layoutChecks } from './layout_checks.mjs';
import { viewChecks } from './view_checks.mjs';
import { api, base, check, during, kKeyOf, nyClock, options, rewriteNews, seconds, survey } from './world.mjs';

// A hostile title for the page to show as text, given to it in place of a real one.
const kHostile = '<img src=x onerror="window.__hostile=1"><script>window.__hostile=2</script>';

// Each check: a name, and what it does with a browser and the survey. A text returned says why it was passed over.
const checks = {
  async 'opens, with a symbol, candles and no complaint'(browser) {
    const page = await Page.open(browser, base);
    const chart = await page.chartUntil('bars are there', ({ bars }) => bars > 0);
    check('a symbol is chosen', chart.symbol !== '');
    check('the title names it', (await page.tab.title()).includes('tapewire'));
    await page.tab.waitForTimeout(500);
    check('nothing is complained about', page.complaints.length === 0, page.complaints);
    await page.close();
  },

  async 'draws candles and volume, as many bars as the API gives'(browser, { symbol, dayQuery, bars, date }) {
    check(`the API has bars of ${symbol} on ${date}`, bars.length > 0);
    const page = await Page.open(browser, base, { query: dayQuery });
    const chart = await page.chartUntil('the day is loaded', (now) => now.bars >= bars.length && now.days.length > 0);
    check('the day is on the screen', chart.days.some(({ day }) => day === date), chart.days);
    await page.settledMarks();
    const colours = Object.keys(await page.coloursOf(page.id('chart-canvas')));
    const painted = await page.tab.evaluate((seen) => ['--up', '--down'].every((name) => {
      const [r, g] = getComputedStyle(document.documentElement).getPropertyValue(name).match(/[0-9a-f]{2}/g).map((hex) => parseInt(hex, 16));
      return seen.some(([x, y]) => Math.abs(x - r) < 12 && Math.abs(y - g) < 12);
    }), colours.map((colour) => colour.split(',').map(Number)));
    check('rising and falling candles are painted', painted, colours.length);
    await page.close();
  },

  async 'chooses a symbol from the searchable list, by keyboard'(browser, { symbol, other, count }) {
    if (other === symbol) return 'the server knows one symbol only';
    const page = await Page.open(browser, base, { query: `?symbol=${encodeURIComponent(symbol)}` });
    await page.chartUntil('bars are there', ({ bars }) => bars > 0);
    await page.tab.keyboard.press('/');
    const rows = await page.tab.locator('[role="option"]').count();
    check('only the rows in sight are in the document', rows > 0 && rows <= 30, { rows, count });
    await page.id('symbol-search').fill(other.toLowerCase());
    await page.tab.keyboard.press('Enter');
    await page.chartUntil(`${other} is shown`, (now) => now.symbol === other && now.bars > 0);
    check('the address says so', page.tab.url().includes(`symbol=${encodeURIComponent(other)}`), page.tab.url());
    await page.tab.goBack();
    await page.chartUntil('going back shows the symbol before', (now) => now.symbol === symbol && now.bars > 0);
    await page.close();
  },

  async 'chooses a width'(browser, { symbol, dayQuery }) {
    const page = await Page.open(browser, base, { query: dayQuery });
    const minutes = await page.chartUntil('minute bars', (now) => now.width === '1m' && now.bars > 0);
    for (const width of ['5m', '15m', '1h', '1d']) {
      await page.tab.getByRole('radio', { name: width, exact: true }).check({ force: true });
      const now = await page.chartUntil(`bars of ${width}`, (chart) => chart.width === width && chart.bars > 0);
      check(`bars of ${width} begin on their boundary`, width === '1d' || now.lastTime % 300 === 0, now.lastTime);
    }
    check('minute bars were minute bars', minutes.lastTime % 60 === 0 && minutes.symbol === symbol);
    await page.close();
  },

  async 'marks the articles of the day on the chart, day-precision ones never'(browser, { dayQuery, timed, byDay, bars, date }) {
    if (timed.length === 0 && byDay.length === 0) return `no articles on ${date}`;
    const page = await Page.open(browser, base, { query: dayQuery });
    await page.chartUntil('bars are there', (now) => now.bars >= bars.length);
    const inside = timed.filter((item) => during(item, bars));
    if (inside.length > 0) {
      await page.chartUntil('every article published during a bar is marked', ({ marks }) => {
        const keys = new Set(marks.flatMap((mark) => mark.keys));
        return inside.every((item) => keys.has(kKeyOf(item)));
      });
    }
    const { marks, days } = await page.chart();
    const keys = new Set(marks.flatMap((mark) => mark.keys));
    check('no headline known by day only is marked', byDay.every((item) => !keys.has(kKeyOf(item))));
    check('a mark counts its articles', marks.every((mark) => mark.count === mark.keys.length), marks);
    if (byDay.length > 0) check('the strip of days counts them', days.find(({ day }) => day === date)?.headlines === byDay.length, { days, wanted: byDay.length });
    const precise = await page.tab.locator('tr[data-precision="day"] time').count();
    check('the table gives them no time', precise === 0);
    if (byDay.length > 0) {
      await page.tab.locator('tr[data-precision="day"] .pill-day').first().waitFor({ state: 'attached' });
      check('they carry the day pill', (await page.tab.locator('tr[data-precision="day"] .pill-day').first().textContent()) === 'day');
    }
    await page.close();
  },

  async 'a click on a mark highlights its rows'(browser, { dayQuery, timed }) {
    if (timed.length === 0) return 'no articles with a time';
    const page = await Page.open(browser, base, { query: dayQuery });
    await page.chartUntil('marks are drawn', ({ marks }) => marks.length > 0);
    const marks = await page.settledMarks();
    const canvas = await page.id('chart-canvas').boundingBox();
    const mark = marks.find(({ x }) => x > 20 && x < canvas.width - 90) ?? marks[0];
    await page.clickCanvas(mark.x, mark.y);
    const rows = await page.until('rows are highlighted', () => page.selectedRows(), (keys) => keys.length > 0);
    check('they are the rows of the mark', [...rows].sort().join() === [...mark.keys].sort().join(), { rows, mark });
    await page.until('the first of them is in sight', () => page.tab.locator('tr[aria-current="true"]').first().evaluate((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      return top >= 0 && bottom <= window.innerHeight;
    }), (seen) => seen);
    await page.tab.keyboard.press('Escape');
    await page.until('Escape lets go', () => page.selectedRows(), (keys) => keys.length === 0);
    await page.close();
  },

  async 'a click on a row takes the chart to its minute'(browser, { symbol, date, timed, bars }) {
    const inside = timed.filter((item) => during(item, bars));
    if (inside.length === 0) return `no article during trading on ${date}`;
    const item = inside[0];
    const page = await Page.open(browser, base, { query: `?symbol=${encodeURIComponent(symbol)}&from=${date}T05:00:00Z&to=${date}T23:59:00Z` });
    await page.chartUntil('bars are there', ({ bars: count }) => count > 0);
    const row = page.tab.locator(`tr[data-key=${JSON.stringify(kKeyOf(item))}]`);
    await row.waitFor();
    check('its time is New York’s', (await row.locator('time').textContent()) === nyClock(item.published_at));
    check('UTC is there to point at', (await row.locator('time').getAttribute('title')).includes('UTC'));
    await row.click();
    const chart = await page.chartUntil('its mark is highlighted', ({ marks }) => marks.some((mark) => mark.selected && mark.keys.includes(kKeyOf(item))));
    const box = await page.id('chart-canvas').boundingBox();
    const mark = chart.marks.find(({ selected }) => selected);
    check('the mark stands near the middle', Math.abs(mark.x - box.width / 2) < box.width * 0.3, mark);
    await page.close();
  },

  async 'the switch hides the news on the chart alone'(browser, { dayQuery, timed }) {
    if (timed.length === 0) return 'no articles with a time';
    const page = await Page.open(browser, base, { query: dayQuery });
    await page.chartUntil('marks are drawn', ({ marks }) => marks.length > 0);
    const box = page.tab.getByRole('switch', { name: 'News' });
    await box.uncheck({ force: true });
    await page.chartUntil('no mark is left', ({ marks }) => marks.length === 0);
    check('the table stays', (await page.tab.locator('.news-row').count()) > 0);
    check('the address says so', page.tab.url().includes('news=off'));
    await box.check({ force: true });
    await page.chartUntil('the marks are back', ({ marks }) => marks.length > 0);
    await page.close();
  },

  async 'the table is newest first, filters by words and loads older'(browser, { symbol }) {
    const page = await Page.open(browser, base, { query: `?symbol=${encodeURIComponent(symbol)}&scope=all` });
    await page.chartUntil('bars are there', ({ bars }) => bars > 0);
    const rows = page.tab.locator('.news-row');
    if ((await api('news?limit=1')).news.length === 0) return 'no articles at all';
    await rows.first().waitFor();
    const times = await page.tab.locator('.news-row time').evaluateAll((all) => all.map((time) => time.dateTime));
    check('newest first', times.every((time, i) => i === 0 || times[i - 1] >= time), times.slice(0, 5));
    const title = (await rows.first().locator('.news-title').textContent()).trim();
    const word = title.split(/\s+/).sort((a, b) => b.length - a.length)[0];
    await page.id('news-filter').fill(word);
    await page.until('only matching rows are left', () => page.tab.locator('.news-row').evaluateAll((all) => all.map((row) => row.textContent.toLowerCase())), (texts) => texts.length > 0 && texts.every((text) => text.includes(word.toLowerCase())));
    await page.id('news-filter').fill('');
    const older = page.id('load-older');
    if ((await older.count()) > 0) {
      const before = Number(await page.id('news').getAttribute('data-rows'));
      await older.click();
      await page.until('more rows or the end', async () => ({ rows: Number(await page.id('news').getAttribute('data-rows')), button: await older.count() }), (now) => now.rows > before || now.button === 0);
    }
    await page.close();
  },

  async 'a title with HTML is shown as text, and a script address is no link'(browser, { symbol }) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const tab = await context.newPage();
    await rewriteNews(tab, (body) => {
      const item = body.news[0] ?? { id: '1', source: 's', published_at: '2019-02-13T15:00:00Z', published_on: '2019-02-13', precision: 'minute' };
      body.news = [{ ...item, title: kHostile, summary: kHostile, url: 'javascript:window.__hostile=3', precision: 'minute', symbols: [], revision: 99 }, ...body.news.slice(1)];
      return body;
    });
    await tab.goto(`${base}/?symbol=${encodeURIComponent(symbol)}&scope=all`);
    const row = tab.locator('.news-row', { hasText: 'onerror' }).first();
    await row.waitFor();
    check('the title is the text itself', (await row.locator('.news-title').textContent()) === kHostile);
    check('no element came of it', (await tab.locator('.news-row img, .news-row script').count()) === 0);
    check('no script address is linked', (await tab.locator('a[href^="javascript"]').count()) === 0);
    check('nothing ran', (await tab.evaluate(() => window.__hostile)) === undefined);
    await context.close();
  },

  async 'links open apart and only to web addresses'(browser, { symbol, dayQuery, timed }) {
    const page = await Page.open(browser, base, { query: `${dayQuery}&scope=all` });
    await page.chartUntil('bars are there', (now) => now.symbol === symbol && now.bars > 0);
    if (!timed.some((item) => /^https?:/.test(item.url ?? ''))) return 'no article of the day has an address';
    await page.tab.locator('.news-link a').first().waitFor();
    const links = await page.tab.locator('.news-link a').evaluateAll((all) => all.map((a) => [a.rel, a.target, a.protocol]));
    check('every link is safe', links.every(([rel, target, protocol]) => rel === 'noopener noreferrer' && target === '_blank' && /^https?:$/.test(protocol)), links[0]);
    await page.close();
  },

  async 'jumps to a date and back to the newest bar'(browser, { symbol, date, bars }) {
    const page = await Page.open(browser, base, { query: `?symbol=${encodeURIComponent(symbol)}` });
    await page.chartUntil('bars are there', (now) => now.bars > 0);
    check('there is something on that date', bars.length > 0);
    await page.id('date-jump').fill(date);
    await page.chartUntil(`${date} is shown`, ({ days }) => days.length > 0 && days.every(({ day }) => day <= date) && days.some(({ day }) => day === date));
    const latest = page.id('latest');
    if (await latest.isEnabled()) {
      await latest.click();
      await page.until('the newest bar is followed', () => page.tab.url(), (url) => !url.includes('from='));
    }
    await page.close();
  },

  async 'loads older bars when the chart is scrolled'(browser, { symbol }) {
    const page = await Page.open(browser, base, { query: `?symbol=${encodeURIComponent(symbol)}` });
    const before = await page.chartUntil('bars are there', (now) => now.bars > 0);
    const all = (await api(`bars?symbol=${encodeURIComponent(symbol)}&width=1m&limit=50000`)).bars.length;
    if (all <= before.bars) return `all ${all} bars are loaded at once`;
    const box = await page.id('chart-canvas').boundingBox();
    for (let i = 0; i < 40 && (await page.chart()).bars === before.bars; i += 1) {
      await page.tab.mouse.move(box.x + 60, box.y + box.height / 2);
      await page.tab.mouse.down();
      await page.tab.mouse.move(box.x + box.width - 120, box.y + box.height / 2, { steps: 4 });
      await page.tab.mouse.up();
    }
    const after = await page.chartUntil('older bars came', (now) => now.bars > before.bars);
    const { barsBefore, barsAfter } = { barsBefore: before.bars, barsAfter: after.bars };
    check('the end stayed', after.lastTime >= before.lastTime, { barsBefore, barsAfter });
    await page.close();
  },

  async 'the legend follows the crosshair, with New York time and UTC'(browser, { dayQuery, bars }) {
    const page = await Page.open(browser, base, { query: dayQuery });
    await page.chartUntil('bars are there', (now) => now.bars >= bars.length && now.days.length > 0);
    const box = await page.id('chart-canvas').boundingBox();
    await page.tab.mouse.move(box.x + box.width / 3, box.y + box.height / 2);
    const time = await page.until('a bar of the day', () => page.id('legend').getAttribute('data-time').then(Number), (now) => bars.some((bar) => seconds(bar.start_time) === now));
    const bar = bars.find((one) => seconds(one.start_time) === time);
    const text = await page.id('legend').textContent();
    check('it says New York’s time', text.includes(nyClock(bar.start_time)), text);
    check('and UTC', text.includes(`${bar.start_time.slice(11, 16)} UTC`), text);
    check('and the close', text.includes(bar.close.toFixed(2).slice(0, -1)), text);
    await page.close();
  },

  async 'says plainly when the market is simulated or a replay'(browser, { symbol, health }) {
    const page = await Page.open(browser, base, { query: `?symbol=${encodeURIComponent(symbol)}` });
    const names = { simulated: 'Simulated market', replay: 'Replay', live: 'Live' };
    const wanted = names[health.simulated ? 'simulated' : health.mode];
    await page.until('the mode', () => page.id('mode').textContent(), (text) => text === wanted);
    await page.until('the connection', () => page.id('connection').getAttribute('data-state'), (state) => state === 'open');
    check('the clock is there', /\d\d:\d\d:\d\d/.test(await page.id('clock').textContent()));
    await page.close();
  },

  async 'live bars arrive'(browser, { symbol, live }) {
    if (!live) return 'the market stands still';
    const page = await Page.open(browser, base, { query: `?symbol=${encodeURIComponent(symbol)}` });
    const before = await page.chartUntil('bars are there', ({ bars }) => bars > 0);
    await page.chartUntil('a newer bar', (now) => now.lastTime > before.lastTime && now.bars > before.bars, 90_000);
    await page.tab.getByRole('radio', { name: '15m', exact: true }).check({ force: true });
    await page.chartUntil('a forming bar of 15m', (now) => now.width === '15m' && now.forming, 90_000);
    await page.close();
  },

  async 'an unknown symbol and a failing server say what to do'(browser, { symbol }) {
    const page = await Page.open(browser, base, { query: '?symbol=NOSUCHSYM' });
    await page.tab.locator('.chart-notice').getByText(/NOSUCHSYM/).waitFor();
    await page.tab.goto(`${base}/?symbol=A%20B`);
    await page.tab.getByText('“A B” is no symbol.').waitFor();
    check('trying again is not offered where it cannot help', (await page.tab.getByRole('button', { name: 'Try again' }).count()) === 0);
    await page.tab.route('**/api/v1/bars*', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"title":"Busy","detail":"The store is busy."}' }));
    await page.tab.goto(`${base}/?symbol=${encodeURIComponent(symbol)}`);
    const notice = page.tab.locator('.chart-notice');
    await notice.getByText('The store is busy.').waitFor();
    await page.tab.unroute('**/api/v1/bars*');
    await notice.getByRole('button', { name: 'Try again' }).click();
    await page.chartUntil('bars are there after another try', ({ bars }) => bars > 0);
    await page.close();
  },
};

Object.assign(checks, viewChecks, layoutChecks);

async function takeShots(browser, { symbol, dayQuery }) {
  if (!options.shots) return;
  mkdirSync(options.shots, { recursive: true });
  const views = [
    ['1280-light', { scheme: 'light', query: dayQuery }],
    ['1280-dark', { scheme: 'dark', query: dayQuery }],
    ['1280-newest', { scheme: 'light', query: `?symbol=${encodeURIComponent(symbol)}` }],
    ['390-phone', { scheme: 'light', width: 390, height: 844, query: dayQuery }],
    ['390-phone-dark', { scheme: 'dark', width: 390, height: 844, query: dayQuery }],
  ];
  for (const [name, view] of views) {
    const page = await Page.open(browser, base, view);
    await page.chartUntil('bars are there', ({ bars }) => bars > 0);
    await page.settledMarks();
    await page.tab.waitForTimeout(600);
    await page.tab.screenshot({ path: join(options.shots, `${name}.png`) });
    await page.close();
  }
}

async function main() {
  const world = await survey();
  console.log(`page check: ${base}, ${world.symbol} on ${world.date}: ${world.bars.length} bars, ${world.timed.length} articles with a time, ${world.byDay.length} by day; ${world.live ? 'moving' : 'still'}`);
  const browser = await openBrowser();
  let passed = 0;
  let failed = 0;
  for (const [name, run] of Object.entries(checks)) {
    try {
      const reason = await run(browser, world);
      console.log(reason ? `  passed over  ${name}: ${reason}` : `  ok    ${name}`);
      if (!reason) passed += 1;
    } catch (error) {
      failed += 1;
      console.log(`  FAIL  ${name}: ${error.message}`);
      for (const context of browser.contexts()) await context.close();
    }
  }
  try {
    await takeShots(browser, world);
  } finally {
    await browser.close();
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

main().then(
  (status) => process.exit(status),
  (error) => {
    console.error(`page check: ${error.message}`);
    console.log('0 passed, 1 failed');
    process.exit(1);
  },
);
