// SPDX-License-Identifier: Apache-2.0
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import type { SymbolInfo } from '../api/types';
import { formatCount, formatPriceFixed } from '../components/format';
import { nyDay, nyDayTime, parseInstant, utcLabel } from '../time/new_york';
import { searchSymbols } from './search';

interface SymbolPickerProps {
  symbols: readonly SymbolInfo[];
  value: string | null;
  onChange: (symbol: string) => void;
  onOpen: () => void;
}

const kRow = 36;
const kVisibleRows = 9;

// A button that opens a searchable list. Only the rows in sight are in the document, so that a list of ten
// thousand symbols opens at once.
export function SymbolPicker({ symbols, value, onChange, onOpen }: SymbolPickerProps) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent): void => {
      const typing = event.target instanceof HTMLInputElement && event.target.type !== 'radio';
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      setOpen(true);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);

  useEffect(() => {
    if (!open) return;
    onOpen();
    const onDown = (event: PointerEvent): void => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', onDown);
    return () => document.removeEventListener('pointerdown', onDown);
  }, [open, onOpen]);

  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    <div className="picker" ref={box}>
      <button
        ref={button}
        type="button"
        className="picker-button"
        aria-haspopup="listbox"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        title="Choose a symbol (press /)"
        data-testid="symbol-button"
      >
        <span className="picker-symbol">{value ?? 'Symbol'}</span>
        <svg width="10" height="6" viewBox="0 0 10 6" aria-hidden="true">
          <path d="M1 1l4 4 4-4" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />
        </svg>
      </button>
      {open && (
        <SymbolList
          symbols={symbols}
          value={value}
          onClose={close}
          onPick={(symbol) => {
            onChange(symbol);
            close();
          }}
        />
      )}
    </div>
  );
}

interface SymbolListProps {
  symbols: readonly SymbolInfo[];
  value: string | null;
  onPick: (symbol: string) => void;
  onClose: () => void;
}

function SymbolList({ symbols, value, onPick, onClose }: SymbolListProps) {
  const [text, setText] = useState('');
  const found = useMemo(() => searchSymbols(symbols, text), [symbols, text]);
  const [active, setActive] = useState(() => Math.max(0, symbols.findIndex((info) => info.symbol === value)));
  const [top, setTop] = useState(0);
  const list = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const y = active * kRow;
    if (y < element.scrollTop) element.scrollTop = y;
    else if (y + kRow > element.scrollTop + element.clientHeight) element.scrollTop = y + kRow - element.clientHeight;
  }, [active, found]);

  const onKey = (event: KeyboardEvent): void => {
    const last = found.length - 1;
    const steps: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + kVisibleRows,
      PageUp: active - kVisibleRows,
    };
    const step = steps[event.key];
    if (step !== undefined) setActive(Math.max(0, Math.min(last, step)));
    else if (event.key === 'Enter' && found[active]) onPick(found[active].symbol);
    else if (event.key === 'Escape' || event.key === 'Tab') onClose();
    else return;
    event.preventDefault();
  };

  const first = Math.max(0, Math.floor(top / kRow) - 4);
  const rows = found.slice(first, first + kVisibleRows + 8);
  return (
    <div className="picker-panel">
      <input
        autoFocus
        type="text"
        className="field picker-search"
        role="combobox"
        aria-expanded="true"
        aria-controls="symbol-list"
        aria-activedescendant={found[active] ? `symbol-${active}` : undefined}
        aria-label="Search symbols"
        placeholder={`Search ${formatCount(symbols.length)} symbols`}
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKey}
        data-testid="symbol-search"
      />
      <div
        id="symbol-list"
        role="listbox"
        aria-label="Symbols"
        className="picker-list"
        style={{ height: Math.max(1, Math.min(kVisibleRows, found.length)) * kRow }}
        ref={list}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      >
        <div className="picker-space" style={{ height: found.length * kRow }}>
          {rows.map((info, i) => (
            <Row
              key={info.symbol}
              info={info}
              place={first + i}
              count={found.length}
              active={first + i === active}
              chosen={info.symbol === value}
              onPick={onPick}
            />
          ))}
        </div>
        {found.length === 0 && <p className="picker-none">No symbol holds “{text}”.</p>}
      </div>
    </div>
  );
}

function Row(props: {
  info: SymbolInfo;
  place: number;
  count: number;
  active: boolean;
  chosen: boolean;
  onPick: (symbol: string) => void;
}) {
  const { info, place } = props;
  const last = info.last_time === null ? null : parseInstant(info.last_time);
  return (
    <div
      id={`symbol-${place}`}
      role="option"
      aria-selected={props.chosen}
      aria-posinset={place + 1}
      aria-setsize={props.count}
      className="picker-row"
      data-active={props.active || undefined}
      data-symbol={info.symbol}
      style={{ top: place * kRow, height: kRow }}
      onPointerDown={(event) => event.preventDefault()}
      onClick={() => props.onPick(info.symbol)}
    >
      <span className="picker-name">{info.symbol}</span>
      <span className="num picker-price">{info.last_close === null ? '–' : formatPriceFixed(info.last_close)}</span>
      <span className="num picker-time" title={last === null ? 'No bars yet' : `${nyDayTime(last)} New York · ${utcLabel(last)}`}>
        {last === null ? '' : nyDay(last)}
      </span>
    </div>
  );
}
