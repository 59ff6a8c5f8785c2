// SPDX-License-Identifier: Apache-2.0
// Drives the page for the checks: opens it, reads what it exposes, waits for conditions within a bound.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const kWaitMs = 20_000;
const kArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function openBrowser() {
  const path = process.env.CHROMIUM ?? '/usr/bin/chromium';
  if (!existsSync(path)) throw new Error(`No browser at ${path}: install Debian's chromium, or name one in CHROMIUM`);
  return chromium.launch({ executablePath: path, args: kArguments });
}

export class Page {
  constructor(tab, base) {
    this.tab = tab;
    this.base = base;
    // Anything the browser complains about: script errors, refused scripts, failed requests.
    this.complaints = [];
    tab.on('pageerror', (error) => this.complaints.push(`error: ${error.message}`));
    tab.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(`console: ${message.text()}`);
    });
    tab.on('request', (request) => {
      const url = new URL(request.url());
      const own = new URL(base);
      if (url.host !== own.host && url.protocol !== 'data:') this.complaints.push(`request elsewhere: ${request.url()}`);
    });
  }

  static async open(browser, base, { width = 1280, height = 800, scheme = 'light', query = '', touch = false } = {}) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, hasTouch: touch, isMobile: touch });
    const page = new Page(await context.newPage(), base);
    await page.tab.goto(`${base}/${query}`);
    return page;
  }

  async close() {
    // A request that is still being answered for the page ends with it, and is no failure.
    await this.tab.unrouteAll({ behavior: 'ignoreErrors' });
    await this.tab.context().close();
  }

  id(name) {
    return this.tab.locator(`[data-testid="${name}"]`);
  }

  // What the chart says about itself.
  chart() {
    return this.id('chart').evaluate((element) => {
      const { symbol, width, bars, lastTime, lastClose, forming, marks, days } = element.dataset;
      return {
        symbol,
        width,
        bars: Number(bars),
        lastTime: Number(lastTime),
        lastClose: Number(lastClose),
        forming: forming === 'true',
        marks: JSON.parse(marks),
        days: JSON.parse(days),
      };
    });
  }

  // Waits until `test` holds for what `read` gives; returns that, or fails naming `what`.
  async until(what, read, test, ms = kWaitMs) {
    const end = Date.now() + ms;
    let value;
    do {
      value = await read();
      if (test(value)) return value;
      await this.tab.waitForTimeout(100);
    } while (Date.now() < end);
    throw new Error(`${what}: not within ${ms / 1000} s; last seen ${JSON.stringify(value)?.slice(0, 300)}`);
  }

  chartUntil(what, test, ms) {
    return this.until(what, () => this.chart(), test, ms);
  }

  // Marks move while the view settles: waits until two readings agree.
  async settledMarks() {
    let before = '';
    await this.until('marks stand still', () => this.chart().then(({ marks }) => JSON.stringify(marks)), (now) => {
      const same = now === before;
      before = now;
      return same;
    });
    return (await this.chart()).marks;
  }

  async clickCanvas(x, y) {
    const box = await this.id('chart-canvas').boundingBox();
    await this.tab.mouse.move(box.x + x, box.y + y);
    await this.tab.waitForTimeout(60);
    await this.tab.mouse.click(box.x + x, box.y + y);
  }

  // How many different colours a part of the page has: an empty canvas has few.
  async coloursOf(locator) {
    const png = await locator.screenshot();
    return this.tab.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      const counts = new Map();
      for (let i = 0; i < data.length; i += 4) {
        const colour = `${data[i]},${data[i + 1]},${data[i + 2]}`;
        counts.set(colour, (counts.get(colour) ?? 0) + 1);
      }
      return Object.fromEntries(counts);
    }, png.toString('base64'));
  }

  selectedRows() {
    return this.tab.locator('tr[aria-current="true"]').evaluateAll((rows) => rows.map((row) => row.dataset.key));
  }
}
