// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from 'react';
import type { ApiClient } from '../api/client';
import type { LiveSocket } from '../api/socket';
import { directionOf, formatPercent } from '../components/format';
import { nyDayTime, utcLabel } from '../time/new_york';
import { kChangeKinds, takeSignals, type ChangeKind, type LatestChanges } from './latest_changes';

const kNames: Record<ChangeKind, string> = { change_5m: '5 min', change_10m: '10 min', change_15m: '15 min' };
// A move of one percent fills the bar.
const kFullPercent = 1;
const kFirst = 30;

interface ChangePanelProps {
  symbol: string;
  // The newest bar's end: before the live channel speaks, signals around it are asked for.
  since: number | null;
  client: ApiClient;
  socket: LiveSocket;
}

// How far the price has moved over the last five, ten and fifteen minutes.
export function ChangePanel({ symbol, since, client, socket }: ChangePanelProps) {
  const [latest, setLatest] = useState<LatestChanges>({});
  useEffect(() => {
    setLatest({});
    return socket.subscribe({ channel: 'signals', symbol }, (frame) => {
      if (frame.type === 'snapshot' && frame.channel === 'signals') {
        setLatest((known) => takeSignals(known, symbol, frame.signals));
      } else if (frame.type === 'signal') {
        setLatest((known) => takeSignals(known, symbol, [frame.signal]));
      }
    });
  }, [socket, symbol]);

  const empty = Object.keys(latest).length === 0;
  useEffect(() => {
    if (!empty || since === null) return;
    const abort = new AbortController();
    client
      .signals({ symbol, from: since - 1800, limit: kFirst * 10 }, abort.signal)
      .then((records) => setLatest((known) => takeSignals(known, symbol, records)))
      .catch(() => undefined);
    return () => abort.abort();
    // Asked once for a symbol, as soon as its newest bar is known; the live channel does the rest.
  }, [client, symbol, since === null]);

  return (
    <section className="changes" aria-label="Change over the last minutes" data-testid="changes">
      {kChangeKinds.map((kind) => (
        <Change key={kind} name={kNames[kind]} change={latest[kind]} />
      ))}
    </section>
  );
}

function Change({ name, change }: { name: string; change: { value: number; time: number } | undefined }) {
  const share = change ? Math.min(1, Math.abs(change.value) / kFullPercent) : 0;
  const tone = change ? directionOf(change.value) : 'flat';
  return (
    <div className="change" title={change ? `At ${nyDayTime(change.time)} New York · ${utcLabel(change.time)}` : 'No value yet'}>
      <span className="change-name">{name}</span>
      <span className="change-value num" data-tone={tone}>
        {change ? formatPercent(change.value) : '–'}
      </span>
      <span className="change-bar" aria-hidden="true">
        <span className="change-fill" data-tone={tone} style={{ width: `${share * 50}%` }} />
      </span>
    </div>
  );
}
