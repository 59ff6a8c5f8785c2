// SPDX-License-Identifier: Apache-2.0
import type { NewsItem } from '../news/news_item';
import { useStore, type Store } from '../state/store';
import { dateLabelBeside, nyDateOf, nyTime, type NyDate } from '../time/new_york';
import type { PlacedMark } from './decor/layout';

const kShown = 4;
const kWidth = 320;

// Shows what a mark stands for, beside the pointer.
export function MarkTip({ mark, room }: { mark: Store<PlacedMark | null>; room: () => number }) {
  const shown = useStore(mark);
  if (!shown) return null;
  const items = shown.clusters.flatMap((cluster) => cluster.items).sort((a, b) => b.time - a.time);
  const bar = shown.clusters[0]?.barTime;
  const barDate = bar === undefined ? '' : nyDateOf(bar);
  const dated = items.some((item) => nyDateOf(item.time) !== barDate) ? barDate : null;
  const width = Math.min(kWidth, room() - 8);
  const left = Math.max(4, Math.min(shown.x - width / 2, room() - width - 72));
  return (
    <div className="mark-tip" style={{ left, top: shown.y + 16, width }} aria-hidden="true">
      {items.slice(0, kShown).map((item) => (
        <TipLine key={item.key} item={item} dated={dated} />
      ))}
      {items.length > kShown && <p className="mark-tip-more">and {items.length - kShown} more in the table below</p>}
      {!shown.inside && <p className="mark-tip-more">Published while no bar was trading; shown at the first bar after it.</p>}
    </div>
  );
}

// `dated`: the bar's day when not all articles are of it; each then needs its own said.
function TipLine({ item, dated }: { item: NewsItem; dated: NyDate | null }) {
  return (
    <p className="mark-tip-line" data-dated={dated !== null || undefined}>
      <span className="num mark-tip-time">
        {dated === null ? '' : `${dateLabelBeside(nyDateOf(item.time), dated)} `}
        {nyTime(item.time)}
      </span>
      <span className="clamped mark-tip-title" dir="auto">
        {item.title}
      </span>
    </p>
  );
}
