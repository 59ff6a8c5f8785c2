// SPDX-License-Identifier: Apache-2.0
// States the shapes that the HTTP and WebSocket interfaces of tapewire send.
import type { Width } from '../time/width';

// What the server takes for a symbol; anything else cannot be asked for.
export function isSymbol(text: string): boolean {
  return /^[!-~]{1,31}$/.test(text);
}

export interface SymbolInfo {
  symbol: string;
  // Null while there is no bar of the symbol.
  first_time: string | null;
  last_time: string | null;
  last_close: number | null;
  widths: string[];
}

export type Session = 'regular' | 'pre_market' | 'after_hours';

export interface BarRecord {
  start_time: string;
  end_time: string;
  session: Session | null;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  vwap: number | null;
  transactions: number | null;
  ohlc_average: number;
  origin: 'vendor' | 'built' | 'rolled_up';
  revision: number;
}

export interface BarsAnswer {
  symbol: string;
  width: Width;
  bars: BarRecord[];
  truncated: boolean;
}

export interface NewsRecord {
  id: string;
  source: string;
  search?: string | null;
  published_at: string;
  published_on: string;
  first_published_at?: string | null;
  precision: 'second' | 'minute' | 'day';
  received_at?: string | null;
  title: string;
  summary?: string | null;
  url?: string | null;
  section?: string | null;
  symbols?: string[] | null;
  revision?: number;
}

export interface NewsAnswer {
  news: NewsRecord[];
  next_cursor: string | null;
}

export interface SignalRecord {
  symbol: string;
  time: string;
  kind: string;
  value: number;
}

export interface TopicAccount {
  read: number;
  appended: number;
  duplicate: number;
  dead_lettered: number;
  too_late: number;
  dropped: number;
}

export interface Health {
  status: 'ok' | 'degraded';
  version: string;
  mode: 'live' | 'replay' | 'simulated';
  simulated: boolean;
  started_at: string;
  now: string;
  watermark: string | null;
  account?: Record<string, TopicAccount>;
  sources?: { name: string; state: string; detail?: string }[];
  lag?: { pipeline: number; store: number };
  problems?: string[];
}

export type Channel =
  | { channel: 'bars'; symbol: string; width: Width }
  | { channel: 'news' }
  | { channel: 'signals'; symbol: string }
  | { channel: 'status' };

export type ServerFrame =
  | { type: 'snapshot'; channel: 'bars'; symbol: string; width: Width; bars: BarRecord[] }
  | { type: 'bar'; symbol: string; width: Width; bar: BarRecord }
  | { type: 'snapshot'; channel: 'news'; news: NewsRecord[] }
  | { type: 'news'; item: NewsRecord }
  | { type: 'snapshot'; channel: 'signals'; symbol: string; signals: SignalRecord[] }
  | { type: 'signal'; signal: SignalRecord }
  | ({ type: 'status' } & Health)
  | { type: 'lagging'; dropped: number }
  | { type: 'error'; detail: string; op?: string }
  | { type: 'pong' };
