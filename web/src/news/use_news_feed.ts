// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState, useSyncExternalStore } from 'react';
import type { ApiClient } from '../api/client';
import type { LiveSocket } from '../api/socket';
import { NewsFeed, type NewsFeedState } from './news_feed';
import type { NewsScope } from './scope';

const kNothing: NewsFeedState = {
  phase: 'loading',
  error: null,
  items: [],
  completeFrom: Infinity,
  anchor: null,
  loadingOlder: false,
};
const never = (): (() => void) => () => undefined;
const nothing = (): NewsFeedState => kNothing;

// `anchor`: asked when a feed begins; null for the newest articles.
export function useNewsFeed(
  symbol: string | null,
  scope: NewsScope,
  services: { client: ApiClient; socket: LiveSocket },
  anchor: () => number | null,
): { feed: NewsFeed | null; state: NewsFeedState } {
  const [held, setHeld] = useState<{ feed: NewsFeed; symbol: string; scope: NewsScope } | null>(null);
  useEffect(() => {
    if (symbol === null) return;
    const feed = new NewsFeed(symbol, scope, services.client, services.socket);
    feed.start(anchor());
    setHeld({ feed, symbol, scope });
    return () => feed.stop();
    // `anchor` is read once, when the feed begins.
  }, [symbol, scope, services]);
  const current = held && held.symbol === symbol && held.scope === scope ? held.feed : null;
  const state = useSyncExternalStore(current?.watch ?? never, current?.snapshot ?? nothing);
  return { feed: current, state };
}
