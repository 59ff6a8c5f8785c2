// SPDX-License-Identifier: Apache-2.0
// Converts between UTC seconds and New York dates and clock times.
//
// Time: every instant is Unix seconds UTC; a `NyDate` is a New York calendar date "YYYY-MM-DD".

export type NyDate = string;

const kHour = 3600;
const kDay = 86_400;
const kWeekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const kLongWeekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
const kMonths = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

const zoneFormat = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/New_York',
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
});

// The offset changes only on a full hour, and asking Intl is slow: one answer per hour is kept.
const offsetOfHour = new Map<number, number>();

// Seconds to add to UTC to read New York's clock: -18000 in winter, -14400 in summer.
export function nyOffset(utcSeconds: number): number {
  const hour = Math.floor(utcSeconds / kHour);
  const known = offsetOfHour.get(hour);
  if (known !== undefined) return known;
  const offset = askOffset(hour * kHour);
  if (offsetOfHour.size > 50_000) offsetOfHour.clear();
  offsetOfHour.set(hour, offset);
  return offset;
}

function askOffset(utcSeconds: number): number {
  const field: Record<string, number> = {};
  for (const part of zoneFormat.formatToParts(new Date(utcSeconds * 1000))) field[part.type] = Number(part.value);
  const local = Date.UTC(
    field['year'] ?? 1970,
    (field['month'] ?? 1) - 1,
    field['day'] ?? 1,
    field['hour'] ?? 0,
    field['minute'] ?? 0,
  );
  return Math.round(local / 1000 - utcSeconds);
}

// A Date whose UTC getters read New York's clock.
export function nyClock(utcSeconds: number): Date {
  return new Date((utcSeconds + nyOffset(utcSeconds)) * 1000);
}

export function nyDateOf(utcSeconds: number): NyDate {
  return nyClock(utcSeconds).toISOString().slice(0, 10);
}

// The first instant of a New York date. Clocks change at 2 a.m., so the offset at midnight is the
// one in force five hours after the same date began in UTC.
export function startOfNyDate(date: NyDate): number {
  const utcMidnight = Date.parse(`${date}T00:00:00Z`) / 1000;
  return utcMidnight - nyOffset(utcMidnight + 5 * kHour);
}

export function endOfNyDate(date: NyDate): number {
  return startOfNyDate(addDays(date, 1));
}

export function addDays(date: NyDate, days: number): NyDate {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * kDay * 1000).toISOString().slice(0, 10);
}

export function isNyDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(text);
}

// Reads an ISO-8601 instant; NaN when it is none. The fraction is kept.
export function parseInstant(text: string): number {
  return Date.parse(text) / 1000;
}

export function dateOfInstant(text: string | null | undefined): NyDate | undefined {
  const time = parseInstant(text ?? '');
  return Number.isFinite(time) ? nyDateOf(time) : undefined;
}

export function isoOf(utcSeconds: number): string {
  return new Date(utcSeconds * 1000).toISOString().replace('.000Z', 'Z');
}

const two = (n: number): string => String(n).padStart(2, '0');

// "10:31" or "10:31:07"
export function nyTime(utcSeconds: number, withSeconds = false): string {
  const clock = nyClock(utcSeconds);
  const text = `${two(clock.getUTCHours())}:${two(clock.getUTCMinutes())}`;
  return withSeconds ? `${text}:${two(clock.getUTCSeconds())}` : text;
}

// "Wed 13 Feb 2019"
export function nyDay(utcSeconds: number): string {
  return dateLabel(nyDateOf(utcSeconds));
}

// "Wed 13 Feb 2019, 10:31"
export function nyDayTime(utcSeconds: number, withSeconds = false): string {
  return `${nyDay(utcSeconds)}, ${nyTime(utcSeconds, withSeconds)}`;
}

// "2019-02-13 15:31 UTC", for tooltips.
export function utcLabel(utcSeconds: number, withSeconds = false): string {
  const iso = new Date(utcSeconds * 1000).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, withSeconds ? 19 : 16)} UTC`;
}

// "Wed 13 Feb 2019"
export function dateLabel(date: NyDate): string {
  return `${kWeekdays[weekdayOf(date)]} ${shortDateLabel(date)} ${date.slice(0, 4)}`;
}

// "Wednesday 13 February 2019" would be too long for a phone: "Wednesday 13 Feb 2019".
export function longDateLabel(date: NyDate): string {
  return `${kLongWeekdays[weekdayOf(date)]} ${shortDateLabel(date)} ${date.slice(0, 4)}`;
}

// "13 Feb"
export function shortDateLabel(date: NyDate): string {
  return `${Number(date.slice(8, 10))} ${kMonths[Number(date.slice(5, 7)) - 1] ?? '?'}`;
}

// "13 Feb", and "13 Feb 2019" beside a date of another year.
export function dateLabelBeside(date: NyDate, other: NyDate): string {
  const year = date.slice(0, 4);
  return year === other.slice(0, 4) ? shortDateLabel(date) : `${shortDateLabel(date)} ${year}`;
}

export function weekdayLabel(date: NyDate): string {
  return kWeekdays[weekdayOf(date)] ?? '?';
}

export function monthLabel(date: NyDate): string {
  return kMonths[Number(date.slice(5, 7)) - 1] ?? '?';
}

function weekdayOf(date: NyDate): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay();
}
