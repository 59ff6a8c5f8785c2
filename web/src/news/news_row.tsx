// SPDX-License-Identifier: Apache-2.0
import { memo } from 'react';
import { dateLabel, isoOf, nyDayTime, nyTime, utcLabel } from '../time/new_york';
import type { NewsItem } from './news_item';

interface NewsRowProps {
  item: NewsItem;
  selected: boolean;
  onPick: (item: NewsItem) => void;
}

export const NewsRow = memo(function NewsRow({ item, selected, onPick }: NewsRowProps) {
  const byDay = item.precision === 'day';
  const pick = (): void => onPick(item);
  return (
    <tr
      className="news-row"
      aria-current={selected || undefined}
      data-key={item.key}
      data-precision={item.precision}
      onClick={pick}
    >
      <td className="news-time num">
        {byDay ? (
          <span className="pill pill-day" title={`Published on ${dateLabel(item.day)}; the time is not known`}>
            day
          </span>
        ) : (
          <time dateTime={isoOf(item.time)} title={`${nyDayTime(item.time)} New York · ${utcLabel(item.time)}`}>
            {nyTime(item.time)}
          </time>
        )}
      </td>
      <td className="news-text">
        <button
          type="button"
          className="news-title"
          title={byDay ? `Show ${dateLabel(item.day)} on the chart` : `Show ${nyTime(item.time)} on the chart`}
          onClick={(event) => {
            event.stopPropagation();
            pick();
          }}
        >
          <span className="clamped" dir="auto">
            {item.title}
          </span>
        </button>
        {item.summary !== '' && (
          <p className="news-summary clamped" dir="auto">
            {item.summary}
          </p>
        )}
        {item.symbols.length > 0 && (
          <p className="news-symbols">
            {item.symbols.map((symbol) => (
              <span key={symbol} className="tag">
                {symbol}
              </span>
            ))}
          </p>
        )}
      </td>
      <td className="news-source">
        <span className="clamped" dir="auto">
          {item.source}
        </span>
        {item.section !== '' && <span className="news-section">{item.section}</span>}
      </td>
      <td className="news-link">
        {item.url ? (
          <a
            href={item.url}
            target="_blank"
            rel="noopener noreferrer"
            onClick={(event) => event.stopPropagation()}
            aria-label={`Open the article at ${hostOf(item.url)} in a new tab`}
            title={item.url}
          >
            {hostOf(item.url)}
            <span aria-hidden="true"> ↗</span>
          </a>
        ) : (
          <span className="nothing" title="The source gave no address">
            –
          </span>
        )}
      </td>
    </tr>
  );
});

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^www\./, '');
}
