// SPDX-License-Identifier: Apache-2.0
// Says which part of the trading day a bar is of. A bar belongs to the session its start falls in, but one of an hour
// may begin before the market opens and hold its first half hour.
import { windowStart } from '../time/width';
import type { Candle } from './candle';

type Timed = Pick<Candle, 'time' | 'end' | 'session'>;

// No part of the bar lies in the regular session.
export function isExtended(candle: Timed): boolean {
  return candle.session === 'after_hours' || (candle.session === 'pre_market' && !holdsOpening(candle));
}

export function sessionName(candle: Timed): string {
  switch (candle.session) {
    case 'regular':
      return 'Regular';
    case 'pre_market':
      return holdsOpening(candle) ? 'Pre-market and regular' : 'Pre-market';
    case 'after_hours':
      return 'After hours';
    default:
      return '';
  }
}

function holdsOpening(candle: Timed): boolean {
  const open = windowStart('1d', candle.time);
  return candle.time < open && candle.end > open;
}
