// SPDX-License-Identifier: Apache-2.0
// Writes numbers the way a trading screen does: aligned, with their sign, short when they are large.

const kMinus = '\u2212';

const integers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const prices = new Map<number, Intl.NumberFormat>();

// At least two decimals, and as many more (up to four, six below a dollar) as the value itself has.
export function formatPrice(value: number): string {
  const most = Math.abs(value) < 1 ? 6 : 4;
  let format = prices.get(most);
  if (!format) {
    format = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: most });
    prices.set(most, format);
  }
  return format.format(value).replace('-', kMinus);
}

// Two decimals, four below a dollar: for places whose width must not change.
export function formatPriceFixed(value: number): string {
  return value.toFixed(Math.abs(value) < 1 ? 4 : 2).replace('-', kMinus);
}

// Cents, and more for what would otherwise read as nothing.
export function formatChange(value: number): string {
  const size = Math.abs(value);
  return `${signOf(value)}${size.toFixed(size > 0 && size < 0.01 ? 4 : 2)}`;
}

export function formatPercent(value: number): string {
  return `${signOf(Number(value.toFixed(2)))}${Math.abs(value).toFixed(2)}%`;
}

function signOf(value: number): string {
  if (value > 0) return '+';
  return value < 0 ? kMinus : '';
}

// "687,942", "12.4M"
export function formatVolume(value: number): string {
  const steps = [
    { above: 1e9, suffix: 'B' },
    { above: 1e7, suffix: 'M' },
  ];
  for (const { above, suffix } of steps) {
    if (value >= above) return `${(value / (suffix === 'B' ? 1e9 : 1e6)).toFixed(2)}${suffix}`;
  }
  return Number.isInteger(value) ? integers.format(value) : value.toLocaleString('en-US', { maximumFractionDigits: 2 });
}

export function formatCount(value: number): string {
  return integers.format(value);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

export type Direction = 'up' | 'down' | 'flat';

export function directionOf(value: number): Direction {
  if (value > 0) return 'up';
  return value < 0 ? 'down' : 'flat';
}
