// SPDX-License-Identifier: Apache-2.0
// @vitest-environment jsdom
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { kOpen, newsItem } from '../test/samples';
import type { NewsItem } from './news_item';
import { NewsRow } from './news_row';

let root: Root;
let body: HTMLTableSectionElement;
beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  body = document.createElement('table').createTBody();
  root = createRoot(body);
});
afterEach(() => act(() => root.unmount()));

function draw(item: NewsItem, onPick: (item: NewsItem) => void = () => undefined): HTMLElement {
  act(() => root.render(<NewsRow item={item} selected={false} onPick={onPick} />));
  return body;
}

it('shows HTML in a title as text', () => {
  const title = '<img src=x onerror=alert(1)><b>bold</b>';
  const row = draw(newsItem('x', kOpen, { title, summary: '<script>1</script>' }));
  expect(row.querySelector('img, b, script')).toBeNull();
  expect(row.querySelector('.news-title')?.textContent).toBe(title);
});

it('links only to web addresses, in a new tab without a way back', () => {
  expect(draw(newsItem('x', kOpen, { url: 'javascript:alert(1)' })).querySelector('a')).toBeNull();
  const link = draw(newsItem('x', kOpen, { url: 'https://www.example.com/a' })).querySelector('a');
  expect(link?.getAttribute('rel')).toBe('noopener noreferrer');
  expect(link?.getAttribute('target')).toBe('_blank');
  expect(link?.textContent).toContain('example.com');
});

it('shows New York time with UTC to point at, and no time for a headline of the day', () => {
  const time = draw(newsItem('x', kOpen)).querySelector('time');
  expect(time?.textContent).toBe('09:30');
  expect(time?.title).toContain('2019-02-13 14:30 UTC');
  const byDay = draw(newsItem('x', kOpen, { precision: 'day', published_on: '2019-02-13' }));
  expect(byDay.querySelector('time')).toBeNull();
  expect(byDay.querySelector('.pill-day')?.textContent).toBe('day');
});

it('is picked by its row and by its button, once each', () => {
  const pick = vi.fn();
  const row = draw(newsItem('x', kOpen), pick);
  act(() => row.querySelector<HTMLElement>('.news-title')?.click());
  act(() => row.querySelector<HTMLElement>('.news-source')?.click());
  expect(pick).toHaveBeenCalledTimes(2);
});
