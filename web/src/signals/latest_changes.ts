// SPDX-License-Identifier: Apache-2.0
import type { SignalRecord } from '../api/types';
import { parseInstant } from '../time/new_york';

export const kChangeKinds = ['change_5m', 'change_10m', 'change_15m'] as const;
export type ChangeKind = (typeof kChangeKinds)[number];

export type LatestChanges = Partial<Record<ChangeKind, { value: number; time: number }>>;

// Takes the newest value of each kind; values of other symbols and kinds are passed over.
export function takeSignals(known: LatestChanges, symbol: string, records: readonly SignalRecord[]): LatestChanges {
  let next = known;
  for (const record of records) {
    if (record.symbol !== symbol || !isChange(record.kind) || typeof record.value !== 'number') continue;
    const time = parseInstant(record.time);
    const before = next[record.kind];
    if (before && (before.time > time || (before.time === time && before.value === record.value))) continue;
    next = { ...next, [record.kind]: { value: record.value, time } };
  }
  return next;
}

function isChange(kind: string): kind is ChangeKind {
  return (kChangeKinds as readonly string[]).includes(kind);
}
