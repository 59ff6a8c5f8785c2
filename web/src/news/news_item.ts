// SPDX-License-Identifier: Apache-2.0
import type { NewsRecord } from '../api/types';
import { nyDateOf, parseInstant, type NyDate } from '../time/new_york';
import { safeUrl } from './safe_url';

// An article as the page uses it.
//
// Time: `time` is Unix seconds UTC. With precision `day` only `day` is known, and `time`, New York's
//       midnight, serves for ordering alone: it must never be shown or drawn as an instant.
export interface NewsItem {
  key: string;
  time: number;
  day: NyDate;
  precision: 'second' | 'minute' | 'day';
  title: string;
  summary: string;
  url: string | null;
  source: string;
  section: string;
  symbols: readonly string[];
  revision: number;
}

export function newsItemOf(record: NewsRecord): NewsItem {
  const time = parseInstant(record.published_at);
  return {
    key: `${record.source}/${record.id}`,
    time,
    day: record.published_on || nyDateOf(time),
    precision: record.precision,
    title: oneLine(record.title),
    summary: oneLine(record.summary ?? ''),
    url: safeUrl(record.url),
    source: record.source,
    section: record.section ?? '',
    symbols: record.symbols ?? [],
    revision: record.revision ?? 0,
  };
}

// Wires send line breaks and runs of blanks inside headlines.
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
