// A heatmap in words: its summary, a cell, a box of cells.
import { formatClock, formatDuration, formatPercent, formatQuantity, formatRange } from "../../base/format";
import { type Box, type Selection, countBox, selectionOf } from "./box";
import type { Cell, HeatmapData } from "./heatmap_data";

/** "640 ms – 905 ms", "up to 2.00 ms", "from 60 s". */
export function durationRange({ lowNs, highNs }: Pick<Selection, "lowNs" | "highNs">): string {
  if (highNs === Infinity) return `from ${formatDuration(lowNs)}`;
  return lowNs === 0 ? `up to ${formatDuration(highNs)}` : `${formatDuration(lowNs)} – ${formatDuration(highNs)}`;
}

function cellBox({ column, row }: Cell): Box {
  return { columns: [column, column], rows: [row, row] };
}

/** One sentence for those who do not see the canvas. */
export function heatmapSummary(data: HeatmapData): string {
  const fullest = fullestCell(data);
  const last = data.rows.length - 1;
  const slow = data.columns.find(({ counts }) => (counts[last] ?? 0) > 0);
  const most = durationRange(selectionOf(data, cellBox(fullest)));
  const slowest = durationRange(selectionOf(data, cellBox({ column: 0, row: last })));
  const when = slow === undefined ? "" : `, first in the slot of ${formatClock(slow.t)}`;
  return `Heatmap of ${formatQuantity(data.total, data.words.one)} by time and duration: the fullest cell is ${most}, the slowest ${slowest}${when}. The table view holds the same counts.`;
}

function fullestCell({ columns }: HeatmapData): Cell {
  let best: Cell = { column: 0, row: 0 };
  let most = 0;
  columns.forEach(({ counts }, column) =>
    counts.forEach((count, row) => {
      if (count <= most) return;
      most = count;
      best = { column, row };
    }),
  );
  return best;
}

export interface CellWords {
  readonly time: string;
  readonly durations: string;
  readonly count: string;
  /** Of all of the same slot; null where the slot has none. */
  readonly share: string | null;
}

export function cellWords(data: HeatmapData, cell: Cell): CellWords {
  const selection = selectionOf(data, cellBox(cell));
  const { count, ofTime } = countBox(data, cellBox(cell));
  return {
    time: formatRange(selection.from, selection.to),
    durations: durationRange(selection),
    count: formatQuantity(count, data.words.one),
    share: ofTime === 0 ? null : `${formatPercent(count / ofTime)} of the slot’s ${formatQuantity(ofTime, data.words.one)}`,
  };
}

/** What is announced as keys move over cells. */
export function cellSentence(data: HeatmapData, cell: Cell): string {
  const { time, durations, count, share } = cellWords(data, cell);
  return [count, durations, time, share].filter((part) => part !== null).join(", ");
}

/** "412 spans, 640 ms – 1.20 s, 2026-11-20 13:28:00 – 13:36:00" */
export function boxSentence(data: HeatmapData, box: Box): string {
  const { count, ofTime } = countBox(data, box);
  const selection = selectionOf(data, box);
  const share = ofTime === 0 ? "" : ` (${formatPercent(count / ofTime)} of that time)`;
  return `${formatQuantity(count, data.words.one)}${share}, ${durationRange(selection)}, ${formatRange(selection.from, selection.to)}`;
}
