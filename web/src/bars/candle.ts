// SPDX-License-Identifier: Apache-2.0
import type { BarRecord, Session } from '../api/types';
import { parseInstant } from '../time/new_york';

// A bar as the page uses it.
//
// Time: Unix seconds UTC; `time` inclusive, `end` exclusive.
export interface Candle {
  time: number;
  end: number;
  // How far its values reach: `end`, or less while it is still forming.
  asOf: number;
  session: Session | null;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  vwap: number | null;
  transactions: number | null;
  revision: number;
  // Put together by the page from finer bars; the server's own bar has not come yet.
  forming: boolean;
}

// The longest closure of the exchanges was six days.
const kFollowsSeconds = 7 * 86_400;

// The bars are near enough in time for a change from the one to the other to mean something.
export function follows(candle: Candle, before: Candle): boolean {
  return candle.time - before.end <= kFollowsSeconds;
}

export function candleOf(bar: BarRecord): Candle {
  return {
    time: parseInstant(bar.start_time),
    end: parseInstant(bar.end_time),
    asOf: parseInstant(bar.end_time),
    session: bar.session,
    open: bar.open,
    high: bar.high,
    low: bar.low,
    close: bar.close,
    volume: bar.volume,
    vwap: bar.vwap,
    transactions: bar.transactions,
    revision: bar.revision,
    forming: false,
  };
}
