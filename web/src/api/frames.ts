// SPDX-License-Identifier: Apache-2.0
// Reads the text frames of /ws and names the channels.
import type { Channel, ServerFrame } from './types';

const kTypes = new Set(['snapshot', 'bar', 'news', 'signal', 'status', 'lagging', 'error', 'pong']);

// Returns null for what is no frame of ours; a page must not fall over one odd message.
export function parseFrame(text: unknown): ServerFrame | null {
  if (typeof text !== 'string') return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const type = (value as { type?: unknown }).type;
  return typeof type === 'string' && kTypes.has(type) ? (value as ServerFrame) : null;
}

// One name per channel, the same for two equal subscriptions.
export function channelKey(channel: Channel): string {
  switch (channel.channel) {
    case 'bars':
      return `bars ${channel.symbol} ${channel.width}`;
    case 'signals':
      return `signals ${channel.symbol}`;
    default:
      return channel.channel;
  }
}

// The channel a frame belongs to; null for frames that concern the whole connection.
export function frameKey(frame: ServerFrame): string | null {
  switch (frame.type) {
    case 'snapshot':
      if (frame.channel === 'bars') return channelKey(frame);
      return frame.channel === 'signals' ? channelKey(frame) : 'news';
    case 'bar':
      return channelKey({ channel: 'bars', symbol: frame.symbol, width: frame.width });
    case 'news':
      return 'news';
    case 'signal':
      return channelKey({ channel: 'signals', symbol: frame.signal.symbol });
    case 'status':
      return 'status';
    default:
      return null;
  }
}
