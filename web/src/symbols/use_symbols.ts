// SPDX-License-Identifier: Apache-2.0
import { useCallback, useEffect, useState } from 'react';
import { isAbort, type ApiClient } from '../api/client';
import type { SymbolInfo } from '../api/types';

const kRefreshMs = 30_000;
// A short list costs little, and a market that has just opened brings symbols and widths every moment.
const kShortList = 200;
const kShortRefreshMs = 5000;
const kEmptyRefreshMs = 2000;

export interface SymbolsState {
  symbols: readonly SymbolInfo[];
  phase: 'loading' | 'ready' | 'failed';
  error: unknown;
  refresh: () => void;
}

// Loads the symbols and asks again now and then: a running replay brings new ones.
export function useSymbols(client: ApiClient): SymbolsState {
  const [state, setState] = useState<Omit<SymbolsState, 'refresh'>>({ symbols: [], phase: 'loading', error: null });
  const [round, setRound] = useState(0);

  useEffect(() => {
    const abort = new AbortController();
    const load = async (): Promise<void> => {
      let pause = kEmptyRefreshMs;
      try {
        const symbols = await client.symbols(abort.signal);
        symbols.sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
        setState((old) => ({ symbols: same(old.symbols, symbols) ? old.symbols : symbols, phase: 'ready', error: null }));
        if (symbols.length > 0) pause = symbols.length > kShortList ? kRefreshMs : kShortRefreshMs;
      } catch (error) {
        if (isAbort(error)) return;
        // A list once loaded stays usable while the server is away.
        setState((old) => (old.symbols.length > 0 ? old : { symbols: [], phase: 'failed', error }));
      }
      if (!abort.signal.aborted) timer = setTimeout(() => void load(), pause);
    };
    let timer: ReturnType<typeof setTimeout> | undefined;
    void load();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [client, round]);

  const refresh = useCallback(() => setRound((n) => n + 1), []);
  return { ...state, refresh };
}

function same(a: readonly SymbolInfo[], b: readonly SymbolInfo[]): boolean {
  return (
    a.length === b.length &&
    a.every((info, i) => {
      const other = b[i] as SymbolInfo;
      return info.symbol === other.symbol && info.last_time === other.last_time && info.widths.length === other.widths.length;
    })
  );
}
