// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ApiClient, BarsQuery } from '../api/client';
import { LiveSocket, type ConnectionState, type FrameListener } from '../api/socket';
import type { BarRecord, Channel } from '../api/types';
import { parseInstant } from '../time/new_york';
import { barRecord, kOpen } from '../test/samples';
import { BarFeed } from './bar_feed';

const record = (place: number, change: Partial<BarRecord> = {}): BarRecord => barRecord(kOpen + place * 60, change);

// Answers as the server does, from a list of bars that a test may lengthen.
class Market {
  bars: BarRecord[] = [];
  asked: BarsQuery[] = [];
  failure: Error | null = null;

  client(): ApiClient {
    const bars = async (query: BarsQuery) => {
      this.asked.push(query);
      if (this.failure) throw this.failure;
      const { from = -Infinity, to = Infinity, limit = 5000 } = query;
      const all = this.bars.filter((bar) => {
        const time = parseInstant(bar.start_time);
        return time >= from && time < to;
      });
      const cut = query.from === undefined ? all.slice(-limit) : all.slice(0, limit);
      return { symbol: 'A', width: query.width, bars: cut, truncated: cut.length < all.length };
    };
    return { bars } as unknown as ApiClient;
  }
}

class Wire extends LiveSocket {
  readonly listeners = new Map<string, FrameListener>();

  override subscribe(channel: Channel, listener: FrameListener): () => void {
    const key = channel.channel === 'bars' ? channel.width : channel.channel;
    this.listeners.set(key, listener);
    return () => this.listeners.delete(key);
  }

  override connection(): ConnectionState {
    return 'open';
  }

  override onConnection(watcher: () => void): () => void {
    this.comeBack = watcher;
    return () => undefined;
  }

  comeBack = (): void => undefined;

  bar(width: '1m' | '5m', bar: BarRecord): void {
    this.listeners.get(width)?.({ type: 'bar', symbol: 'A', width, bar });
  }
}

describe('BarFeed', () => {
  let market: Market;
  let wire: Wire;
  beforeEach(() => {
    vi.useFakeTimers();
    market = new Market();
    wire = new Wire('ws://test');
  });
  afterEach(() => vi.useRealTimers());

  const begin = async (width: '1m' | '5m', span: { from: number; to: number } | null = null): Promise<BarFeed> => {
    const feed = new BarFeed('A', width, market.client(), wire);
    feed.start(span);
    await vi.advanceTimersByTimeAsync(0);
    return feed;
  };
  const places = (feed: BarFeed): number[] => feed.snapshot().candles.map(({ time }) => (time - kOpen) / 60);
  const settle = () => vi.advanceTimersByTimeAsync(200);

  it('follows the live stream after the first load', async () => {
    market.bars = [record(0), record(1)];
    const feed = await begin('1m');
    wire.bar('1m', record(2));
    wire.bar('1m', record(1, { revision: 1, close: 77 }));
    await settle();
    expect(places(feed)).toEqual([0, 1, 2]);
    expect(feed.snapshot().candles[1]?.close).toBe(77);
  });

  it('does not append live bars while it shows history', async () => {
    market.bars = Array.from({ length: 3000 }, (_, i) => record(i));
    const feed = await begin('1m', { from: kOpen, to: kOpen + 100 * 60 });
    expect(feed.snapshot().atEdge).toBe(false);
    wire.bar('1m', record(3000));
    await settle();
    expect(places(feed).at(-1)).toBe(599);
    await feed.loadNewer();
    await feed.loadNewer();
    expect(feed.snapshot().atEdge).toBe(true);
    expect(places(feed)).toHaveLength(3000);
  });

  it('loads older bars until there are none', async () => {
    market.bars = Array.from({ length: 4500 }, (_, i) => record(i));
    const feed = await begin('1m');
    expect(places(feed)[0]).toBe(2500);
    await feed.loadOlder();
    await feed.loadOlder();
    expect(places(feed)[0]).toBe(0);
    expect(feed.snapshot().atBeginning).toBe(true);
    expect(places(feed)).toHaveLength(4500);
  });

  it('asks for what was left out when the server says that it was too slow', async () => {
    market.bars = [record(0), record(1)];
    const feed = await begin('1m');
    market.bars = Array.from({ length: 40 }, (_, i) => record(i));
    wire.bar('1m', record(39));
    wire.listeners.get('1m')?.({ type: 'lagging', dropped: 37 });
    await settle();
    expect(places(feed)).toHaveLength(40);
  });

  it('asks for what was missed while the connection was away', async () => {
    market.bars = [record(0), record(1)];
    const feed = await begin('1m');
    market.bars = Array.from({ length: 900 }, (_, i) => record(i));
    wire.listeners.get('1m')?.({ type: 'snapshot', channel: 'bars', symbol: 'A', width: '1m', bars: market.bars.slice(-500) });
    await settle();
    expect(places(feed)).toHaveLength(900);
  });

  it('forms the open window from minute bars until its own bar comes', async () => {
    market.bars = [record(0, { end_time: record(5).start_time })];
    const feed = await begin('5m');
    wire.bar('1m', record(5, { high: 20 }));
    wire.bar('1m', record(6, { close: 15 }));
    await settle();
    expect(feed.snapshot().candles.at(-1)).toMatchObject({ forming: true, high: 20, close: 15 });
    wire.bar('5m', record(5, { end_time: record(10).start_time, close: 16 }));
    await settle();
    expect(feed.snapshot().candles.at(-1)).toMatchObject({ forming: false, close: 16 });
    expect(places(feed)).toEqual([0, 5]);
  });

  it('says that it failed, and starts again', async () => {
    market.failure = new Error('away');
    const feed = await begin('1m');
    expect(feed.snapshot().phase).toBe('failed');
    market.failure = null;
    market.bars = [record(0)];
    await feed.loadLatest();
    expect(feed.snapshot()).toMatchObject({ phase: 'ready', atBeginning: true });
  });

  it.each([null, { from: kOpen, to: kOpen + 600 }])('asks again for %j when the connection is back', async (span) => {
    market.failure = new Error('away');
    const feed = await begin('1m', span);
    expect(feed.snapshot().phase).toBe('failed');
    market.failure = null;
    market.bars = Array.from({ length: 3000 }, (_, i) => record(i));
    wire.comeBack();
    await settle();
    expect(feed.snapshot()).toMatchObject({ phase: 'ready', atEdge: span === null });
    const { length } = market.asked;
    wire.comeBack();
    await settle();
    expect(market.asked).toHaveLength(length);
  });
});
