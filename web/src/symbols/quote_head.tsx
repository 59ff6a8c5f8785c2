// SPDX-License-Identifier: Apache-2.0
import { directionOf, formatChange, formatPercent, formatPriceFixed, formatVolume } from '../components/format';
import { dateLabelBeside, nyDateOf, nyDayTime, utcLabel } from '../time/new_york';
import type { Quote } from './quote';

// The symbol's price, large, with the change from the close before and the day's figures.
export function QuoteHead({ symbol, quote }: { symbol: string; quote: Quote | null }) {
  const reference = quote?.reference ?? null;
  const change = quote && reference ? quote.price - reference.close : null;
  const percent = change !== null && reference ? (change / reference.close) * 100 : null;
  const tone = change === null ? 'flat' : directionOf(change);
  return (
    <section className="quote" aria-label={`Price of ${symbol}`} data-testid="quote">
      <h1 className="quote-symbol">{symbol}</h1>
      <div className="quote-main">
        <span className="quote-price num">{quote ? formatPriceFixed(quote.price) : '–'}</span>
        {change !== null && percent !== null && (
          <span className="quote-change num" data-tone={tone}>
            {`${formatChange(change)} (${formatPercent(percent)})`}
          </span>
        )}
      </div>
      <p className="quote-when num" title={quote ? utcLabel(quote.time) : undefined}>
        {quote ? nyDayTime(quote.time) : ''}
        {quote && reference ? ` · from the close of ${dateLabelBeside(reference.date, nyDateOf(quote.time))}` : ''}
      </p>
      <dl className="quote-day">
        <Figure name="Open" text={quote ? formatPriceFixed(quote.day.open) : '–'} />
        <Figure name="High" text={quote ? formatPriceFixed(quote.day.high) : '–'} />
        <Figure name="Low" text={quote ? formatPriceFixed(quote.day.low) : '–'} />
        <Figure name="Volume" text={quote ? formatVolume(quote.day.volume) : '–'} />
      </dl>
    </section>
  );
}

function Figure({ name, text }: { name: string; text: string }) {
  return (
    <div className="figure">
      <dt>{name}</dt>
      <dd className="num">{text}</dd>
    </div>
  );
}
