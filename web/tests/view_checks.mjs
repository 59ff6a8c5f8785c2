// SPDX-License-Identifier: Apache-2.0
// Checks of where the chart stands: it goes to what was asked for, and stays there.
import { Page } from './page.mjs';
import { base, check, kKeyOf } from './world.mjs';

const kSettleMs = 900;

// Bars that are loaded later must not move the view: it is looked at again after a while.
async function staysOn(page, date) {
  const there = ({ days }) => days.length > 0 && days.every(({ day }) => day === date);
  await page.chartUntil(`${date} alone is shown`, there);
  await page.tab.waitForTimeout(kSettleMs);
  const chart = await page.chart();
  check(`${date} is still shown`, there(chart), { bars: chart.bars, days: chart.days });
}

const chooseWidth = async (page, width) => {
  await page.tab.getByRole('radio', { name: width, exact: true }).check({ force: true });
  return page.chartUntil(`bars of ${width}`, (chart) => chart.width === width && chart.bars > 0 && chart.days.length > 0);
};

export const viewChecks = {
  async 'goes to a day far from the newest bar, and stays'(browser, { symbol, far }) {
    if (!far) return 'all bars are near the newest';
    const page = await Page.open(browser, base, { query: `?symbol=${encodeURIComponent(symbol)}` });
    await page.chartUntil('bars are there', ({ bars }) => bars > 0);
    await page.id('date-jump').fill(far.date);
    check('the field says so at once', (await page.id('date-jump').inputValue()) === far.date);
    await staysOn(page, far.date);
    check('the field says so still', (await page.id('date-jump').inputValue()) === far.date);
    await page.tab.goto(`${base}/${far.query}`);
    await staysOn(page, far.date);
    await page.close();
  },

  async 'goes to an article far from the newest bar, and stays'(browser, { symbol, far }) {
    if (!far || far.articles.length === 0) return 'no article came out that long ago';
    const page = await Page.open(browser, base, { query: `?symbol=${encodeURIComponent(symbol)}` });
    await page.chartUntil('bars are there', ({ bars }) => bars > 0);
    const key = kKeyOf(far.articles[0]);
    const row = page.tab.locator(`tr[data-key=${JSON.stringify(key)}]`);
    await page.tab.locator('.news-row').first().waitFor();
    for (let i = 0; i < 10 && (await row.count()) === 0; i += 1) {
      await page.id('load-older').click();
      await page.tab.waitForTimeout(300);
    }
    await row.locator('.news-title').click();
    const selected = ({ marks }) => marks.some((mark) => mark.selected && mark.keys.includes(key));
    await page.chartUntil('its mark is highlighted', selected);
    await page.tab.waitForTimeout(kSettleMs);
    check('it still is', selected(await page.chart()), (await page.chart()).days);
    await page.close();
  },

  async 'another width shows the same stretch of time'(browser, { dayQuery, date }) {
    const page = await Page.open(browser, base, { query: dayQuery });
    await page.chartUntil('the day is shown', ({ days }) => days.some(({ day }) => day === date));
    const asked = new URL(page.tab.url()).searchParams;
    for (const width of ['1h', '1d', '15m', '1m']) {
      await chooseWidth(page, width);
      await page.tab.waitForTimeout(kSettleMs / 3);
      const { days } = await page.chart();
      check(`the day is on the screen at ${width}`, days.some(({ day }) => day === date), days);
      const now = new URL(page.tab.url()).searchParams;
      check(`the address keeps the stretch at ${width}`, now.get('from') === asked.get('from') && now.get('to') === asked.get('to'), page.tab.url());
    }
    await page.close();
  },

  async 'the figures at the top are the newest, whatever is shown'(browser, { symbol, far, live }) {
    if (live) return 'the market moves on between two looks';
    const page = await Page.open(browser, base, { query: `?symbol=${encodeURIComponent(symbol)}` });
    const figures = async () => (await page.tab.locator('.quote').textContent()).replace(/\s+/g, ' ');
    await page.chartUntil('bars are there', ({ bars }) => bars > 0);
    const wanted = await page.until('the price is there', figures, (text) => /\d\.\d\d/.test(text));
    for (const width of ['1h', '1d', '1m']) {
      await chooseWidth(page, width);
      check(`the same at ${width}`, (await figures()) === wanted, { now: await figures(), wanted });
    }
    if (far) {
      await page.tab.goto(`${base}/${far.query}`);
      await page.until('the same beside old bars', figures, (text) => text === wanted);
    }
    await page.close();
  },

  async 'asks again by itself when the server is back'(browser, { symbol }) {
    const page = await Page.open(browser, base);
    const sockets = [];
    await page.tab.routeWebSocket(/\/ws$/, (socket) => {
      socket.connectToServer();
      sockets.push(socket);
    });
    await page.tab.route('**/api/v1/{bars,news}*', (route) => route.abort());
    await page.tab.goto(`${base}/?symbol=${encodeURIComponent(symbol)}`);
    await page.tab.locator('.chart-notice').getByText('could not be loaded').waitFor();
    await page.tab.unroute('**/api/v1/{bars,news}*');
    await page.until('a connection was there', () => sockets.length, (count) => count > 0);
    for (const socket of sockets) await socket.close();
    await page.chartUntil('bars are there', ({ bars }) => bars > 0);
    await page.tab.getByText('The news could not be loaded.').waitFor({ state: 'detached' });
    await page.close();
  },
};
