// SPDX-License-Identifier: Apache-2.0
import { useMemo } from 'react';
import { useBarFeed } from '../bars/use_bar_feed';
import type { Services } from '../services';
import type { Width } from '../time/width';
import { quoteOf, type Quote } from './quote';

const newest = (): null => null;

// The figures at the top are those of the newest bars, whatever stretch and width the chart shows.
export function useQuote(symbol: string, finest: Width, services: Services): Quote | null {
  const { candles } = useBarFeed(symbol, finest, services, newest).state;
  return useMemo(() => quoteOf(candles), [candles]);
}
