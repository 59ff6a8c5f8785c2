// SPDX-License-Identifier: Apache-2.0
// Counts who listens to which channel and says which requests the server must be sent.
//
// Threads: none; pure bookkeeping without a socket, so that it can be tested alone.
import { channelKey } from './frames';
import type { Channel } from './types';

export type Request = { op: 'subscribe' | 'unsubscribe' } & Channel;

interface Entry {
  channel: Channel;
  listeners: number;
}

export class Subscriptions {
  private readonly entries = new Map<string, Entry>();

  // Returns the request to send. A further listener of a channel needs one too: the server answers it with a snapshot.
  add(channel: Channel): Request {
    const key = channelKey(channel);
    const entry = this.entries.get(key);
    if (entry) entry.listeners += 1;
    else this.entries.set(key, { channel, listeners: 1 });
    return { op: 'subscribe', ...channel };
  }

  // Returns the request to send: only the last listener of a channel needs one.
  remove(channel: Channel): Request | null {
    const key = channelKey(channel);
    const entry = this.entries.get(key);
    if (!entry) return null;
    entry.listeners -= 1;
    if (entry.listeners > 0) return null;
    this.entries.delete(key);
    return { op: 'unsubscribe', ...channel };
  }

  // What a new connection must be told.
  all(): Request[] {
    return [...this.entries.values()].map((entry) => ({ op: 'subscribe', ...entry.channel }));
  }
}
