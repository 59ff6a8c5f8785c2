// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from 'react';
import { isAbort, type ApiClient } from '../api/client';
import { liveliest } from './liveliest';
import type { SymbolsState } from './use_symbols';

// The symbol to begin with, chosen once; null until it is known, and while none is `wanted`.
export function useFirstSymbol({ symbols }: SymbolsState, wanted: boolean, client: ApiClient): string | null {
  const [first, setFirst] = useState<string | null>(null);
  const missing = wanted && first === null && symbols.length > 0;
  useEffect(() => {
    if (!missing) return;
    const abort = new AbortController();
    liveliest(symbols, client, abort.signal).then(setFirst, (error: unknown) => {
      if (!isAbort(error)) setFirst(symbols[0]?.symbol ?? null);
    });
    return () => abort.abort();
    // A list that grows meanwhile does not begin the choice anew.
  }, [missing, client]);
  return wanted ? first : null;
}
