// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ApiClient, NewsQuery } from '../api/client';
import { LiveSocket, type ConnectionState, type FrameListener } from '../api/socket';
import type { Channel, NewsRecord } from '../api/types';
import { kOpen, newsRecord } from '../test/samples';
import { endOfNyDate, parseInstant } from '../time/new_york';
import { NewsFeed } from './news_feed';
import type { NewsScope } from './scope';

class Wire extends LiveSocket {
  listener: FrameListener = () => undefined;
  override subscribe(_channel: Channel, listener: FrameListener): () => void {
    this.listener = listener;
    return () => undefined;
  }

  override connection(): ConnectionState {
    return 'open';
  }

  override onConnection(watcher: () => void): () => void {
    this.comeBack = watcher;
    return () => undefined;
  }

  comeBack = (): void => undefined;
}

// Answers as the server does: newest first, with a cursor that holds its place when newer articles come.
class Archive {
  records: NewsRecord[] = [];
  failure: Error | null = null;
  client(): ApiClient {
    const news = async (query: NewsQuery) => {
      if (this.failure) throw this.failure;
      const { from = -Infinity, to = Infinity, limit = 100, symbol, cursor } = query;
      const all = this.records
        .filter((record) => !symbol || record.symbols?.includes(symbol))
        .filter((record) => parseInstant(record.published_at) >= from && parseInstant(record.published_at) < to)
        .sort((a, b) => (a.published_at < b.published_at ? 1 : -1));
      const start = cursor === undefined ? 0 : all.findIndex((record) => record.id === cursor);
      return { news: all.slice(start, start + limit), next_cursor: all[start + limit]?.id ?? null };
    };
    return { news } as unknown as ApiClient;
  }
}

describe('NewsFeed', () => {
  let archive: Archive;
  let wire: Wire;
  beforeEach(() => {
    vi.useFakeTimers();
    archive = new Archive();
    wire = new Wire('ws://test');
  });
  afterEach(() => vi.useRealTimers());

  const settle = () => vi.advanceTimersByTimeAsync(300);
  const begin = async (scope: NewsScope, anchor: number | null = null): Promise<NewsFeed> => {
    const feed = new NewsFeed('A', scope, archive.client(), wire);
    feed.start(anchor);
    await settle();
    return feed;
  };
  const ids = (feed: NewsFeed): string[] => feed.snapshot().items.map(({ key }) => key.replace('wire/', ''));
  const everyMinute = (count: number, change: Partial<NewsRecord> = {}): NewsRecord[] =>
    Array.from({ length: count }, (_, i) => newsRecord(`n${i}`, kOpen + i * 60, change));

  it('shows the symbol’s own articles and those of the market', async () => {
    archive.records = [
      newsRecord('own', kOpen, { symbols: ['A'] }),
      newsRecord('market', kOpen + 60),
      newsRecord('other', kOpen + 120, { symbols: ['B'] }),
    ];
    expect(ids(await begin('related'))).toEqual(['market', 'own']);
    expect(ids(await begin('symbol'))).toEqual(['own']);
    expect(ids(await begin('all'))).toEqual(['other', 'market', 'own']);
  });

  it('loads older pages and says how far it is complete', async () => {
    archive.records = everyMinute(450);
    const feed = await begin('all');
    expect(feed.snapshot()).toMatchObject({ completeFrom: kOpen + 250 * 60 });
    await feed.loadOlder();
    await feed.loadOlder();
    expect(ids(feed)).toHaveLength(450);
    expect(feed.snapshot().completeFrom).toBe(-Infinity);
  });

  it('takes live articles and revisions', async () => {
    archive.records = everyMinute(2);
    const feed = await begin('all');
    wire.listener({ type: 'news', item: newsRecord('n9', kOpen + 540) });
    wire.listener({ type: 'news', item: newsRecord('n0', kOpen, { revision: 1, title: 'Corrected' }) });
    await settle();
    expect(ids(feed)).toEqual(['n9', 'n1', 'n0']);
    expect(feed.snapshot().items[2]?.title).toBe('Corrected');
  });

  it('fills what a broken connection left out', async () => {
    archive.records = everyMinute(300);
    const feed = await begin('all');
    archive.records = everyMinute(700);
    wire.listener({ type: 'snapshot', channel: 'news', news: [...archive.records].slice(-50).reverse() });
    await settle();
    const minutesHeld = ids(feed);
    expect(minutesHeld[0]).toBe('n699');
    expect(new Set(minutesHeld).has('n400')).toBe(true);
  });

  it('asks again when the connection is back', async () => {
    archive.records = everyMinute(600);
    archive.failure = new Error('away');
    const feed = await begin('all', kOpen + 300 * 60);
    expect(feed.snapshot().phase).toBe('failed');
    archive.failure = null;
    wire.comeBack();
    await settle();
    expect(feed.snapshot()).toMatchObject({ phase: 'ready', anchor: kOpen + 300 * 60 });
    expect(ids(feed)[0]).toBe('n299');
  });

  it('moves its newest article on with the chart, never back', async () => {
    const kDay = 86_400;
    archive.records = Array.from({ length: 10 }, (_, day) => newsRecord(`n${day}`, kOpen + day * kDay));
    const feed = await begin('all', endOfNyDate('2019-02-14'));
    await feed.reach(kOpen, kOpen + 3 * kDay);
    expect(feed.snapshot().anchor).toBe(endOfNyDate('2019-02-16'));
    expect(ids(feed)[0]).toBe('n3');
    await feed.reach(kOpen, kOpen + kDay);
    expect(feed.snapshot().anchor).toBe(endOfNyDate('2019-02-16'));
  });

  it('begins at an anchor, and widens to newer and older when the chart needs it', async () => {
    archive.records = everyMinute(600);
    const feed = await begin('all', kOpen + 300 * 60);
    expect(ids(feed)[0]).toBe('n299');
    wire.listener({ type: 'news', item: newsRecord('live', kOpen + 900 * 60) });
    await settle();
    expect(ids(feed)[0]).toBe('n299');
    await feed.cover(kOpen, kOpen + 500 * 60);
    expect(ids(feed)).toHaveLength(600);
  });
});
