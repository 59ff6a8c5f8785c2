// SPDX-License-Identifier: Apache-2.0
// Reads the chart's colours from the style sheet, so that a theme is written down in one place.

const kNames = {
  surface: '--surface',
  ink: '--ink',
  muted: '--muted',
  hairline: '--hairline',
  grid: '--grid',
  up: '--up',
  down: '--down',
  upVolume: '--up-volume',
  downVolume: '--down-volume',
  news: '--news',
  newsInk: '--news-ink',
  newsSoft: '--news-soft',
  day: '--day',
  daySoft: '--day-soft',
  extended: '--extended',
  crosshair: '--crosshair',
} as const;

export type ChartColours = Record<keyof typeof kNames, string> & { font: string };

export function readColours(element: Element = document.documentElement): ChartColours {
  const style = getComputedStyle(element);
  const colours: Record<string, string> = {};
  for (const [name, property] of Object.entries(kNames)) colours[name] = style.getPropertyValue(property).trim();
  colours['font'] = style.getPropertyValue('--font').trim() || 'sans-serif';
  return colours as ChartColours;
}
