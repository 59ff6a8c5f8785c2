// SPDX-License-Identifier: Apache-2.0
// Draws the decorations that layout.ts has placed.
import { dateLabel, shortDateLabel, weekdayLabel, type NyDate } from '../../time/new_york';
import type { ChartColours } from '../colours';
import { kMarkRadius, kStripHeight, type DecorLayout, type PlacedDay, type PlacedMark } from './layout';

type Context = CanvasRenderingContext2D;

const kFullTurn = Math.PI * 2;

// What lies behind the candles: closed sessions, lines between days, the highlighted bar.
export function paintBackground(context: Context, layout: DecorLayout, colours: ChartColours, height: number): void {
  context.fillStyle = colours.extended;
  for (const { left, right } of layout.extended) context.fillRect(left, kStripHeight, right - left, height);
  if (layout.highlight) {
    const { left, right } = layout.highlight;
    context.fillStyle = colours.newsSoft;
    context.fillRect(left, kStripHeight, right - left, height);
  }
  context.strokeStyle = colours.hairline;
  context.lineWidth = 1;
  if (!daysAreWide(layout)) return;
  context.setLineDash([2, 3]);
  for (const day of layout.days) {
    if (!day.begins) continue;
    const x = Math.round(day.left) + 0.5;
    line(context, x, kStripHeight, x, height);
  }
  context.setLineDash([]);
}

// The strip along the top: one field per New York day, with the number of headlines known by day only.
export function paintStrip(context: Context, layout: DecorLayout, colours: ChartColours, width: number): void {
  context.fillStyle = colours.surface;
  context.fillRect(0, 0, width, kStripHeight);
  context.strokeStyle = colours.hairline;
  context.lineWidth = 1;
  line(context, 0, kStripHeight - 0.5, width, kStripHeight - 0.5);
  context.textBaseline = 'middle';
  const years = new Set(layout.days.map(({ day }) => day.slice(0, 4))).size > 1;
  for (const day of layout.days) paintDay(context, day, colours, width, { wide: daysAreWide(layout), years });
}

interface StripStyle {
  // A day is more than a few bars wide.
  wide: boolean;
  // The days are not all of one year.
  years: boolean;
}

function paintDay(context: Context, day: PlacedDay, colours: ChartColours, width: number, style: StripStyle): void {
  const left = Math.max(0, day.left);
  const right = Math.min(width, day.right);
  const room = right - left;
  const middle = kStripHeight / 2 - 0.5;
  if (day.begins && style.wide && day.left > 0) {
    context.strokeStyle = colours.hairline;
    const x = Math.round(day.left) + 0.5;
    line(context, x, 0, x, kStripHeight - 1);
  }
  const pill = day.headlines > 0 ? pillText(day.headlines, room) : '';
  context.font = `500 11px ${colours.font}`;
  context.textAlign = 'left';
  const label = dayText(context, day.day, room - 12 - (pill === '' ? 0 : 34), style.years);
  let x = left + 6;
  if (label) {
    context.fillStyle = colours.muted;
    context.fillText(label, x, middle + 0.5);
    x += context.measureText(label).width + 8;
  }
  if (pill) paintPill(context, pill, label ? x : Math.max(left + 2, (left + right) / 2 - 9), middle, colours);
  else if (day.headlines > 0) {
    context.fillStyle = colours.day;
    context.fillRect(left + room / 2 - 1.5, middle - 1.5, 3, 3);
  }
}

function dayText(context: Context, day: NyDate, room: number, years: boolean): string {
  const short = shortDateLabel(day);
  const texts = [`${weekdayLabel(day)} ${short}`, short, String(Number(day.slice(8, 10)))];
  if (years) texts.unshift(dateLabel(day), `${short} ${day.slice(0, 4)}`);
  return texts.find((text) => context.measureText(text).width <= room) ?? '';
}

function pillText(count: number, room: number): string {
  if (room > 210) return count === 1 ? '1 headline' : `${count} headlines`;
  return room >= 26 ? String(count) : '';
}

function paintPill(context: Context, text: string, x: number, middle: number, colours: ChartColours): void {
  context.font = `600 10px ${colours.font}`;
  const width = context.measureText(text).width + 10;
  context.fillStyle = colours.daySoft;
  roundRect(context, x, middle - 7, width, 14, 4);
  context.fill();
  context.fillStyle = colours.day;
  context.fillText(text, x + 5, middle + 0.5);
}

export function paintMarks(context: Context, layout: DecorLayout, colours: ChartColours): void {
  for (const mark of layout.marks) if (!mark.selected) paintMark(context, mark, colours);
  for (const mark of layout.marks) if (mark.selected) paintMark(context, mark, colours);
}

function paintMark(context: Context, mark: PlacedMark, colours: ChartColours): void {
  const radius = mark.count > 1 ? kMarkRadius : kMarkRadius - 2.5;
  context.strokeStyle = colours.news;
  context.lineWidth = 1;
  context.globalAlpha = 0.55;
  line(context, mark.x, mark.y + radius, mark.barX, Math.max(mark.barY - 2, mark.y + radius));
  context.globalAlpha = 1;
  if (mark.selected) {
    disc(context, mark.x, mark.y, radius + 4);
    context.fillStyle = colours.newsSoft;
    context.fill();
  }
  // A ring of the ground's colour keeps a mark apart from the candles behind it.
  disc(context, mark.x, mark.y, radius + 1.5);
  context.fillStyle = colours.surface;
  context.fill();
  disc(context, mark.x, mark.y, radius);
  const filled = mark.inside || mark.selected;
  context.fillStyle = filled ? colours.news : colours.surface;
  context.fill();
  context.lineWidth = 1.5;
  context.strokeStyle = colours.news;
  context.stroke();
  if (mark.count < 2) return;
  context.font = `600 ${mark.count > 99 ? 8 : 10}px ${colours.font}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillStyle = filled ? colours.newsInk : colours.news;
  context.fillText(mark.count > 99 ? '99+' : String(mark.count), mark.x, mark.y + 0.5);
}

// Lines between days help only while a day is more than a few bars wide.
function daysAreWide(layout: DecorLayout): boolean {
  const widths = layout.days.map((day) => day.right - day.left);
  return widths.length > 0 && Math.max(...widths) > 40;
}

function line(context: Context, x1: number, y1: number, x2: number, y2: number): void {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

function disc(context: Context, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, kFullTurn);
}

function roundRect(context: Context, x: number, y: number, width: number, height: number, radius: number): void {
  context.beginPath();
  context.roundRect(x, y, width, height, radius);
}
