// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState, useSyncExternalStore } from 'react';
import type { ApiClient } from '../api/client';
import type { LiveSocket } from '../api/socket';
import type { Width } from '../time/width';
import { BarFeed, type BarFeedState, type Span } from './bar_feed';

const kNothing: BarFeedState = {
  phase: 'loading',
  error: null,
  candles: [],
  atEdge: false,
  atBeginning: false,
  loadingOlder: false,
  stretch: 0,
};
const never = (): (() => void) => () => undefined;
const nothing = (): BarFeedState => kNothing;

// `span`: asked when a feed begins; null for the newest bars.
export function useBarFeed(
  symbol: string | null,
  width: Width,
  services: { client: ApiClient; socket: LiveSocket },
  span: () => Span | null,
): { feed: BarFeed | null; state: BarFeedState } {
  const [feed, setFeed] = useState<BarFeed | null>(null);
  useEffect(() => {
    if (symbol === null) return;
    const next = new BarFeed(symbol, width, services.client, services.socket);
    next.start(span());
    setFeed(next);
    return () => next.stop();
    // `span` is read once, when the feed begins.
  }, [symbol, width, services]);
  // The feed of the symbol before is still held until the effect has run: it must not show under the new name.
  const current = feed && feed.symbol === symbol && feed.width === width ? feed : null;
  const state = useSyncExternalStore(current?.watch ?? never, current?.snapshot ?? nothing);
  return { feed: current, state };
}
