// SPDX-License-Identifier: Apache-2.0
// Holds the articles of one query over an unbroken stretch of time, and widens it on demand.
import type { ApiClient } from '../api/client';
import type { NewsRecord } from '../api/types';
import { newsItemOf, type NewsItem } from './news_item';

const kFirstPage = 200;
const kPage = 1000;
const kPagesAtOnce = 6;
// Wires deliver some articles late: so many seconds are looked at again after a break.
const kLateness = 1800;

export class NewsStream {
  readonly items = new Map<string, NewsItem>();
  // Complete from this instant on; -Infinity when the store has nothing older.
  from = Infinity;
  // Complete up to this instant; Infinity when live articles keep it complete.
  to = Infinity;
  private cursor: string | null = null;
  // Up to here nothing can have been missed by a break in the live stream.
  private safeUntil = -Infinity;
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly client: ApiClient,
    private readonly symbol: string | undefined,
    private readonly signal: AbortSignal,
  ) {}

  // Begins anew with the articles up to `anchor`, or the newest.
  begin(anchor: number | null): Promise<void> {
    return this.inTurn(() => this.restart(anchor));
  }

  loadOlder(limit = kFirstPage): Promise<void> {
    return this.inTurn(() => this.older(limit));
  }

  // Widens the stretch until it holds [from, to], as far as a bounded number of pages goes.
  cover(from: number, to: number): Promise<void> {
    return this.inTurn(async () => {
      if (to > this.to) await this.newer(to);
      for (let page = 0; page < kPagesAtOnce && this.from > from; page += 1) await this.older(kPage);
    });
  }

  // Asks for what was missed while the live stream was away.
  catchUp(): Promise<void> {
    return this.inTurn(async () => {
      if (this.to !== Infinity || this.from === Infinity) return;
      let cursor: string | null = null;
      for (let page = 0; page < kPagesAtOnce; page += 1) {
        const answer = await this.ask({ limit: kFirstPage, ...(cursor === null ? {} : { cursor }) });
        this.add(answer.news);
        cursor = answer.next_cursor;
        const oldest = answer.news[answer.news.length - 1];
        const met = oldest !== undefined && newsItemOf(oldest).time < this.safeUntil - kLateness;
        if (met || cursor === null) {
          this.safeUntil = this.newest();
          return;
        }
      }
      // Too much was missed to be sure of it: begin anew.
      this.items.clear();
      await this.restart(null);
    });
  }

  // Takes live articles; true when something changed.
  add(records: readonly NewsRecord[]): boolean {
    let changed = false;
    for (const record of records) {
      const item = newsItemOf(record);
      if (!Number.isFinite(item.time) || item.time > this.to) continue;
      const known = this.items.get(item.key);
      if (known && known.revision >= item.revision) continue;
      this.items.set(item.key, item);
      changed = true;
    }
    return changed;
  }

  private async restart(anchor: number | null): Promise<void> {
    this.items.clear();
    this.to = anchor ?? Infinity;
    this.from = this.to;
    this.cursor = null;
    const answer = await this.ask({ limit: kFirstPage, ...(anchor === null ? {} : { to: anchor }) });
    this.extendBack(answer.news, answer.next_cursor);
    this.safeUntil = this.newest();
  }

  private newest(): number {
    let newest = -Infinity;
    for (const item of this.items.values()) newest = Math.max(newest, item.time);
    return newest;
  }

  private async older(limit: number): Promise<void> {
    if (this.cursor === null) return;
    const answer = await this.ask({
      limit,
      cursor: this.cursor,
      ...(this.to === Infinity ? {} : { to: this.to }),
    });
    this.extendBack(answer.news, answer.next_cursor);
  }

  private extendBack(records: readonly NewsRecord[], cursor: string | null): void {
    this.add(records);
    this.cursor = cursor;
    const oldest = records[records.length - 1];
    if (cursor === null) this.from = -Infinity;
    else if (oldest) this.from = Math.min(this.from, newsItemOf(oldest).time);
  }

  private async newer(to: number): Promise<void> {
    const since = this.to;
    const records: NewsRecord[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < kPagesAtOnce; page += 1) {
      const answer = await this.ask({ from: since, to, limit: kPage, ...(cursor === null ? {} : { cursor }) });
      records.push(...answer.news);
      cursor = answer.next_cursor;
      if (cursor === null) break;
    }
    if (cursor !== null) return this.restart(to);
    this.to = to;
    this.add(records);
  }

  private ask(query: { from?: number; to?: number; limit: number; cursor?: string }) {
    return this.client.news({ ...query, ...(this.symbol === undefined ? {} : { symbol: this.symbol }) }, this.signal);
  }

  // One request after another: two answers must not move the ends of the stretch at once.
  private inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.queue.then(work);
    this.queue = turn.catch(() => undefined);
    return turn;
  }
}
