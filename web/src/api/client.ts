// SPDX-License-Identifier: Apache-2.0
// Asks the REST interface; every failure is an ApiError that says what to do.
import { isoOf } from '../time/new_york';
import type { Width } from '../time/width';
import type { BarsAnswer, Health, NewsAnswer, SignalRecord, SymbolInfo } from './types';

const kTimeoutMs = 20_000;

export class ApiError extends Error {
  constructor(
    message: string,
    // HTTP status; 0 when the server could not be reached.
    readonly status: number,
    readonly advice: string,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

export interface BarsQuery {
  symbol: string;
  width: Width;
  from?: number;
  to?: number;
  limit?: number;
}

export interface NewsQuery {
  symbol?: string;
  q?: string;
  from?: number;
  to?: number;
  limit?: number;
  cursor?: string;
}

export interface SignalsQuery {
  symbol: string;
  from?: number;
  to?: number;
  limit?: number;
}

type Params = Record<string, string | number | undefined>;

export interface ApiClient {
  symbols(signal?: AbortSignal): Promise<SymbolInfo[]>;
  bars(query: BarsQuery, signal?: AbortSignal): Promise<BarsAnswer>;
  news(query: NewsQuery, signal?: AbortSignal): Promise<NewsAnswer>;
  signals(query: SignalsQuery, signal?: AbortSignal): Promise<SignalRecord[]>;
  health(signal?: AbortSignal): Promise<Health>;
}

// `base` is the address without a slash at its end; "" is the page's own server.
export function createClient(base = '', fetcher: typeof fetch = (...args) => fetch(...args)): ApiClient {
  const get = async <T>(path: string, params: Params, signal?: AbortSignal): Promise<T> => {
    const response = await request(fetcher, `${base}/api/v1/${path}${queryString(params)}`, signal);
    if (!response.ok) throw await problemOf(response);
    return (await response.json()) as T;
  };
  return {
    symbols: async (signal) => (await get<{ symbols: SymbolInfo[] }>('symbols', {}, signal)).symbols,
    bars: (query, signal) => get('bars', withTimes(query), signal),
    news: (query, signal) => get('news', withTimes(query), signal),
    signals: async (query, signal) =>
      (await get<{ signals: SignalRecord[] }>('signals', withTimes(query), signal)).signals,
    health: (signal) => get('health', {}, signal),
  };
}

async function request(fetcher: typeof fetch, url: string, signal?: AbortSignal): Promise<Response> {
  const timeout = AbortSignal.timeout(kTimeoutMs);
  const both = signal ? anyOf([signal, timeout]) : timeout;
  try {
    return await fetcher(url, { headers: { accept: 'application/json' }, signal: both });
  } catch (error) {
    if (signal?.aborted) throw error;
    if (timeout.aborted) {
      throw new ApiError('The server took too long to answer.', 0, 'It may be busy with a large replay; try again.');
    }
    throw new ApiError('The server cannot be reached.', 0, 'Check that tapewire is still running, then try again.');
  }
}

function anyOf(signals: AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) controller.abort(signal.reason);
    signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
  }
  return controller.signal;
}

function withTimes(query: BarsQuery | NewsQuery | SignalsQuery): Params {
  const { from, to, ...rest } = query;
  return {
    ...rest,
    from: from === undefined ? undefined : isoOf(from),
    to: to === undefined ? undefined : isoOf(to),
  };
}

export function queryString(params: Params): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

// RFC 9457: `detail` says what is wrong here, `title` what kind of problem it is.
async function problemOf(response: Response): Promise<ApiError> {
  let detail = '';
  try {
    const body = (await response.json()) as { title?: string; detail?: string };
    detail = body.detail ?? body.title ?? '';
  } catch {
    detail = '';
  }
  return new ApiError(detail || `The server answered ${response.status}.`, response.status, adviceFor(response.status));
}

function adviceFor(status: number): string {
  if (status === 401 || status === 403) return 'Open the page with the address that tapewire printed at its start.';
  if (status === 404) return 'Choose another symbol or width.';
  if (status >= 500) return 'Look at the log of tapewire for the reason, then try again.';
  return 'Change the request and try again.';
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
