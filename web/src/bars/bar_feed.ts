// SPDX-License-Identifier: Apache-2.0
// Holds the candles of one symbol and width: loads history on demand and follows the live stream.
//
// The candles are one unbroken stretch of time. `atEdge` says whether the stretch reaches the newest bar;
// only then do live bars extend it. The server sends a vendor's bar as soon as it comes, before its pipeline has
// closed the window: such a bar is complete in itself and counts until the pipeline's own says otherwise.
import { isAbort, type ApiClient } from '../api/client';
import type { LiveSocket } from '../api/socket';
import type { BarRecord, ServerFrame } from '../api/types';
import type { Width } from '../time/width';
import { candleOf, type Candle } from './candle';
import { mergeCandles } from './candle_list';
import { formCandles, partWidth } from './forming';

const kPage = 2000;
const kLivePage = 500;
const kPartsKept = 1000;
const kCandlesKept = 60_000;
const kCatchUpPages = 20;

export interface BarFeedState {
  phase: 'loading' | 'ready' | 'failed';
  error: unknown;
  candles: readonly Candle[];
  atEdge: boolean;
  atBeginning: boolean;
  loadingOlder: boolean;
  // Grows whenever the stretch is replaced by another one, so that a chart knows to place its view anew.
  stretch: number;
}

export interface Span {
  from: number;
  to: number;
}

export class BarFeed {
  private finished: readonly Candle[] = [];
  private parts: readonly Candle[] = [];
  private waiting: BarRecord[] = [];
  private waitingParts: BarRecord[] = [];
  private flushTimer: ReturnType<typeof setTimeout> | undefined;
  // The stretch asked for last; null for the newest bars.
  private wanted: Span | null = null;
  // Everything up to this bar has been loaded without a hole; null before the first load.
  private safeUntil: number | null = null;
  private readonly abort = new AbortController();
  private loadAbort: AbortController | null = null;
  private busyNewer = false;
  private catchingUp = false;
  private catchUpAgain = false;
  private readonly unsubscribe: (() => void)[] = [];
  private readonly watchers = new Set<() => void>();
  private state: BarFeedState = {
    phase: 'loading',
    error: null,
    candles: [],
    atEdge: false,
    atBeginning: false,
    loadingOlder: false,
    stretch: 0,
  };

  constructor(
    readonly symbol: string,
    readonly width: Width,
    private readonly client: ApiClient,
    private readonly socket: LiveSocket,
    private readonly flushMs = 60,
  ) {}

  snapshot = (): BarFeedState => this.state;

  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  // Begins with the stretch around `span`, or with the newest bars.
  start(span: Span | null): void {
    const { symbol, width } = this;
    this.unsubscribe.push(
      this.socket.subscribe({ channel: 'bars', symbol, width }, (frame) => this.take(frame, width)),
    );
    const part = partWidth(width);
    if (part) {
      this.unsubscribe.push(
        this.socket.subscribe({ channel: 'bars', symbol, width: part }, (frame) => this.takePart(frame)),
      );
    }
    this.unsubscribe.push(this.socket.onConnection(() => this.tryAgain()));
    void (span ? this.loadAround(span) : this.loadLatest());
  }

  stop(): void {
    for (const end of this.unsubscribe.splice(0)) end();
    clearTimeout(this.flushTimer);
    this.abort.abort();
    this.loadAbort?.abort();
  }

  covers(span: Span): boolean {
    const first = this.state.candles[0];
    const last = this.state.candles[this.state.candles.length - 1];
    if (!first || !last) return false;
    return (first.time <= span.from || this.state.atBeginning) && (last.end >= span.to || this.state.atEdge);
  }

  async loadLatest(): Promise<void> {
    this.wanted = null;
    await this.replaceStretch(async (signal) => {
      const answer = await this.client.bars({ symbol: this.symbol, width: this.width, limit: kPage }, signal);
      return { bars: answer.bars, atEdge: true, atBeginning: answer.bars.length < kPage };
    });
  }

  // Loads the stretch that ends with `span`, with as much before it as a page holds, and something after it.
  async loadAround(span: Span): Promise<void> {
    this.wanted = span;
    await this.replaceStretch(async (signal) => {
      const { symbol, width } = this;
      const before = await this.client.bars({ symbol, width, to: span.to, limit: kPage }, signal);
      const after = await this.client.bars({ symbol, width, from: span.to, limit: kLivePage }, signal);
      return {
        bars: [...before.bars, ...after.bars],
        atEdge: !after.truncated && after.bars.length < kLivePage,
        atBeginning: before.bars.length < kPage,
      };
    });
  }

  async loadOlder(): Promise<void> {
    const first = this.state.candles[0];
    if (this.state.phase !== 'ready' || this.state.loadingOlder || this.state.atBeginning || !first) return;
    const { stretch } = this.state;
    this.set({ loadingOlder: true });
    try {
      const answer = await this.client.bars(
        { symbol: this.symbol, width: this.width, to: first.time, limit: kPage },
        this.abort.signal,
      );
      if (stretch !== this.state.stretch) return;
      const older = answer.bars.map(candleOf).filter((candle) => candle.time < first.time);
      this.finished = mergeCandles(this.finished, older);
      this.set({ loadingOlder: false, atBeginning: answer.bars.length < kPage || older.length === 0 });
      this.publish();
    } catch (error) {
      // The reader can scroll again; the bars on the screen stay.
      if (!isAbort(error)) this.set({ loadingOlder: false });
    }
  }

  async loadNewer(): Promise<void> {
    if (this.state.phase !== 'ready' || this.state.atEdge || this.busyNewer) return;
    const last = this.finished[this.finished.length - 1];
    if (!last) return;
    const { stretch } = this.state;
    this.busyNewer = true;
    try {
      const answer = await this.client.bars(
        { symbol: this.symbol, width: this.width, from: last.time, limit: kPage },
        this.abort.signal,
      );
      if (stretch !== this.state.stretch) return;
      this.finished = mergeCandles(this.finished, answer.bars.map(candleOf));
      if (!answer.truncated && answer.bars.length < kPage) {
        this.safeUntil = last.time;
        this.set({ atEdge: true });
      }
      this.publish();
    } catch {
      // The next scroll asks again.
    } finally {
      this.busyNewer = false;
    }
  }

  // A server that was away is back: what it could not answer is asked for again.
  private tryAgain(): void {
    if (this.socket.connection() !== 'open' || this.state.phase !== 'failed') return;
    void (this.wanted ? this.loadAround(this.wanted) : this.loadLatest());
  }

  private async replaceStretch(
    load: (signal: AbortSignal) => Promise<{ bars: BarRecord[]; atEdge: boolean; atBeginning: boolean }>,
  ): Promise<void> {
    this.loadAbort?.abort();
    const mine = new AbortController();
    this.loadAbort = mine;
    this.set({ phase: 'loading', error: null });
    try {
      const { bars, atEdge, atBeginning } = await load(mine.signal);
      if (mine.signal.aborted) return;
      this.finished = sorted(bars);
      this.safeUntil = this.finished[this.finished.length - 1]?.time ?? null;
      this.set({ phase: 'ready', atEdge, atBeginning, loadingOlder: false, stretch: this.state.stretch + 1 });
      this.publish();
      // Bars that came while the answer was under way wait in the queue.
      this.flush();
    } catch (error) {
      if (!isAbort(error) && !mine.signal.aborted) this.set({ phase: 'failed', error });
    }
  }

  private take(frame: ServerFrame, width: Width): void {
    if (frame.type === 'snapshot' && frame.channel === 'bars' && frame.width === width) {
      this.waiting.push(...frame.bars);
      this.noteHole(frame.bars[0]);
      this.scheduleFlush();
    } else if (frame.type === 'bar') {
      this.waiting.push(frame.bar);
      this.scheduleFlush();
    } else if (frame.type === 'lagging') {
      void this.catchUp();
    }
  }

  private takePart(frame: ServerFrame): void {
    if (frame.type === 'snapshot' && frame.channel === 'bars') this.waitingParts.push(...frame.bars);
    else if (frame.type === 'bar') this.waitingParts.push(frame.bar);
    else return;
    this.scheduleFlush();
  }

  // A snapshot that begins after our newest bar means that bars were missed while disconnected.
  private noteHole(first: BarRecord | undefined): void {
    const last = this.finished[this.finished.length - 1];
    if (first && last && this.state.atEdge && candleOf(first).time > last.end) void this.catchUp();
  }

  // Asks for everything since the last bar that is certain, after the server has left bars out.
  private async catchUp(): Promise<void> {
    if (!this.state.atEdge || this.safeUntil === null) return;
    if (this.catchingUp) {
      this.catchUpAgain = true;
      return;
    }
    this.catchingUp = true;
    const { stretch } = this.state;
    try {
      let to: number | undefined;
      for (let page = 0; page < kCatchUpPages; page += 1) {
        const answer = await this.client.bars(
          { symbol: this.symbol, width: this.width, ...(to === undefined ? {} : { to }), limit: kPage },
          this.abort.signal,
        );
        const candles = answer.bars.map(candleOf);
        const first = candles[0];
        if (stretch !== this.state.stretch || !first) break;
        this.finished = mergeCandles(this.finished, candles);
        if (first.time <= this.safeUntil || candles.length < kPage) break;
        to = first.time;
      }
      this.safeUntil = this.finished[this.finished.length - 1]?.time ?? this.safeUntil;
      this.publish();
    } catch {
      this.catchUpAgain = false;
    } finally {
      this.catchingUp = false;
      if (this.catchUpAgain) {
        this.catchUpAgain = false;
        setTimeout(() => void this.catchUp(), 1000);
      }
    }
  }

  // A fast replay sends more frames than a screen can show: they are put together first.
  private scheduleFlush(): void {
    this.flushTimer ??= setTimeout(() => {
      this.flushTimer = undefined;
      this.flush();
    }, this.flushMs);
  }

  private flush(): void {
    if (this.state.phase !== 'ready') return;
    const bars = sorted(this.waiting.splice(0));
    const parts = sorted(this.waitingParts.splice(0));
    if (bars.length === 0 && parts.length === 0) return;
    this.parts = mergeCandles(this.parts, parts).slice(-kPartsKept);
    if (this.state.atEdge) this.finished = mergeCandles(this.finished, bars);
    else this.finished = mergeCandles(this.finished, this.revisionsAmong(bars));
    if (this.state.atEdge && this.finished.length > kCandlesKept) {
      this.finished = this.finished.slice(-kCandlesKept / 2);
      this.set({ atBeginning: false });
    }
    this.publish();
  }

  // Away from the newest bar only corrections of bars on the screen are of interest.
  private revisionsAmong(bars: readonly Candle[]): readonly Candle[] {
    const first = this.finished[0];
    const last = this.finished[this.finished.length - 1];
    if (!first || !last) return [];
    return bars.filter((bar) => bar.time >= first.time && bar.time <= last.time);
  }

  private publish(): void {
    this.set({ candles: this.withForming() });
  }

  private withForming(): readonly Candle[] {
    if (!this.state.atEdge || this.parts.length === 0) return this.finished;
    const last = this.finished[this.finished.length - 1];
    // With nothing finished, the first part may stand in the middle of its window: still better than nothing.
    const formed = formCandles(this.width, this.parts, last ? last.time : -Infinity);
    if (formed.length === 0) return this.finished;
    const shown = this.state.candles[this.state.candles.length - 1];
    return mergeCandles(this.finished, keepUnchanged(formed, shown));
  }

  private set(change: Partial<BarFeedState>): void {
    this.state = { ...this.state, ...change };
    for (const watcher of [...this.watchers]) watcher();
  }
}

function sorted(bars: BarRecord[]): Candle[] {
  const newest = new Map<number, Candle>();
  for (const bar of bars) {
    const candle = candleOf(bar);
    const other = newest.get(candle.time);
    if (!other || other.revision <= candle.revision) newest.set(candle.time, candle);
  }
  return [...newest.values()].sort((a, b) => a.time - b.time);
}

function keepUnchanged(formed: Candle[], shown: Candle | undefined): Candle[] {
  const last = formed[formed.length - 1];
  if (last && shown?.forming && shown.time === last.time && shown.volume === last.volume && shown.close === last.close) {
    return [...formed.slice(0, -1), shown];
  }
  return formed;
}

