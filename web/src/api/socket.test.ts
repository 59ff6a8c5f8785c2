// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backoffMs } from './backoff';
import { parseFrame } from './frames';
import { LiveSocket, socketAddress, type SocketLike } from './socket';
import { Subscriptions } from './subscriptions';
import type { ServerFrame } from './types';

class FakeSocket implements SocketLike {
  readyState = 0;
  sent: string[] = [];
  closed = false;
  onopen: SocketLike['onopen'] = null;
  onclose: SocketLike['onclose'] = null;
  onerror: SocketLike['onerror'] = null;
  onmessage: SocketLike['onmessage'] = null;
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.closed = true;
  }
  accept(): void {
    this.onopen?.(new Event('open'));
  }
  lose(): void {
    this.onclose?.({} as CloseEvent);
  }
  receive(value: unknown): void {
    this.onmessage?.({ data: typeof value === 'string' ? value : JSON.stringify(value) } as MessageEvent);
  }
}

describe('LiveSocket', () => {
  let opened: FakeSocket[];
  let socket: LiveSocket;
  const newest = (): FakeSocket => opened[opened.length - 1] as FakeSocket;
  beforeEach(() => {
    vi.useFakeTimers();
    opened = [];
    socket = new LiveSocket('ws://test/ws', () => {
      const fake = new FakeSocket();
      opened.push(fake);
      return fake;
    });
    socket.start();
  });
  afterEach(() => {
    socket.stop();
    vi.useRealTimers();
  });

  it('subscribes again after a reconnect, to what is still wanted', () => {
    const drop = socket.subscribe({ channel: 'news' }, () => undefined);
    socket.subscribe({ channel: 'bars', symbol: 'A', width: '1m' }, () => undefined);
    newest().accept();
    expect(newest().sent).toHaveLength(2);
    drop();
    newest().lose();
    expect(socket.connection()).toBe('waiting');
    vi.advanceTimersByTime(60_000);
    expect(opened).toHaveLength(2);
    newest().accept();
    expect(newest().sent.map((text) => JSON.parse(text))).toEqual([
      { op: 'subscribe', channel: 'bars', symbol: 'A', width: '1m' },
    ]);
  });

  it('hands a frame to the listeners of its channel alone', () => {
    const bars: ServerFrame[] = [];
    const others: ServerFrame[] = [];
    socket.subscribe({ channel: 'bars', symbol: 'A', width: '5m' }, (frame) => bars.push(frame));
    socket.subscribe({ channel: 'bars', symbol: 'A', width: '1m' }, (frame) => others.push(frame));
    newest().accept();
    newest().receive({ type: 'bar', symbol: 'A', width: '5m', bar: {} });
    newest().receive({ type: 'bar', symbol: 'B', width: '5m', bar: {} });
    newest().receive('no JSON');
    newest().receive({ type: 'lagging', dropped: 3 });
    expect(bars.map(({ type }) => type)).toEqual(['bar', 'lagging']);
    expect(others.map(({ type }) => type)).toEqual(['lagging']);
  });

  it('gives a silent connection up', () => {
    newest().accept();
    const first = newest();
    vi.advanceTimersByTime(80_000);
    expect(first.closed).toBe(true);
    expect(opened.length).toBeGreaterThan(1);
  });

  it('waits longer after each failure, and tries at once when told to', () => {
    for (let i = 0; i < 6; i += 1) {
      newest().lose();
      vi.advanceTimersByTime(16_000);
    }
    const count = opened.length;
    newest().lose();
    socket.retryNow();
    expect(opened).toHaveLength(count + 1);
  });
});

it('Subscriptions asks the server for every listener, which each needs a snapshot, and ends with the last', () => {
  const list = new Subscriptions();
  expect(list.add({ channel: 'news' })).toEqual({ op: 'subscribe', channel: 'news' });
  expect(list.add({ channel: 'news' })).toEqual({ op: 'subscribe', channel: 'news' });
  expect(list.remove({ channel: 'news' })).toBeNull();
  expect(list.all()).toHaveLength(1);
  expect(list.remove({ channel: 'news' })).toEqual({ op: 'unsubscribe', channel: 'news' });
  expect(list.remove({ channel: 'news' })).toBeNull();
  expect(list.all()).toEqual([]);
});

it.each([
  [0, 0, 200],
  [0, 1, 400],
  [3, 1, 3200],
  [50, 1, 15_000],
])('backoffMs(%i, %d) is %i', (attempt, random, ms) => expect(backoffMs(attempt, random)).toBe(ms));

it.each(['', '[]', '"x"', 'null', '{"type":"other"}', '{}', 7])('%j is no frame', (text) => {
  expect(parseFrame(text)).toBeNull();
});

it('uses wss beside https', () => {
  expect(socketAddress({ protocol: 'https:', host: 'a:1' })).toBe('wss://a:1/ws');
  expect(socketAddress({ protocol: 'http:', host: 'a' })).toBe('ws://a/ws');
});
