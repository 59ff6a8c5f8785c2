// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { candle, kOpen } from '../test/samples';
import { isExtended, sessionName } from './session';

it.each([
  ['regular', 0, 60, false, 'Regular'],
  ['pre_market', -3600, 60, true, 'Pre-market'],
  ['pre_market', -3600, 3600, true, 'Pre-market'],
  ['pre_market', -1800, 3600, false, 'Pre-market and regular'],
  ['after_hours', 6.5 * 3600, 3600, true, 'After hours'],
  [null, 0, 60, false, ''],
] as const)('a bar of session %s from %d s after the opening, %d s long', (session, start, length, extended, name) => {
  const bar = candle(kOpen + start, { end: kOpen + start + length, session });
  expect(isExtended(bar)).toBe(extended);
  expect(sessionName(bar)).toBe(name);
});
