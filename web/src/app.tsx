// SPDX-License-Identifier: Apache-2.0
// The frame of the page: what is chosen, the bar at the top, the state of the server, and the view beneath.
import { useCallback, useEffect, useRef, useState } from 'react';
import { isSymbol } from './api/types';
import { DateJump } from './components/date_jump';
import { Notice } from './components/notice';
import { Segmented } from './components/segmented';
import { Switch } from './components/switch';
import { ThemeSwitch } from './components/theme_switch';
import { Dashboard, type DashboardHandle } from './dashboard';
import type { Services } from './services';
import { rememberTheme, rememberedTheme, useTheme } from './state/use_theme';
import { useUrlState } from './state/use_url_state';
import { StatusBar } from './status/status_bar';
import { useConnection, useHealth } from './status/use_health';
import { SymbolPicker } from './symbols/symbol_picker';
import { useFirstSymbol } from './symbols/use_first_symbol';
import { useSymbols, type SymbolsState } from './symbols/use_symbols';
import { dateOfInstant, type NyDate } from './time/new_york';
import { kWidths } from './time/width';

export function App({ services }: { services: Services }) {
  const dashboard = useRef<DashboardHandle>(null);
  const [url, change] = useUrlState((state) => dashboard.current?.goTo(state.range));
  const [remembered, setRemembered] = useState(rememberedTheme);
  const theme = useTheme(url.theme === 'auto' ? remembered : url.theme);
  const health = useHealth(services.client, services.socket);
  const connection = useConnection(services.socket);
  const list = useSymbols(services.client);
  const [shownDate, setShownDate] = useState<NyDate | ''>('');

  const first = useFirstSymbol(list, url.symbol === null, services.client);
  const symbol = url.symbol ?? first;
  const info = list.symbols.find((one) => one.symbol === symbol);

  useEffect(() => {
    if (url.symbol === null && first !== null) change({ symbol: first }, 'replace');
  }, [url.symbol, first, change]);

  const onRange = useCallback((range: typeof url.range) => change({ range }, 'replace'), [change]);

  return (
    <div className="app" data-simulated={health?.simulated || undefined}>
      <header className="topbar">
        <a className="brand" href="/" aria-label="tapewire, start page">
          <img src="/favicon.svg" alt="" width="22" height="22" />
          <span>tapewire</span>
        </a>
        <SymbolPicker
          symbols={list.symbols}
          value={symbol}
          onChange={(chosen) => change({ symbol: chosen })}
          onOpen={list.refresh}
        />
        <Segmented
          label="Width of a bar"
          value={url.width}
          onChange={(width) => change({ width })}
          options={kWidths.map((width) => ({
            value: width,
            text: width,
            disabled: info !== undefined && width !== url.width && !info.widths.includes(width),
          }))}
        />
        <DateJump
          shown={shownDate}
          first={dateOfInstant(info?.first_time)}
          last={dateOfInstant(info?.last_time)}
          onJump={(date) => dashboard.current?.jumpTo(date)}
        />
        <button
          type="button"
          className="button latest"
          disabled={url.range === null}
          onClick={() => dashboard.current?.goTo(null)}
          title="Back to the newest bar"
          data-testid="latest"
        >
          Latest
        </button>
        <span className="spring" />
        <Switch
          label="News"
          checked={url.news}
          onChange={(news) => change({ news })}
          title="Show or hide the news on the chart"
        />
        <ThemeSwitch
          shown={theme}
          onChange={(chosen) => {
            rememberTheme(chosen);
            setRemembered(chosen);
            if (url.theme !== 'auto') change({ theme: chosen }, 'replace');
          }}
        />
      </header>
      <StatusBar health={health} connection={connection} onReconnect={() => services.socket.retryNow()} />
      {symbol === null ? (
        <Nothing list={list} />
      ) : !isSymbol(symbol) ? (
        <main className="nothing-yet">
          <Notice title={`“${shortened(symbol)}” is no symbol.`} advice="Choose a symbol from the list at the top." />
        </main>
      ) : (
        <Dashboard
          ref={dashboard}
          services={services}
          symbol={symbol}
          url={url}
          theme={theme}
          known={info !== undefined || list.phase !== 'ready'}
          finest={kWidths.find((width) => width !== '1s' && info?.widths.includes(width)) ?? '1m'}
          onRange={onRange}
          onScope={(scope) => change({ scope })}
          onShownDate={setShownDate}
        />
      )}
      <footer className="foot">
        <span>Times are New York’s; point at one for UTC.</span>
        <span className="spring" />
        <span>
          Charts by{' '}
          <a href="https://www.tradingview.com/" target="_blank" rel="noopener noreferrer">
            TradingView Lightweight Charts™
          </a>
          , © TradingView, Inc.
        </span>
        <a href="/licences.txt">Licences</a>
        {health && <span className="num">tapewire {health.version}</span>}
      </footer>
    </div>
  );
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

function Nothing({ list }: { list: SymbolsState }) {
  return (
    <main className="nothing-yet">
      {(list.phase === 'loading' || list.symbols.length > 0) && <Notice title="Loading…" />}
      {list.phase === 'failed' && (
        <Notice title="The symbols could not be loaded." error={list.error} onRetry={list.refresh} />
      )}
      {list.phase === 'ready' && list.symbols.length === 0 && (
        <Notice
          title="No prices yet."
          advice="Start the simulated market with “./dev demo”, or play recorded files with “tapewire replay --bars DIR --news DIR --serve”. This page fills as soon as the first bars come."
        />
      )}
    </main>
  );
}
