// SPDX-License-Identifier: Apache-2.0
// Builds values for the tests.
import type { BarRecord, NewsRecord } from '../api/types';
import type { Candle } from '../bars/candle';
import { newsItemOf, type NewsItem } from '../news/news_item';
import { isoOf } from '../time/new_york';

// Wednesday 13 February 2019, 09:30 in New York.
export const kOpen = Date.parse('2019-02-13T14:30:00Z') / 1000;

export function candle(time: number, change: Partial<Candle> = {}): Candle {
  return {
    time,
    end: time + 60,
    asOf: time + 60,
    session: 'regular',
    open: 10,
    high: 12,
    low: 9,
    close: 11,
    volume: 100,
    vwap: 10.5,
    transactions: null,
    revision: 0,
    forming: false,
    ...change,
  };
}

// So many minute bars from `start` on.
export function minutes(start: number, count: number): Candle[] {
  return Array.from({ length: count }, (_, i) => candle(start + i * 60, { close: 10 + i }));
}

export function barRecord(time: number, change: Partial<BarRecord> = {}): BarRecord {
  return {
    start_time: isoOf(time),
    end_time: isoOf(time + 60),
    session: 'regular',
    open: 10,
    high: 12,
    low: 9,
    close: 11,
    volume: 100,
    vwap: null,
    transactions: null,
    ohlc_average: 10.5,
    origin: 'vendor',
    revision: 0,
    ...change,
  };
}

export function newsRecord(id: string, time: number, change: Partial<NewsRecord> = {}): NewsRecord {
  const published_at = isoOf(time);
  return { id, source: 'wire', published_at, published_on: '', precision: 'minute', title: `Title ${id}`, ...change };
}

export function newsItem(id: string, time: number, change: Partial<NewsRecord> = {}): NewsItem {
  return newsItemOf(newsRecord(id, time, change));
}
