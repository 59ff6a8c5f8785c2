// SPDX-License-Identifier: Apache-2.0
// Holds the articles shown beside one symbol: the symbol's own and, by scope, those of the whole market.
//
// The symbol's own are asked for separately, so that a busy market does not push them out of reach.
import { isAbort, type ApiClient } from '../api/client';
import type { LiveSocket } from '../api/socket';
import type { NewsRecord, ServerFrame } from '../api/types';
import { endOfNyDate, nyDateOf, startOfNyDate } from '../time/new_york';
import type { NewsItem } from './news_item';
import { NewsStream } from './news_stream';
import { inScope, type NewsScope } from './scope';

export interface NewsFeedState {
  phase: 'loading' | 'ready' | 'failed';
  error: unknown;
  // Newest first.
  items: readonly NewsItem[];
  // Nothing is missing from this instant on; older items may have gaps between them.
  completeFrom: number;
  // Articles after this instant are left out of the table; null: none are.
  anchor: number | null;
  loadingOlder: boolean;
}

const kFlushMs = 120;

export class NewsFeed {
  private readonly abort = new AbortController();
  private readonly streams: NewsStream[];
  private readonly watchers = new Set<() => void>();
  private waiting: NewsRecord[] = [];
  private flushTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly unsubscribe: (() => void)[] = [];
  private state: NewsFeedState = {
    phase: 'loading',
    error: null,
    items: [],
    completeFrom: Infinity,
    anchor: null,
    loadingOlder: false,
  };

  constructor(
    private readonly symbol: string,
    private readonly scope: NewsScope,
    client: ApiClient,
    private readonly socket: LiveSocket,
  ) {
    const own = new NewsStream(client, symbol, this.abort.signal);
    const market = new NewsStream(client, undefined, this.abort.signal);
    this.streams = scope === 'symbol' ? [own] : scope === 'all' ? [market] : [own, market];
  }

  snapshot = (): NewsFeedState => this.state;

  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  start(anchor: number | null): void {
    this.unsubscribe.push(
      this.socket.subscribe({ channel: 'news' }, (frame) => this.take(frame)),
      this.socket.onConnection(() => this.tryAgain()),
    );
    void this.showUpTo(anchor);
  }

  stop(): void {
    for (const end of this.unsubscribe.splice(0)) end();
    clearTimeout(this.flushTimer);
    this.abort.abort();
  }

  // Puts the table's newest article at `anchor`; null shows the newest of all.
  async showUpTo(anchor: number | null): Promise<void> {
    this.set({ anchor, phase: 'loading', error: null });
    await this.guarded(async () => {
      await Promise.all(this.streams.map((stream) => stream.begin(anchor)));
      this.set({ phase: 'ready' });
      this.flush();
    });
  }

  // Makes the markers of a stretch of the chart complete, whole New York days at a time.
  async cover(from: number, to: number): Promise<void> {
    const first = startOfNyDate(nyDateOf(from));
    const last = endOfNyDate(nyDateOf(to));
    const missing = this.streams.filter((stream) => stream.from > first || stream.to < last);
    if (missing.length === 0 || this.state.phase === 'failed') return;
    await this.guarded(async () => {
      await Promise.all(missing.map((stream) => stream.cover(first, last)));
    });
  }

  // Moves the table's newest article on to the day of `to`, when the chart has gone past it.
  async reach(from: number, to: number): Promise<void> {
    await this.cover(from, to);
    const end = endOfNyDate(nyDateOf(to));
    if (this.state.anchor !== null && end > this.state.anchor && this.streams.every((stream) => stream.to >= end)) {
      this.set({ anchor: end });
    }
  }

  async loadOlder(): Promise<void> {
    if (this.state.loadingOlder) return;
    this.set({ loadingOlder: true });
    await this.guarded(async () => {
      const lagging = Math.max(...this.streams.map((stream) => stream.from));
      await Promise.all(this.streams.filter((stream) => stream.from === lagging).map((stream) => stream.loadOlder()));
    });
    this.set({ loadingOlder: false });
  }

  // A server that was away is back: what it could not answer is asked for again.
  private tryAgain(): void {
    if (this.socket.connection() === 'open' && this.state.phase === 'failed') void this.showUpTo(this.state.anchor);
  }

  private take(frame: ServerFrame): void {
    if (frame.type === 'snapshot' && frame.channel === 'news') {
      this.waiting.push(...frame.news);
      void this.catchUp();
    } else if (frame.type === 'news') {
      this.waiting.push(frame.item);
    } else if (frame.type === 'lagging') {
      void this.catchUp();
      return;
    } else {
      return;
    }
    this.flushTimer ??= setTimeout(() => {
      this.flushTimer = undefined;
      this.flush();
    }, kFlushMs);
  }

  private flush(): void {
    if (this.state.phase !== 'ready') return;
    const records = this.waiting.splice(0);
    const market = this.streams.map((stream, index) => {
      const own = this.scope === 'symbol' || (this.scope === 'related' && index === 0);
      return stream.add(own ? records.filter((record) => record.symbols?.includes(this.symbol)) : records);
    });
    if (market.some(Boolean)) this.publish();
  }

  private async catchUp(): Promise<void> {
    if (this.state.phase !== 'ready') return;
    await this.guarded(async () => {
      await Promise.all(this.streams.map((stream) => stream.catchUp()));
    });
  }

  private async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.publish();
    } catch (error) {
      if (isAbort(error)) return;
      // What is on the screen stays; only a page without any article shows the failure.
      if (this.state.phase === 'loading') this.set({ phase: 'failed', error });
    }
  }

  private publish(): void {
    const merged = new Map<string, NewsItem>();
    for (const stream of this.streams) {
      for (const [key, item] of stream.items) if (inScope(item, this.scope, this.symbol)) merged.set(key, item);
    }
    const items = [...merged.values()].sort((a, b) => b.time - a.time || (a.key < b.key ? -1 : 1));
    this.set({ items, completeFrom: Math.max(...this.streams.map((stream) => stream.from)) });
  }

  private set(change: Partial<NewsFeedState>): void {
    this.state = { ...this.state, ...change };
    for (const watcher of [...this.watchers]) watcher();
  }
}
