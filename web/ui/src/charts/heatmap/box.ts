// A box of cells: drawn with the pointer or by keys, counted, and told as a time and durations.
import type { Nanos } from "../../base/time";
import type { Cell, HeatmapData } from "./heatmap_data";

/** All cells from one corner to the other, both included. */
export interface Box {
  readonly columns: readonly [first: number, last: number];
  readonly rows: readonly [lowest: number, highest: number];
}

/** What a box selects, whatever slots and bands a later answer has. */
export interface Selection {
  readonly from: Nanos;
  readonly to: Nanos;
  /** Nanoseconds; 0 where nothing is too fast. */
  readonly lowNs: number;
  /** Nanoseconds, not included; Infinity where nothing is too slow. */
  readonly highNs: number;
}

export function boxBetween(a: Cell, b: Cell): Box {
  return {
    columns: [Math.min(a.column, b.column), Math.max(a.column, b.column)],
    rows: [Math.min(a.row, b.row), Math.max(a.row, b.row)],
  };
}

export interface BoxCounts {
  readonly count: number;
  /** All spans of the same time. */
  readonly ofTime: number;
}

export function countBox({ columns }: HeatmapData, box: Box): BoxCounts {
  let [count, ofTime] = [0, 0];
  const [lowest, highest] = box.rows;
  for (const column of columns.slice(box.columns[0], box.columns[1] + 1)) {
    ofTime += column.total;
    for (let row = lowest; row <= highest; row++) count += column.counts[row] ?? 0;
  }
  return { count, ofTime };
}

export function selectionOf({ columns, rows, step }: HeatmapData, box: Box): Selection {
  const [first, last] = [columns[box.columns[0]], columns[box.columns[1]]];
  const [lowest, highest] = [rows[box.rows[0]], rows[box.rows[1]]];
  return {
    from: first?.t ?? 0n,
    to: (last?.t ?? 0n) + step,
    lowNs: lowest === undefined || lowest.isLowest ? 0 : lowest.low,
    highNs: highest === undefined || highest.isHighest ? Infinity : highest.high,
  };
}

/** The cells that a selection touches; null where it lies outside of the heatmap. */
export function boxOf({ columns, rows, step }: HeatmapData, { from, to, lowNs, highNs }: Selection): Box | null {
  const inTime = indicesWhere(columns, ({ t }) => t < to && t + step > from);
  const inDuration = indicesWhere(rows, ({ low, high }) => low < highNs && high > lowNs);
  return inTime === null || inDuration === null ? null : { columns: inTime, rows: inDuration };
}

function indicesWhere<Item>(items: readonly Item[], isIn: (item: Item) => boolean): readonly [number, number] | null {
  const first = items.findIndex(isIn);
  return first < 0 ? null : [first, items.findLastIndex(isIn)];
}

/** The TraceQL condition of a selection's durations. */
export function selectionFilter({ lowNs, highNs }: Pick<Selection, "lowNs" | "highNs">): string {
  const low = `duration >= ${Math.round(lowNs)}ns`;
  return highNs === Infinity ? `{ ${low} }` : `{ ${low} && duration < ${Math.round(highNs)}ns }`;
}

/** Where an arrow key leads; null for any other key. */
export function moveCell({ columns, rows }: HeatmapData, { column, row }: Cell, key: string): Cell | null {
  const within = (value: number, count: number) => Math.min(Math.max(value, 0), count - 1);
  switch (key) {
    case "ArrowLeft":
      return { row, column: within(column - 1, columns.length) };
    case "ArrowRight":
      return { row, column: within(column + 1, columns.length) };
    case "ArrowUp":
      return { column, row: within(row + 1, rows.length) };
    case "ArrowDown":
      return { column, row: within(row - 1, rows.length) };
    case "Home":
      return { row, column: 0 };
    case "End":
      return { row, column: columns.length - 1 };
    default:
      return null;
  }
}

/** Where keys begin: the slowest cell with a span, the latest of several. */
export function slowestCell({ columns, rows }: HeatmapData): Cell {
  const row = rows.length - 1;
  const column = columns.findLastIndex(({ counts }) => (counts[row] ?? 0) > 0);
  return { column: Math.max(column, 0), row };
}
