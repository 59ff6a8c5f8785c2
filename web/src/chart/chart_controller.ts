// SPDX-License-Identifier: Apache-2.0
// Owns the chart library's objects: hands candles over with as little redrawing as possible, keeps the view
// and reports what the reader does.
import {
  CandlestickSeries,
  HistogramSeries,
  createChartEx,
  type IChartApiBase,
  type ISeriesApi,
  type LogicalRange,
  type MouseEventParams,
  type Time,
  type UTCTimestamp,
} from 'lightweight-charts';
import type { Candle } from '../bars/candle';
import { continuesFrom, lowerBound, placeOf } from '../bars/candle_list';
import type { Width } from '../time/width';
import { chartOptions, decimalsFor, seriesOptions } from './chart_options';
import type { ChartColours } from './colours';
import type { Cluster } from './clusters';
import { DecorPrimitive, type DecorHit } from './decor/decor_primitive';
import type { DecorInput, DecorLayout, PlacedMark } from './decor/layout';
import { newestEdge, placesFor, type Aim } from './placement';
import { newYorkScale } from './time_axis';

export interface View {
  from: number;
  to: number;
  // Start of the last bar on the screen, or of the stretch that the view was placed for.
  lastTime: number;
  // What the view was placed for; null once the reader has moved it.
  aim: Aim | null;
  // The newest candle that is loaded is on the screen.
  showsLast: boolean;
  // Bars left before the edges of what is loaded.
  barsBefore: number;
  barsAfter: number;
}

export interface ChartEvents {
  onHover: (candle: Candle | null, mark: PlacedMark | null) => void;
  onHit: (hit: DecorHit | null) => void;
  onView: (view: View) => void;
  onLayout: (layout: DecorLayout) => void;
}

const kMostUpdates = 40;

export class ChartController {
  private readonly chart: IChartApiBase<Time>;
  private readonly prices: ISeriesApi<'Candlestick', Time>;
  private readonly volumes: ISeriesApi<'Histogram', Time>;
  private readonly decor: DecorPrimitive;
  private candles: readonly Candle[] = [];
  private width: Width = '1m';
  private stretch = -1;
  private decimals = 2;
  // Holds until the reader moves the chart: the view is placed anew whenever bars come, or the chart changes its size.
  private aim: Aim | null = 'newest';
  // The bars that are aimed at are not here yet.
  private awaiting = true;
  private followed = false;
  private input: DecorInput = {
    width: '1m',
    candles: [],
    clusters: [],
    dayCounts: new Map(),
    showNews: true,
    selected: new Set(),
    highlight: null,
  };
  private highlightTime: { from: number; to: number } | null = null;

  constructor(
    private readonly element: HTMLElement,
    private colours: ChartColours,
    private readonly events: ChartEvents,
  ) {
    this.chart = createChartEx(element, newYorkScale(), chartOptions(colours, '1m'));
    this.prices = this.chart.addSeries(CandlestickSeries, seriesOptions(colours, this.decimals));
    this.volumes = this.chart.addSeries(HistogramSeries, { priceFormat: { type: 'volume' }, priceLineVisible: false, lastValueVisible: false }, 1);
    this.prices.priceScale().applyOptions({ scaleMargins: { top: 0.2, bottom: 0.06 } });
    this.volumes.priceScale().applyOptions({ scaleMargins: { top: 0.12, bottom: 0 } });
    this.chart.panes()[0]?.setStretchFactor(4);
    this.chart.panes()[1]?.setStretchFactor(1);
    this.decor = new DecorPrimitive(this.input, colours, events.onLayout);
    this.prices.attachPrimitive(this.decor);
    this.chart.subscribeCrosshairMove((event) => this.handleHover(event));
    this.chart.subscribeClick((event) => this.handleClick(event));
    this.chart.timeScale().subscribeVisibleLogicalRangeChange((range) => this.handleRange(range));
    this.chart.timeScale().subscribeSizeChange(() => this.keepAim());
    element.addEventListener('wheel', this.letGo, { passive: true });
    element.addEventListener('dblclick', this.letGo);
    element.addEventListener('pointermove', this.letGo);
  }

  destroy(): void {
    this.element.removeEventListener('wheel', this.letGo);
    this.element.removeEventListener('dblclick', this.letGo);
    this.element.removeEventListener('pointermove', this.letGo);
    this.chart.remove();
  }

  setColours(colours: ChartColours): void {
    this.colours = colours;
    this.chart.applyOptions(chartOptions(colours, this.width));
    this.prices.applyOptions(seriesOptions(colours, this.decimals));
    this.volumes.setData(this.candles.map((candle) => this.volumeOf(candle)));
    this.decor.setColours(colours);
  }

  // `atEdge`: the candles reach the newest bar of all, so that a view of the last one follows what comes.
  setCandles(candles: readonly Candle[], width: Width, stretch: number, atEdge: boolean): void {
    const fresh = stretch !== this.stretch || width !== this.width;
    const followed = this.followed;
    this.followed = atEdge;
    if (!fresh && candles === this.candles) return;
    if (width !== this.width) this.chart.applyOptions(chartOptions(this.colours, width));
    this.chart.timeScale().applyOptions({ shiftVisibleRangeOnNewBar: followed });
    const previous = fresh ? [] : this.candles;
    this.candles = candles;
    this.width = width;
    this.stretch = stretch;
    this.updateDecimals();
    this.draw(previous);
    this.input = { ...this.input, width, candles, highlight: this.highlightPlaces() };
    this.decor.setInput(this.input);
    if (fresh && candles.length > 0) {
      this.awaiting = false;
      this.aim ??= 'newest';
    }
    this.keepAim();
  }

  setNews(clusters: readonly Cluster[], dayCounts: DecorInput['dayCounts'], showNews: boolean): void {
    this.input = { ...this.input, clusters, dayCounts, showNews };
    this.decor.setInput(this.input);
  }

  setSelection(selected: ReadonlySet<string>, highlight: { from: number; to: number } | null): void {
    this.highlightTime = highlight;
    this.input = { ...this.input, selected, highlight: this.highlightPlaces() };
    this.decor.setInput(this.input);
  }

  // Moves the view now when the candles reach that far, else as soon as another stretch has come.
  place(aim: Aim, covered: boolean): void {
    this.aim = aim;
    this.awaiting = !covered;
    this.keepAim();
  }

  // How many bars are on the screen.
  breadth(): number {
    const range = this.chart.timeScale().getVisibleLogicalRange();
    return range ? range.to - range.from + 1 : 0;
  }

  // Moves the view by a share of what it shows; negative is back in time.
  scrollBy(share: number): void {
    this.changeRange((from, to) => [from + (to - from) * share, to + (to - from) * share]);
  }

  // Shows `factor` times as much; the right end stays.
  zoomBy(factor: number): void {
    this.changeRange((from, to) => [to - Math.max(10, (to - from) * factor), to]);
  }

  private changeRange(change: (from: number, to: number) => [number, number]): void {
    const range = this.chart.timeScale().getVisibleLogicalRange();
    if (!range) return;
    this.aim = null;
    const [from, to] = change(range.from, range.to);
    this.chart.timeScale().setVisibleLogicalRange({ from, to: Math.min(to, newestEdge(this.candles.length)) });
  }

  private keepAim(): void {
    if (!this.aim || this.awaiting || this.candles.length === 0) return;
    const scale = this.chart.timeScale();
    scale.setVisibleLogicalRange(placesFor(this.aim, this.candles, scale.width() || this.element.clientWidth));
  }

  // The reader drags, scrolls or zooms: from now on the view is theirs.
  private readonly letGo = (event: Event): void => {
    if (event.type === 'pointermove' && (event as PointerEvent).buttons === 0) return;
    if (!this.awaiting) this.aim = null;
  };

  private draw(previous: readonly Candle[]): void {
    const from = continuesFrom(previous, this.candles);
    if (from !== null && this.candles.length - from <= kMostUpdates) {
      for (const candle of this.candles.slice(from)) {
        this.prices.update(priceOf(candle));
        this.volumes.update(this.volumeOf(candle));
      }
    } else {
      this.prices.setData(this.candles.map(priceOf));
      this.volumes.setData(this.candles.map((candle) => this.volumeOf(candle)));
    }
  }

  private highlightPlaces(): DecorInput['highlight'] {
    if (!this.highlightTime || this.candles.length === 0) return null;
    const { from, to } = this.highlightTime;
    const first = placeOf(this.candles, from).index;
    if (first < 0) return { from: this.candles.length, to: this.candles.length };
    const last = to > from ? lowerBound(this.candles, to) - 1 : first;
    return last < first ? { from: first, to: first } : { from: first, to: last };
  }

  private handleHover(event: MouseEventParams<Time>): void {
    const index = event.logical === undefined ? -1 : Math.round(event.logical);
    const hit = event.point && event.paneIndex === 0 ? this.decor.hit(event.point.x, event.point.y) : null;
    this.events.onHover(event.point ? (this.candles[index] ?? null) : null, hit?.kind === 'mark' ? hit.mark : null);
  }

  private handleClick(event: MouseEventParams<Time>): void {
    if (!event.point || (event.paneIndex ?? 0) !== 0) return;
    this.events.onHit(this.decor.hit(event.point.x, event.point.y));
  }

  private handleRange(range: LogicalRange | null): void {
    const count = this.candles.length;
    if (!range || count === 0) return;
    const first = this.candles[Math.min(Math.max(Math.ceil(range.from), 0), count - 1)] as Candle;
    const last = this.candles[Math.min(Math.max(Math.floor(range.to), 0), count - 1)] as Candle;
    this.events.onView({
      from: first.time,
      to: last.end,
      lastTime: this.lastOfAim(last).time,
      aim: this.aim,
      showsLast: range.to >= count - 1.5,
      barsBefore: range.from,
      barsAfter: count - 1 - range.to,
    });
  }

  // A wide bar has others on the screen beside those that were asked for.
  private lastOfAim(last: Candle): Candle {
    if (!this.aim || this.aim === 'newest' || 'at' in this.aim || last.time < this.aim.to) return last;
    return this.candles[lowerBound(this.candles, this.aim.to) - 1] ?? last;
  }

  private updateDecimals(): void {
    const decimals = decimalsFor(this.candles);
    if (decimals === this.decimals) return;
    this.decimals = decimals;
    this.prices.applyOptions(seriesOptions(this.colours, decimals));
  }

  private volumeOf(candle: Candle) {
    const up = candle.close >= candle.open;
    return {
      time: candle.time as UTCTimestamp,
      value: candle.volume,
      color: up ? this.colours.upVolume : this.colours.downVolume,
    };
  }
}

function priceOf(candle: Candle) {
  return {
    time: candle.time as UTCTimestamp,
    open: candle.open,
    high: candle.high,
    low: candle.low,
    close: candle.close,
  };
}
