// SPDX-License-Identifier: Apache-2.0
import { useEffect, useImperativeHandle, useMemo, useRef, useState, type Ref } from 'react';
import type { BarFeedState } from '../bars/bar_feed';
import { follows } from '../bars/candle';
import { lowerBound } from '../bars/candle_list';
import { dayOnlyCounts } from '../news/day_groups';
import type { NewsItem } from '../news/news_item';
import { Store } from '../state/store';
import type { NyDate } from '../time/new_york';
import type { Width } from '../time/width';
import { ChartController, type View } from './chart_controller';
import { clusterByBar } from './clusters';
import { readColours } from './colours';
import type { DecorLayout, PlacedMark } from './decor/layout';
import { Legend, type LegendBar } from './legend';
import { MarkTip } from './mark_tip';
import type { Aim } from './placement';

export interface ChartHandle {
  // `covered`: the bars aimed at are among those that are loaded.
  place: (aim: Aim, covered: boolean) => void;
  breadth: () => number;
}

export interface PriceChartProps {
  ref: Ref<ChartHandle>;
  symbol: string;
  width: Width;
  feed: BarFeedState;
  news: readonly NewsItem[];
  showNews: boolean;
  selected: ReadonlySet<string>;
  highlight: { from: number; to: number } | null;
  // Changes when the colours of the style sheet do.
  theme: string;
  // Where the first view is placed.
  firstAim: Aim;
  onSelect: (keys: string[]) => void;
  onDay: (day: NyDate) => void;
  onView: (view: View) => void;
  onNewest: () => void;
}

export function PriceChart(props: PriceChartProps) {
  const { symbol, width, feed, news, showNews, selected, highlight, theme } = props;
  const box = useRef<HTMLDivElement>(null);
  const controller = useRef<ChartController | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const legend = useMemo(() => new Store<LegendBar | null>(null), []);
  const tip = useMemo(() => new Store<PlacedMark | null>(null), []);
  const hovering = useRef(false);
  // The last bar on the screen, which the legend shows while nothing is pointed at.
  const lastSeen = useRef<number | null>(null);
  const [layout, setLayout] = useState({ marks: '[]', days: '[]' });

  useEffect(() => {
    const element = box.current as HTMLDivElement;
    const publish = debounced((next: DecorLayout) => setLayout(describe(next)), 120);
    const chart = new ChartController(element, readColours(), {
      onHover: (candle, mark) => {
        hovering.current = candle !== null;
        const { candles } = latest.current.feed;
        legend.set(legendBar(candles, candle?.time ?? lastSeen.current));
        tip.set(mark);
      },
      onHit: (hit) => {
        // A finger does not hover.
        tip.set(hit?.kind === 'mark' ? hit.mark : null);
        if (hit?.kind === 'day') latest.current.onDay(hit.day);
        else latest.current.onSelect(hit ? hit.mark.clusters.flatMap(({ items }) => items.map(({ key }) => key)) : []);
      },
      onView: (view) => {
        const newest = view.showsLast && (view.aim === null || view.aim === 'newest');
        lastSeen.current = newest ? null : view.lastTime;
        if (!hovering.current) legend.set(legendBar(latest.current.feed.candles, lastSeen.current));
        latest.current.onView(view);
      },
      onLayout: publish.call,
    });
    controller.current = chart;
    chart.place(latest.current.firstAim, false);
    return () => {
      publish.cancel();
      chart.destroy();
      controller.current = null;
    };
  }, [legend, tip]);

  useImperativeHandle(props.ref, () => ({
    place: (aim, covered) => controller.current?.place(aim, covered),
    breadth: () => controller.current?.breadth() ?? 0,
  }));

  useEffect(() => controller.current?.setColours(readColours()), [theme]);

  useEffect(() => {
    controller.current?.setCandles(feed.candles, width, feed.stretch, feed.atEdge);
    if (!hovering.current) legend.set(legendBar(feed.candles, lastSeen.current));
  }, [feed.candles, feed.stretch, feed.atEdge, width, legend]);

  const clusters = useMemo(() => clusterByBar(news, feed.candles), [news, feed.candles]);
  const dayCounts = useMemo(() => dayOnlyCounts(news), [news]);
  useEffect(() => {
    controller.current?.setNews(clusters, dayCounts, showNews);
    if (!showNews) tip.set(null);
  }, [clusters, dayCounts, showNews, tip]);

  useEffect(() => controller.current?.setSelection(selected, highlight), [selected, highlight]);

  const last = feed.candles[feed.candles.length - 1];
  return (
    <section
      className="chart"
      aria-label={`Price chart of ${symbol}, bars of ${width}`}
      data-testid="chart"
      data-symbol={symbol}
      data-width={width}
      data-bars={feed.candles.length}
      data-last-time={last?.time ?? ''}
      data-last-close={last?.close ?? ''}
      data-forming={last?.forming ?? false}
      data-at-edge={feed.atEdge}
      data-marks={layout.marks}
      data-days={layout.days}
    >
      <Legend bar={legend} width={width} />
      <div
        className="chart-canvas"
        ref={box}
        data-testid="chart-canvas"
        tabIndex={0}
        role="application"
        aria-label="Chart: arrow keys scroll, plus and minus zoom, End shows the newest bar"
        onKeyDown={(event) => {
          if (event.key === 'End') props.onNewest();
          else if (!controller.current || !steer(controller.current, event.key)) return;
          event.preventDefault();
        }}
      >
        <MarkTip mark={tip} room={() => box.current?.clientWidth ?? 0} />
      </div>
    </section>
  );
}

function steer(chart: ChartController, key: string): boolean {
  switch (key) {
    case 'ArrowLeft':
      chart.scrollBy(-0.15);
      return true;
    case 'ArrowRight':
      chart.scrollBy(0.15);
      return true;
    case '+':
    case '=':
      chart.zoomBy(0.75);
      return true;
    case '-':
      chart.zoomBy(1.33);
      return true;
    default:
      return false;
  }
}

// The bar at `time`; null stands for the newest.
function legendBar(candles: BarFeedState['candles'], time: number | null): LegendBar | null {
  const index = time === null ? candles.length - 1 : lowerBound(candles, time);
  const candle = candles[index];
  const before = candles[index - 1];
  return candle ? { candle, previousClose: before && follows(candle, before) ? before.close : null } : null;
}

// What is drawn, in words: a canvas cannot be read from outside.
function describe(layout: DecorLayout): { marks: string; days: string } {
  return {
    marks: JSON.stringify(
      layout.marks.map(({ x, y, count, selected, clusters }) => ({
        x: Math.round(x),
        y: Math.round(y),
        count,
        selected,
        keys: clusters.flatMap(({ items }) => items.map(({ key }) => key)),
      })),
    ),
    days: JSON.stringify(layout.days.map(({ day, headlines, left, right }) => ({ day, headlines, left, right }))),
  };
}

function debounced<T>(work: (value: T) => void, ms: number): { call: (value: T) => void; cancel: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    call: (value) => {
      clearTimeout(timer);
      timer = setTimeout(() => work(value), ms);
    },
    cancel: () => clearTimeout(timer),
  };
}
