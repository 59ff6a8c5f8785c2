// SPDX-License-Identifier: Apache-2.0
// One symbol: its price, its chart with the news on it, and the articles beneath. Chart and table move each other.
import { useCallback, useEffect, useImperativeHandle, useRef, useState, type Ref } from 'react';
import { useBarFeed } from './bars/use_bar_feed';
import type { BarFeedState, Span } from './bars/bar_feed';
import type { View } from './chart/chart_controller';
import type { Aim } from './chart/placement';
import { PriceChart, type ChartHandle } from './chart/price_chart';
import { Notice } from './components/notice';
import type { NewsItem } from './news/news_item';
import { NewsTable } from './news/news_table';
import type { NewsScope } from './news/scope';
import { useNewsFeed } from './news/use_news_feed';
import type { Services } from './services';
import { ChangePanel } from './signals/change_panel';
import type { UrlState } from './state/url_state';
import { QuoteHead } from './symbols/quote_head';
import { useQuote } from './symbols/use_quote';
import { endOfNyDate, nyDateOf, startOfNyDate, type NyDate } from './time/new_york';
import { widthSeconds, type Width } from './time/width';

export interface DashboardHandle {
  // Shows a New York date, or what comes nearest to it.
  jumpTo: (date: NyDate) => void;
  // Shows a stretch of time; null shows the newest bars and follows them.
  goTo: (range: Span | null) => void;
}

interface DashboardProps {
  ref: Ref<DashboardHandle>;
  services: Services;
  symbol: string;
  url: UrlState;
  theme: string;
  // The server has listed the symbol, or its list is not here yet.
  known: boolean;
  // The finest bars there are from a minute on, for the price at the top.
  finest: Width;
  onRange: (range: Span | null) => void;
  onScope: (scope: NewsScope) => void;
  onShownDate: (date: NyDate) => void;
}

interface Selection {
  keys: ReadonlySet<string>;
  highlight: Span | null;
}

const kNoSelection: Selection = { keys: new Set(), highlight: null };
const kViewMs = 250;
// So many bars from an end of what is loaded, more are asked for.
const kReach = 60;

export function Dashboard(props: DashboardProps) {
  const { services, symbol, url, onRange, onShownDate } = props;
  const { width, scope } = url;
  const range = useRef(url.range);
  range.current = url.range;
  const chart = useRef<ChartHandle>(null);
  const chartBox = useRef<HTMLDivElement>(null);

  const bars = useBarFeed(symbol, width, services, () => range.current);
  const news = useNewsFeed(symbol, scope, services, () => anchorOf(range.current));
  const barFeed = useRef(bars.feed);
  barFeed.current = bars.feed;
  const newsFeed = useRef(news.feed);
  newsFeed.current = news.feed;

  const [selection, setSelection] = useState(kNoSelection);
  const [revealToken, setRevealToken] = useState(0);
  const [openDay, setOpenDay] = useState<{ day: NyDate; token: number } | null>(null);

  // Another symbol or width keeps the stretch of time that is on the screen.
  useEffect(() => setSelection(kNoSelection), [symbol]);
  useEffect(() => chart.current?.place(range.current ?? 'newest', false), [symbol, width]);

  const show = useCallback((aim: Aim, span: Span) => {
    const feed = barFeed.current;
    const covered = feed?.covers(span) ?? false;
    chart.current?.place(aim, covered);
    if (feed && !covered) void feed.loadAround(span);
  }, []);

  const goTo = useCallback(
    (wanted: Span | null) => {
      onRange(wanted);
      void newsFeed.current?.showUpTo(anchorOf(wanted));
      if (wanted) {
        onShownDate(nyDateOf(wanted.to - 1));
        return show(wanted, wanted);
      }
      const feed = barFeed.current;
      const covered = feed?.snapshot().atEdge ?? false;
      chart.current?.place('newest', covered);
      if (feed && !covered) void feed.loadLatest();
    },
    [onRange, onShownDate, show],
  );

  useImperativeHandle(props.ref, () => ({
    goTo,
    jumpTo: (date) => {
      setSelection(kNoSelection);
      goTo({ from: startOfNyDate(date), to: endOfNyDate(date) });
    },
  }));

  const handleView = useViewHandler({ barFeed, newsFeed, onRange, onShownDate });

  const pick = useCallback(
    (item: NewsItem) => {
      const byDay = item.precision === 'day';
      const span = byDay ? { from: startOfNyDate(item.day), to: endOfNyDate(item.day) } : { from: item.time, to: item.time };
      setSelection({ keys: new Set([item.key]), highlight: span });
      if (byDay) show(span, span);
      else show({ at: item.time, bars: barsAround(chart.current?.breadth() ?? 0) }, { from: item.time, to: item.time + widthSeconds(width) });
      chartBox.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
    },
    [show, width],
  );

  const items = news.state.items;
  const select = useCallback(
    (keys: string[]) => {
      if (keys.length === 0) return setSelection(kNoSelection);
      const wanted = new Set(keys);
      const times = items.filter((item) => wanted.has(item.key)).map((item) => item.time);
      const [from, to] = [Math.min(...times), Math.max(...times)];
      setSelection({ keys: wanted, highlight: { from, to: from } });
      const feed = newsFeed.current;
      const anchor = feed?.snapshot().anchor ?? null;
      if (anchor !== null && to >= anchor) void feed?.showUpTo(endOfNyDate(nyDateOf(to)));
      void feed?.cover(from, to);
      setRevealToken((token) => token + 1);
    },
    [items],
  );
  const showDay = useCallback((day: NyDate) => {
    void newsFeed.current?.cover(startOfNyDate(day), startOfNyDate(day));
    setOpenDay((old) => ({ day, token: (old?.token ?? 0) + 1 }));
  }, []);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') setSelection(kNoSelection);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);

  const quote = useQuote(symbol, props.finest, services);
  useTitle(symbol, quote?.price ?? null);

  return (
    <main className="dashboard">
      <div className="head">
        <QuoteHead symbol={symbol} quote={quote} />
        <ChangePanel symbol={symbol} since={quote?.time ?? null} {...services} />
      </div>
      <div className="chart-box" ref={chartBox}>
        <PriceChart
          ref={chart}
          symbol={symbol}
          width={width}
          feed={bars.state}
          news={items}
          showNews={url.news}
          selected={selection.keys}
          highlight={selection.highlight}
          theme={props.theme}
          firstAim={url.range ?? 'newest'}
          onSelect={select}
          onDay={showDay}
          onView={handleView}
          onNewest={() => goTo(null)}
        />
        <ChartNotice state={bars.state} symbol={symbol} width={width} known={props.known} onRetry={() => goTo(range.current)} />
      </div>
      <NewsTable
        symbol={symbol}
        feed={news.state}
        scope={scope}
        onScope={props.onScope}
        selected={selection.keys}
        revealToken={revealToken}
        openDay={openDay}
        onPick={pick}
        onLoadOlder={() => void newsFeed.current?.loadOlder()}
        onShowNewest={() => void newsFeed.current?.showUpTo(null)}
        onRetry={() => void newsFeed.current?.showUpTo(news.state.anchor)}
      />
    </main>
  );
}

// A stretch that was asked for stays in the address as it is: what fits on the screen depends on the width of a bar.
function isStretch(aim: Aim | null): aim is Span {
  return aim !== null && aim !== 'newest' && 'from' in aim;
}

// An article is shown with as many bars around it as were on the screen, within reason.
function barsAround(breadth: number): number {
  return breadth === 0 ? 120 : Math.min(Math.max(Math.round(breadth), 41), 401);
}

// The table begins with the last article of the day on the screen.
function anchorOf(range: Span | null): number | null {
  return range ? endOfNyDate(nyDateOf(range.to - 1)) : null;
}

interface ViewTargets {
  barFeed: { current: ReturnType<typeof useBarFeed>['feed'] };
  newsFeed: { current: ReturnType<typeof useNewsFeed>['feed'] };
  onRange: (range: Span | null) => void;
  onShownDate: (date: NyDate) => void;
}

// What follows from scrolling: older or newer bars, the articles of the stretch, the address and the date.
function useViewHandler({ barFeed, newsFeed, onRange, onShownDate }: ViewTargets): (view: View) => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(
    (view: View) => {
      const feed = barFeed.current;
      if (!feed) return;
      if (view.barsBefore < kReach) void feed.loadOlder();
      if (view.barsAfter < kReach) void feed.loadNewer();
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        const following = view.showsLast && feed.snapshot().atEdge;
        if (!isStretch(view.aim)) onRange(following ? null : { from: view.from, to: view.to });
        onShownDate(nyDateOf(isStretch(view.aim) ? view.aim.to - 1 : view.to - 1));
        const articles = newsFeed.current;
        if (view.aim !== null) void articles?.cover(view.from, view.to - 1);
        else if (!following) void articles?.reach(view.from, view.to - 1);
        else if (articles?.snapshot().anchor !== null) void articles?.showUpTo(null);
      }, kViewMs);
    },
    [barFeed, newsFeed, onRange, onShownDate],
  );
}

function ChartNotice(props: { state: BarFeedState; symbol: string; width: string; known: boolean; onRetry: () => void }) {
  const { state, symbol, width } = props;
  if (state.candles.length > 0) return null;
  return (
    <div className="chart-notice">
      {state.phase === 'loading' && <Notice title={`Loading ${symbol}…`} />}
      {state.phase === 'failed' && (
        <Notice title={`The bars of ${symbol} could not be loaded.`} error={state.error} onRetry={props.onRetry} />
      )}
      {state.phase === 'ready' && (
        <Notice
          title={props.known ? `There are no ${width} bars of ${symbol} here.` : `${symbol} is not known here.`}
          advice={props.known ? 'Choose another width, or go to another date.' : 'Choose a symbol from the list at the top.'}
        />
      )}
    </div>
  );
}

function useTitle(symbol: string, price: number | null): void {
  useEffect(() => {
    document.title = price === null ? `${symbol} · tapewire` : `${symbol} ${price.toFixed(2)} · tapewire`;
  }, [symbol, price]);
}
