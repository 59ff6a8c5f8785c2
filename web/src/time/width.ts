// SPDX-License-Identifier: Apache-2.0
// Names the widths of bars and finds the window an instant falls into.
import { nyDateOf, nyOffset } from './new_york';

export const kWidths = ['1s', '1m', '5m', '15m', '1h', '1d'] as const;
export type Width = (typeof kWidths)[number];

const kSeconds: Record<Width, number> = { '1s': 1, '1m': 60, '5m': 300, '15m': 900, '1h': 3600, '1d': 86_400 };
const kSessionOpen = 9.5 * 3600;

export function isWidth(text: string): text is Width {
  return (kWidths as readonly string[]).includes(text);
}

export function widthSeconds(width: Width): number {
  return kSeconds[width];
}

// The start of the window that holds `utcSeconds`. Windows up to an hour align to the UTC clock;
// a day's window starts when its regular session opens, 09:30 in New York.
export function windowStart(width: Width, utcSeconds: number): number {
  if (width === '1d') return sessionOpen(utcSeconds);
  const span = kSeconds[width];
  return Math.floor(utcSeconds / span) * span;
}

function sessionOpen(utcSeconds: number): number {
  const localOpen = Date.parse(`${nyDateOf(utcSeconds)}T00:00:00Z`) / 1000 + kSessionOpen;
  return localOpen - nyOffset(localOpen + 5 * 3600);
}
