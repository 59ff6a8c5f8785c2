// SPDX-License-Identifier: Apache-2.0
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { Notice } from '../components/notice';
import { formatCount, plural } from '../components/format';
import { dateLabel, longDateLabel, type NyDate } from '../time/new_york';
import { groupByDay, type DayGroup } from './day_groups';
import type { NewsFeedState } from './news_feed';
import type { NewsItem } from './news_item';
import { NewsRow } from './news_row';
import { NewsHead } from './news_head';
import { matchesText, type NewsScope } from './scope';

export interface NewsTableProps {
  symbol: string;
  feed: NewsFeedState;
  scope: NewsScope;
  onScope: (scope: NewsScope) => void;
  selected: ReadonlySet<string>;
  // Grows when the selection came from the chart and the table has to scroll to it.
  revealToken: number;
  // The day whose headlines are to be opened and shown.
  openDay: { day: NyDate; token: number } | null;
  onPick: (item: NewsItem) => void;
  onLoadOlder: () => void;
  onShowNewest: () => void;
  onRetry: () => void;
}

const kFirstRows = 120;
const kMoreRows = 200;
const kDayPreview = 2;

export function NewsTable(props: NewsTableProps) {
  const { feed, selected, symbol } = props;
  const [filter, setFilter] = useState('');
  const words = useDeferredValue(filter);
  const [rows, setRows] = useState(kFirstRows);
  const [opened, setOpened] = useState<ReadonlySet<NyDate>>(new Set());
  const body = useRef<HTMLDivElement>(null);

  const known = useMemo(() => upTo(feed.items, feed.anchor, feed.completeFrom), [feed]);
  const matching = useMemo(() => known.filter((item) => matchesText(item, words)), [known, words]);
  const needed = useMemo(() => 1 + matching.reduce((at, item, i) => (selected.has(item.key) ? i : at), -1), [matching, selected]);
  const shown = Math.max(rows, needed);
  const groups = useMemo(() => groupByDay(matching.slice(0, shown)), [matching, shown]);

  useEffect(() => {
    if (props.revealToken === 0) return;
    // A filter that hides what was just pointed at would look like a fault.
    const hidden = known.some((item) => selected.has(item.key) && !matchesText(item, words));
    if (hidden) setFilter('');
    revealSelected(body.current);
  }, [props.revealToken]);

  useEffect(() => {
    const { openDay } = props;
    if (!openDay) return;
    setOpened((days) => new Set(days).add(openDay.day));
    requestAnimationFrame(() => reveal(body.current, body.current?.querySelector(`[data-day-only="${openDay.day}"]`)));
  }, [props.openDay]);

  const loadOlder = (): void => {
    if (shown < matching.length) setRows(shown + kMoreRows);
    else {
      setRows(shown + kMoreRows);
      props.onLoadOlder();
    }
  };
  const more = shown < matching.length || feed.completeFrom !== -Infinity;

  return (
    <section className="news" aria-label="News" data-testid="news" data-rows={Math.min(shown, matching.length)}>
      <NewsHead
        symbol={symbol}
        scope={props.scope}
        onScope={props.onScope}
        filter={filter}
        onFilter={setFilter}
        anchor={feed.anchor}
        onShowNewest={props.onShowNewest}
        count={countText(matching.length, known.length, words, feed.completeFrom === -Infinity)}
      />
      <div className="news-body" ref={body} tabIndex={-1}>
        {feed.phase === 'failed' ? (
          <Notice title="The news could not be loaded." error={feed.error} onRetry={props.onRetry} />
        ) : matching.length === 0 ? (
          <NothingFound feed={feed} words={words} symbol={symbol} scope={props.scope} more={more} />
        ) : (
          <table className="news-table">
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Article</th>
                <th scope="col">Source</th>
                <th scope="col">Link</th>
              </tr>
            </thead>
            {groups.map((group) => (
              <Day
                key={group.day}
                group={group}
                open={words !== '' || opened.has(group.day)}
                selected={selected}
                onPick={props.onPick}
                onOpen={() => setOpened((days) => toggled(days, group.day))}
              />
            ))}
          </table>
        )}
        {feed.phase === 'ready' && (
          <div className="news-foot">
            {more ? (
              <button type="button" className="button" onClick={loadOlder} disabled={feed.loadingOlder} data-testid="load-older">
                {feed.loadingOlder ? 'Loading…' : 'Load older'}
              </button>
            ) : (
              matching.length > 0 && <span>These are all the articles there are.</span>
            )}
          </div>
        )}
      </div>
    </section>
  );
}

function Day(props: {
  group: DayGroup;
  open: boolean;
  selected: ReadonlySet<string>;
  onPick: (item: NewsItem) => void;
  onOpen: () => void;
}) {
  const { group, selected, onPick } = props;
  const chosen = group.dayOnly.some((item) => selected.has(item.key));
  const all = props.open || chosen || group.dayOnly.length <= kDayPreview + 1;
  const dayOnly = all ? group.dayOnly : group.dayOnly.slice(0, kDayPreview);
  return (
    <tbody>
      <tr className="day-head">
        <th scope="rowgroup" colSpan={4}>
          <span>{longDateLabel(group.day)}</span>
          <span className="day-head-counts">
            {countsOf(group)}
          </span>
        </th>
      </tr>
      {group.timed.map((item) => (
        <NewsRow key={item.key} item={item} selected={selected.has(item.key)} onPick={onPick} />
      ))}
      {dayOnly.length > 0 && (
        <tr className="day-only-head" data-day-only={group.day}>
          <th scope="rowgroup" colSpan={4}>
            Of this day, time not known
          </th>
        </tr>
      )}
      {dayOnly.map((item) => (
        <NewsRow key={item.key} item={item} selected={selected.has(item.key)} onPick={onPick} />
      ))}
      {group.dayOnly.length > kDayPreview + 1 && !chosen && (
        <tr className="day-more">
          <td colSpan={4}>
            <button type="button" className="link-button" onClick={props.onOpen} aria-expanded={all}>
              {all ? 'Show fewer' : `Show all ${formatCount(group.dayOnly.length)} headlines of ${dateLabel(group.day)}`}
            </button>
          </td>
        </tr>
      )}
    </tbody>
  );
}

function countsOf(group: DayGroup): string {
  const parts: string[] = [];
  if (group.timed.length > 0) parts.push(plural(group.timed.length, 'article'));
  if (group.dayOnly.length > 0) parts.push(`${plural(group.dayOnly.length, 'headline')} by day`);
  return parts.join(' · ');
}

function NothingFound(props: { feed: NewsFeedState; words: string; symbol: string; scope: NewsScope; more: boolean }) {
  const { feed, words, symbol, scope, more } = props;
  if (feed.phase === 'loading') return <Notice title="Loading news…" />;
  if (words !== '') {
    return <Notice title={`No loaded article holds “${words}”.`} advice={more ? 'Load older articles, or change the words.' : 'Change the words.'} />;
  }
  if (scope !== 'all' && symbol) {
    return <Notice title={`No articles for ${symbol} here.`} advice={`Choose “All” to see every article${more ? ', or load older ones' : ''}.`} />;
  }
  return <Notice title="No articles yet." advice="They appear here as soon as a news source or a replay brings them." />;
}

// Leaves out what lies after the anchor, and what is so old that others of its time may be missing.
function upTo(items: readonly NewsItem[], anchor: number | null, completeFrom: number): readonly NewsItem[] {
  return items.filter((item) => (anchor === null || item.time < anchor) && item.time >= completeFrom);
}

// `all`: the store holds no older ones.
function countText(matching: number, known: number, words: string, all: boolean): string {
  const count = words === '' ? plural(known, 'article') : `${formatCount(matching)} of ${plural(known, 'article')}`;
  return all ? count : `${count} loaded`;
}

function toggled(days: ReadonlySet<NyDate>, day: NyDate): ReadonlySet<NyDate> {
  const next = new Set(days);
  if (!next.delete(day)) next.add(day);
  return next;
}

// Where the table has no scroll bar of its own, its rows are far from the chart that the reader is looking at: there the
// tip beside the mark says enough.
function revealSelected(body: HTMLElement | null): void {
  requestAnimationFrame(() => {
    if (body && scrollsItself(body)) reveal(body, body.querySelector('tr[aria-current="true"]'));
  });
}

function scrollsItself(body: HTMLElement): boolean {
  return body.scrollHeight > body.clientHeight + 1;
}

// Scrolls inside the table where it has its own scroll bar, and the page where it has none.
function reveal(body: HTMLElement | null, row: Element | null | undefined): void {
  if (!body || !row) return;
  if (scrollsItself(body)) {
    const offset = row.getBoundingClientRect().top - body.getBoundingClientRect().top;
    body.scrollTo({ top: body.scrollTop + offset - body.clientHeight / 3, behavior: 'smooth' });
  } else {
    row.scrollIntoView({ block: 'center', behavior: 'smooth' });
  }
}

