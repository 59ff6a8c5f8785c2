// SPDX-License-Identifier: Apache-2.0
import {
  ColorType,
  CrosshairMode,
  LineStyle,
  PriceLineSource,
  type CandlestickSeriesPartialOptions,
  type DeepPartial,
  type TimeChartOptions,
} from 'lightweight-charts';
import type { Candle } from '../bars/candle';
import type { Width } from '../time/width';
import type { ChartColours } from './colours';
import { crosshairLabel, tickLabel } from './time_axis';

// The look of the chart. `attributionLogo` stays on: the library's licence asks for the mark and its link.
export function chartOptions(colours: ChartColours, width: Width): DeepPartial<TimeChartOptions> {
  const crosshairLine = { color: colours.crosshair, style: LineStyle.Dotted, width: 1 as const, labelBackgroundColor: colours.ink };
  return {
    autoSize: true,
    layout: {
      background: { type: ColorType.Solid, color: colours.surface },
      textColor: colours.muted,
      fontFamily: colours.font,
      fontSize: 11,
      attributionLogo: true,
      panes: { separatorColor: colours.hairline, separatorHoverColor: colours.grid, enableResize: true },
    },
    grid: { vertLines: { visible: false }, horzLines: { color: colours.grid } },
    rightPriceScale: { borderVisible: false, minimumWidth: 64 },
    timeScale: {
      borderColor: colours.hairline,
      timeVisible: width !== '1d',
      secondsVisible: width === '1s',
      rightOffset: 4,
      minBarSpacing: 0.6,
      tickMarkFormatter: tickLabel,
    },
    crosshair: { mode: CrosshairMode.Normal, vertLine: crosshairLine, horzLine: crosshairLine },
    localization: { timeFormatter: crosshairLabel(width) },
    // A vertical swipe on a phone scrolls the page, not the chart.
    handleScroll: { vertTouchDrag: false },
  };
}

export function seriesOptions(colours: ChartColours, decimals: number): CandlestickSeriesPartialOptions {
  return {
    upColor: colours.up,
    downColor: colours.down,
    wickUpColor: colours.up,
    wickDownColor: colours.down,
    borderVisible: false,
    priceLineStyle: LineStyle.Dotted,
    // The line belongs to the value that the axis shows, also away from the newest bar.
    priceLineSource: PriceLineSource.LastVisible,
    priceFormat: { type: 'price', precision: decimals, minMove: 10 ** -decimals },
  };
}

// Decimals that the price axis needs: cents, and more for shares that cost less than a dollar.
export function decimalsFor(candles: readonly Candle[]): number {
  const last = candles[candles.length - 1];
  if (!last || last.close >= 1) return 2;
  return last.close >= 0.01 ? 4 : 6;
}
