// SPDX-License-Identifier: Apache-2.0
// Checks of how the page looks: colours, sizes, small screens, text that is too long.
import { Page } from './page.mjs';
import { base, check, rewriteNews } from './world.mjs';

const kScreens = [[390, 844], [844, 390], [320, 640]];

export const layoutChecks = {
  async 'light and dark, by the system and by the switch'(browser, { symbol }) {
    const ground = (page) => page.tab.evaluate(() => getComputedStyle(document.querySelector('.app')).backgroundColor.match(/\d+/g).map(Number)[0]);
    for (const scheme of ['light', 'dark']) {
      const page = await Page.open(browser, base, { scheme, query: `?symbol=${encodeURIComponent(symbol)}` });
      await page.chartUntil('bars are there', ({ bars }) => bars > 0);
      const isDark = (await ground(page)) < 128;
      check(`the system's ${scheme} is followed`, isDark === (scheme === 'dark'));
      await page.id('theme').click();
      await page.until('the switch turns it', () => ground(page), (now) => now < 128 !== isDark);
      await page.tab.reload();
      await page.chartUntil('bars are there', ({ bars }) => bars > 0);
      check('and is remembered', (await ground(page)) < 128 !== isDark);
      await page.close();
    }
  },

  async 'text has the size that the reader has set'(browser, { symbol }) {
    const page = await Page.open(browser, base, { query: `?symbol=${encodeURIComponent(symbol)}` });
    await page.chartUntil('bars are there', ({ bars }) => bars > 0);
    const sizes = await page.tab.evaluate(() => ['html', 'body', '.news-head h2'].map((name) => getComputedStyle(document.querySelector(name)).fontSize));
    check('a rem is the browser’s own size', sizes.join() === '16px,13px,15px', sizes);
    await page.close();
  },

  async 'fits a phone, upright and on its side, without scrolling sideways'(browser, { dayQuery }) {
    for (const [width, height] of kScreens) {
      const page = await Page.open(browser, base, { width, height, query: dayQuery });
      await page.chartUntil('bars are there', ({ bars }) => bars > 0);
      await page.settledMarks();
      const size = await page.tab.evaluate(() => ({ inner: window.innerWidth, scroll: document.documentElement.scrollWidth }));
      check('no sideways scrolling', size.scroll <= size.inner, size);
      const cut = await page.tab.evaluate(() => {
        const covered = (e) => {
          const { left, top, width: w, height: h } = e.getBoundingClientRect();
          const front = document.elementFromPoint(left + w / 2, top + h / 2);
          return e.closest('.segmented') && front && !e.closest('label').contains(front);
        };
        return [...document.querySelectorAll('button, input, h1, .quote-price, .news-title, .status-mode strong')].filter((e) => {
          const { left, right, width: w } = e.getBoundingClientRect();
          return w > 1 && (left < -1 || right > window.innerWidth + 1 || covered(e));
        }).map((e) => e.className || e.outerHTML.slice(0, 60));
      });
      check(`nothing stands over the edge or on something else at ${width}`, cut.length === 0, cut);
      await page.close();
    }
  },

  async 'a mark on a phone says what it is where it is'(browser, { dayQuery, timed }) {
    if (timed.length === 0) return 'no articles with a time';
    const page = await Page.open(browser, base, { width: 390, height: 844, query: dayQuery, touch: true });
    await page.chartUntil('marks are drawn', ({ marks }) => marks.length > 0);
    const [mark] = await page.settledMarks();
    const box = await page.id('chart-canvas').boundingBox();
    await page.tab.touchscreen.tap(box.x + mark.x, box.y + mark.y);
    await page.tab.locator('.mark-tip').waitFor();
    await page.tab.waitForTimeout(800);
    check('the page has not scrolled away', (await page.tab.evaluate(() => window.scrollY)) < 100);
    check('its rows are highlighted', (await page.selectedRows()).length === mark.keys.length);
    await page.close();
  },

  async 'a title of ten thousand letters takes a few lines'(browser, { symbol }) {
    const page = await Page.open(browser, base);
    await rewriteNews(page.tab, (body) => {
      const item = body.news[0] ?? { id: '1', source: 's', published_at: '2019-02-13T15:00:00Z', published_on: '2019-02-13', symbols: [] };
      body.news = [{ ...item, title: 'Long '.repeat(2000), summary: 'x'.repeat(10_000), precision: 'minute', revision: 99 }, ...body.news.slice(1)];
      return body;
    });
    await page.tab.goto(`${base}/?symbol=${encodeURIComponent(symbol)}&scope=all`);
    const row = page.tab.locator('.news-row', { hasText: 'Long Long' }).first();
    await row.waitFor();
    check('in the table', (await row.boundingBox()).height < 160, await row.boundingBox());
    await row.locator('.news-title').click();
    await page.until('a little more when it is chosen', () => row.boundingBox(), ({ height }) => height > 160 && height < 420);
    await page.close();
  },
};
