// SPDX-License-Identifier: Apache-2.0
// Keeps one WebSocket to the server open, subscribes again after every reconnect and hands frames on.
import { backoffMs } from './backoff';
import { channelKey, frameKey, parseFrame } from './frames';
import { Subscriptions, type Request } from './subscriptions';
import type { Channel, ServerFrame } from './types';

export type ConnectionState = 'connecting' | 'open' | 'waiting';
export type FrameListener = (frame: ServerFrame) => void;

const kPingMs = 20_000;
// A connection that answers no ping within this time is dead even when TCP has not noticed.
const kSilenceMs = 45_000;

export interface SocketLike {
  readyState: number;
  send(text: string): void;
  close(): void;
  onopen: ((event: Event) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  onerror: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
}

export class LiveSocket {
  private socket: SocketLike | null = null;
  private state: ConnectionState = 'waiting';
  private attempt = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private pinger: ReturnType<typeof setInterval> | undefined;
  private lastHeard = 0;
  private stopped = true;
  private readonly subscriptions = new Subscriptions();
  private readonly channels = new Map<string, Set<FrameListener>>();
  private readonly watchers = new Set<() => void>();

  constructor(
    private readonly url: string,
    private readonly open: (url: string) => SocketLike = (address) => new WebSocket(address),
  ) {}

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.retry);
    this.drop();
    this.setState('waiting');
  }

  // Tries at once instead of at the end of the pause, for instance when the page becomes visible.
  retryNow(): void {
    if (this.stopped || this.state !== 'waiting') return;
    this.attempt = 0;
    this.connect();
  }

  connection(): ConnectionState {
    return this.state;
  }

  onConnection(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  // Hands every frame of `channel`, and `lagging` frames, to `listener` until the returned function is called.
  subscribe(channel: Channel, listener: FrameListener): () => void {
    const key = channelKey(channel);
    const listeners = this.channels.get(key) ?? new Set();
    listeners.add(listener);
    this.channels.set(key, listeners);
    this.send(this.subscriptions.add(channel));
    return () => {
      if (!listeners.delete(listener)) return;
      if (listeners.size === 0 && this.channels.get(key) === listeners) this.channels.delete(key);
      this.send(this.subscriptions.remove(channel));
    };
  }

  private connect(): void {
    clearTimeout(this.retry);
    this.setState('connecting');
    let socket: SocketLike;
    try {
      socket = this.open(this.url);
    } catch {
      this.scheduleRetry();
      return;
    }
    this.socket = socket;
    socket.onopen = () => this.handleOpen();
    socket.onmessage = (event) => this.handleMessage(event.data);
    socket.onclose = () => this.handleClose(socket);
    socket.onerror = () => undefined;
  }

  private handleOpen(): void {
    this.attempt = 0;
    this.lastHeard = Date.now();
    this.setState('open');
    for (const request of this.subscriptions.all()) this.send(request);
    clearInterval(this.pinger);
    this.pinger = setInterval(() => this.beat(), kPingMs);
  }

  private beat(): void {
    if (Date.now() - this.lastHeard > kSilenceMs) {
      const socket = this.socket;
      this.drop();
      if (socket) this.scheduleRetry();
      return;
    }
    this.socket?.send('{"op":"ping"}');
  }

  private handleMessage(data: unknown): void {
    this.lastHeard = Date.now();
    const frame = parseFrame(data);
    if (!frame) return;
    if (frame.type === 'lagging') {
      for (const listeners of this.channels.values()) this.deliver(listeners, frame);
      return;
    }
    const key = frameKey(frame);
    const listeners = key === null ? undefined : this.channels.get(key);
    if (listeners) this.deliver(listeners, frame);
  }

  private deliver(listeners: Set<FrameListener>, frame: ServerFrame): void {
    for (const listener of [...listeners]) listener(frame);
  }

  private handleClose(socket: SocketLike): void {
    if (socket !== this.socket) return;
    this.drop();
    if (!this.stopped) this.scheduleRetry();
  }

  private drop(): void {
    clearInterval(this.pinger);
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    socket.close();
  }

  private scheduleRetry(): void {
    this.setState('waiting');
    this.retry = setTimeout(() => this.connect(), backoffMs(this.attempt, Math.random()));
    this.attempt += 1;
  }

  private send(request: Request | null): void {
    if (request && this.socket && this.state === 'open') this.socket.send(JSON.stringify(request));
  }

  private setState(state: ConnectionState): void {
    if (state === this.state) return;
    this.state = state;
    for (const watcher of [...this.watchers]) watcher();
  }
}

export function socketAddress(location: { protocol: string; host: string }): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`;
}
