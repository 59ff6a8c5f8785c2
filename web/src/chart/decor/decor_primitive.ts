// SPDX-License-Identifier: Apache-2.0
// Puts the decorations into the chart library's drawing and says what lies under a point.
import type {
  IPrimitivePaneRenderer,
  IPrimitivePaneView,
  ISeriesPrimitive,
  PrimitiveHoveredItem,
  PrimitivePaneViewZOrder,
  SeriesAttachedParameter,
  Time,
} from 'lightweight-charts';
import type { Logical } from 'lightweight-charts';
import type { NyDate } from '../../time/new_york';
import type { ChartColours } from '../colours';
import { kMarkRadius, kStripHeight, layoutDecor, type DecorInput, type DecorLayout, type PlacedMark } from './layout';
import { paintBackground, paintMarks, paintStrip } from './paint';

export type DecorHit = { kind: 'mark'; mark: PlacedMark } | { kind: 'day'; day: NyDate };

type Target = Parameters<IPrimitivePaneRenderer['draw']>[0];
type Paint = (context: CanvasRenderingContext2D, width: number, height: number) => void;

const kReach = 4;

export class DecorPrimitive implements ISeriesPrimitive<Time> {
  private attachedTo: SeriesAttachedParameter<Time> | null = null;
  private layout: DecorLayout = { marks: [], days: [], extended: [], highlight: null };
  private readonly views: readonly IPrimitivePaneView[];

  // `onLayout` is told after every change of what stands where.
  constructor(
    private input: DecorInput,
    private colours: ChartColours,
    private readonly onLayout: (layout: DecorLayout) => void,
  ) {
    this.views = [
      view('bottom', (context, _width, height) => paintBackground(context, this.layout, this.colours, height)),
      view('top', (context, width) => {
        paintMarks(context, this.layout, this.colours);
        paintStrip(context, this.layout, this.colours, width);
      }),
    ];
  }

  attached(parameter: SeriesAttachedParameter<Time>): void {
    this.attachedTo = parameter;
  }

  detached(): void {
    this.attachedTo = null;
  }

  paneViews(): readonly IPrimitivePaneView[] {
    return this.views;
  }

  updateAllViews(): void {
    const chart = this.attachedTo?.chart;
    const series = this.attachedTo?.series;
    if (!chart || !series) return;
    const scale = chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (!range) {
      this.layout = { marks: [], days: [], extended: [], highlight: null };
    } else {
      this.layout = layoutDecor(this.input, {
        width: scale.width(),
        height: chart.panes()[0]?.getHeight() ?? 0,
        first: range.from,
        last: range.to,
        barSpacing: scale.options().barSpacing,
        xOf: (index) => scale.logicalToCoordinate(index as Logical) ?? -1000,
        yOf: (price) => series.priceToCoordinate(price) ?? 0,
      });
    }
    this.onLayout(this.layout);
  }

  setInput(input: DecorInput): void {
    this.input = input;
    this.attachedTo?.requestUpdate();
  }

  setColours(colours: ChartColours): void {
    this.colours = colours;
    this.attachedTo?.requestUpdate();
  }

  hit(x: number, y: number): DecorHit | null {
    const reach = kMarkRadius + kReach;
    let best: PlacedMark | null = null;
    let nearest = reach * reach;
    for (const mark of this.layout.marks) {
      const distance = (mark.x - x) ** 2 + (mark.y - y) ** 2;
      if (distance <= nearest) {
        best = mark;
        nearest = distance;
      }
    }
    if (best) return { kind: 'mark', mark: best };
    if (y > kStripHeight) return null;
    const day = this.layout.days.find(({ left, right, headlines }) => headlines > 0 && x >= left && x <= right);
    return day ? { kind: 'day', day: day.day } : null;
  }

  hitTest(x: number, y: number): PrimitiveHoveredItem | null {
    const hit = this.hit(x, y);
    if (!hit) return null;
    return { externalId: hit.kind === 'mark' ? hit.mark.id : hit.day, zOrder: 'top', cursorStyle: 'pointer' };
  }
}

function view(order: PrimitivePaneViewZOrder, paint: Paint): IPrimitivePaneView {
  const draw = (target: Target): void => {
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      context.save();
      paint(context, mediaSize.width, mediaSize.height);
      context.restore();
    });
  };
  return { zOrder: () => order, renderer: () => ({ draw }) };
}
