// SPDX-License-Identifier: Apache-2.0
import { Segmented } from '../components/segmented';
import { dateLabel, nyDateOf } from '../time/new_york';
import { kScopes, type NewsScope } from './scope';

interface NewsHeadProps {
  symbol: string;
  scope: NewsScope;
  onScope: (scope: NewsScope) => void;
  filter: string;
  onFilter: (text: string) => void;
  anchor: number | null;
  onShowNewest: () => void;
  count: string;
}

export function NewsHead(props: NewsHeadProps) {
  const names = {
    related: { text: `${props.symbol} + market`, title: `Articles about ${props.symbol}, and those about no company in particular` },
    symbol: { text: props.symbol, title: `Articles about ${props.symbol} alone` },
    all: { text: 'All', title: 'Every article' },
  };
  return (
    <div className="news-head">
      <h2>News</h2>
      <span className="news-count num" aria-live="polite" data-testid="news-count">
        {props.count}
      </span>
      {props.anchor !== null && (
        <button type="button" className="chip" onClick={props.onShowNewest} title="Show the newest articles again">
          up to {dateLabel(nyDateOf(props.anchor - 1))} <span aria-hidden="true">×</span>
        </button>
      )}
      <span className="spring" />
      <Segmented
        label="Which articles"
        value={props.scope}
        onChange={props.onScope}
        options={kScopes.map((scope) => ({ value: scope, ...names[scope] }))}
      />
      <input
        type="search"
        className="field news-filter"
        placeholder="Filter articles"
        aria-label="Filter articles by words"
        value={props.filter}
        onChange={(event) => props.onFilter(event.target.value)}
        data-testid="news-filter"
      />
    </div>
  );
}
