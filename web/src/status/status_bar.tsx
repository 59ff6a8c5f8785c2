// SPDX-License-Identifier: Apache-2.0
import type { ConnectionState } from '../api/socket';
import type { Health } from '../api/types';
import { formatCount, plural } from '../components/format';
import { dateLabel, nyDateOf, nyTime, parseInstant, utcLabel } from '../time/new_york';

interface StatusBarProps {
  health: Health | null;
  connection: ConnectionState;
  onReconnect: () => void;
}

const kModes = {
  simulated: {
    name: 'Simulated market',
    text: 'Companies, prices and articles are invented.',
  },
  replay: { name: 'Replay', text: 'Recorded prices and news, played back.' },
  live: { name: 'Live', text: '' },
} as const;

// One line that says whether what is shown is real, what time it is there, and whether it still moves.
export function StatusBar({ health, connection, onReconnect }: StatusBarProps) {
  const mode = health ? (health.simulated ? 'simulated' : health.mode) : null;
  const problems = health?.problems ?? [];
  return (
    <div className="status" data-mode={mode ?? 'unknown'} data-testid="status">
      <span className="status-mode" role="status">
        {mode && (
          <>
            <strong data-testid="mode">{kModes[mode].name}</strong>
            <span className="status-text">{kModes[mode].text}</span>
          </>
        )}
      </span>
      <span className="spring" />
      {problems.length > 0 && (
        <span className="status-problem" title={problems.join('\n')} role="alert">
          {problems.length === 1 ? problems[0] : `${problems.length} problems`}
        </span>
      )}
      <Clock health={health} />
      <Lag health={health} />
      <Connection state={connection} onReconnect={onReconnect} />
    </div>
  );
}

function Clock({ health }: { health: Health | null }) {
  if (!health) return <span className="status-clock num" />;
  const now = parseInstant(health.now);
  const watermark = health.watermark ? parseInstant(health.watermark) : null;
  const complete = watermark === null ? 'No prices are in yet.' : `Every price up to ${nyTime(watermark, true)} New York (${utcLabel(watermark, true)}) is in.`;
  return (
    <span className="status-clock num" title={`${utcLabel(now, true)}. ${complete}`} data-testid="clock">
      <span className="status-date">{dateLabel(nyDateOf(now))}</span>
      <span className="status-time">{nyTime(now, true)}</span>
      <span className="status-zone">New York</span>
      <span className="status-zone-short" title="New York">
        NY
      </span>
      <span className="status-watermark">{watermark === null ? '' : `prices up to ${nyTime(watermark)}`}</span>
    </span>
  );
}

function Lag({ health }: { health: Health | null }) {
  const waiting = (health?.lag?.pipeline ?? 0) + (health?.lag?.store ?? 0);
  if (waiting === 0) return null;
  return (
    <span
      className="status-lag num"
      title={`Received, but not shown yet: ${plural(waiting, 'price or article', 'prices and articles')}`}
    >
      {formatCount(waiting)} behind
    </span>
  );
}

function Connection({ state, onReconnect }: { state: ConnectionState; onReconnect: () => void }) {
  const names = { open: 'Connected', connecting: 'Connecting', waiting: 'No connection' };
  return (
    <span className="connection" data-state={state} role="status" aria-live="polite" data-testid="connection">
      <span className="connection-dot" aria-hidden="true" />
      {state === 'waiting' ? (
        <button type="button" className="link-button" onClick={onReconnect} title="Try again now">
          {names[state]}
        </button>
      ) : (
        <span className="connection-name">{names[state]}</span>
      )}
    </span>
  );
}
