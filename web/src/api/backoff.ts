// SPDX-License-Identifier: Apache-2.0

const kFirstMs = 400;
const kLimitMs = 15_000;

// Milliseconds to wait before try number `attempt` (0 is the first): doubling, bounded, and spread by
// `random` in [0, 1) so that many pages do not come back at the same instant.
export function backoffMs(attempt: number, random: number): number {
  const full = Math.min(kLimitMs, kFirstMs * 2 ** Math.min(attempt, 16));
  return Math.round(full * (0.5 + random / 2));
}
