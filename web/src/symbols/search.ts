// SPDX-License-Identifier: Apache-2.0
import type { SymbolInfo } from '../api/types';

// Orders what matches: the symbol itself, then symbols that begin with the text, then those that hold it.
// `symbols`: in alphabetical order, which is kept within each group.
export function searchSymbols(symbols: readonly SymbolInfo[], text: string): readonly SymbolInfo[] {
  const wanted = text.trim().toUpperCase();
  if (wanted === '') return symbols;
  const exact: SymbolInfo[] = [];
  const begins: SymbolInfo[] = [];
  const holds: SymbolInfo[] = [];
  for (const info of symbols) {
    const name = info.symbol.toUpperCase();
    if (name === wanted) exact.push(info);
    else if (name.startsWith(wanted)) begins.push(info);
    else if (name.includes(wanted)) holds.push(info);
  }
  return [...exact, ...begins, ...holds];
}
