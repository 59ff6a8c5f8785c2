// SPDX-License-Identifier: Apache-2.0
import type { Candle } from '../bars/candle';
import { sessionName } from '../bars/session';
import { directionOf, formatPercent, formatPrice, formatVolume } from '../components/format';
import { useStore, type Store } from '../state/store';
import { dateLabel, nyDateOf, nyDayTime, nyTime, utcLabel } from '../time/new_york';
import type { Width } from '../time/width';

export interface LegendBar {
  candle: Candle;
  // The close before it; null at the beginning of what is loaded, and after a long gap.
  previousClose: number | null;
}

// The values of the bar under the crosshair, or of the newest bar.
export function Legend({ bar, width }: { bar: Store<LegendBar | null>; width: Width }) {
  const shown = useStore(bar);
  if (!shown) return <div className="legend" data-testid="legend" />;
  const { candle, previousClose } = shown;
  const change = previousClose ? (candle.close / previousClose - 1) * 100 : null;
  const seconds = width === '1s';
  return (
    <div className="legend" data-testid="legend" data-time={candle.time}>
      <span className="legend-when" title={`${utcLabel(candle.time, seconds)} to ${utcLabel(candle.end, seconds)}`}>
        {width === '1d' ? dateLabel(nyDateOf(candle.time)) : `${nyDayTime(candle.time, seconds)}–${nyTime(candle.end, seconds)}`}
      </span>
      <span className="legend-utc">{utcLabel(candle.time, seconds)}</span>
      <Value name="O" text={formatPrice(candle.open)} long="Open" />
      <Value name="H" text={formatPrice(candle.high)} long="High" />
      <Value name="L" text={formatPrice(candle.low)} long="Low" />
      <Value name="C" text={formatPrice(candle.close)} long="Close" />
      <Value
        name="Chg"
        text={change === null ? '–' : formatPercent(change)}
        long="Change from the bar before"
        tone={change === null ? 'flat' : directionOf(change)}
      />
      <Value name="Vol" text={formatVolume(candle.volume)} long="Volume" />
      {candle.vwap !== null && <Value name="VWAP" text={formatPrice(candle.vwap)} long="Volume-weighted average price" />}
      <span className="legend-note">
        {candle.forming ? 'Forming' : width === '1d' ? '' : sessionName(candle)}
      </span>
    </div>
  );
}

function Value({ name, text, long, tone }: { name: string; text: string; long: string; tone?: string }) {
  return (
    <span className="legend-value" title={long}>
      <span className="legend-name">{name}</span>
      <span className="num" data-tone={tone}>
        {text}
      </span>
    </span>
  );
}
