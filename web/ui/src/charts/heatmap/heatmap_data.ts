// Turns the heatmap of an answer into columns of time and rows of durations, from the fastest row with a span to the slowest.
import type { HeatmapSlot } from "../../api/heatmap";
import type { Latency } from "../../api/latency";
import { OF_WORDS, type RowWords } from "../../base/rows";
import { type Nanos, floorDivide, toSeconds } from "../../base/time";
import { gridOf } from "../slot_grid";

/** A row of the heatmap: durations from `low` up to, and without, `high`, in nanoseconds. */
export interface Row {
  readonly low: number;
  readonly high: number;
  /** Whether no durations lie below, or above, all rows of the answer. */
  readonly isLowest: boolean;
  readonly isHighest: boolean;
}

export interface Column {
  readonly t: Nanos;
  /** Spans by row; empty where the slot has none. */
  readonly counts: readonly number[];
  readonly total: number;
}

export interface HeatmapData {
  /** Of what is counted. */
  readonly words: RowWords;
  readonly rows: readonly Row[];
  readonly columns: readonly Column[];
  /** Where the first column begins, which may be before the answer does. */
  readonly first: Nanos;
  readonly step: bigint;
  /** Of the time axis, in seconds. */
  readonly start: number;
  readonly end: number;
  /** From when on slots may still grow, in seconds; null where all are complete. */
  readonly openFrom: number | null;
  readonly total: number;
  /** What the fullest cell has. */
  readonly most: number;
}

/** One cell by column and row, from the bottom left corner. */
export interface Cell {
  readonly column: number;
  readonly row: number;
}

/** Null where the answer has no heatmap, or nothing in it. */
export function heatmapData(latency: Latency, words: RowWords = OF_WORDS.spans): HeatmapData | null {
  const { heatmap } = latency;
  if (heatmap === null) return null;
  const bands = usedBands(heatmap.slots);
  if (bands === null) return null;
  const [lowest, highest] = bands;
  const { first, step, count, openFrom } = gridOf(latency);
  const slots = new Map(heatmap.slots.map((slot) => [Number(floorDivide(slot.t - first, step)), slot] as const));
  const columns = Array.from({ length: count }, (_, index) => columnOf(first + BigInt(index) * step, slots.get(index), lowest, highest));
  return {
    words,
    rows: rowsOf(heatmap.bounds, lowest, highest),
    columns,
    first,
    step,
    start: toSeconds(latency.start),
    end: toSeconds(latency.end),
    openFrom,
    total: columns.reduce((sum, { total }) => sum + total, 0),
    most: columns.reduce((most, { counts }) => Math.max(most, ...counts), 0),
  };
}

/** The first and the last band that any slot has a span in. */
function usedBands(slots: readonly HeatmapSlot[]): readonly [number, number] | null {
  let [lowest, highest] = [Infinity, -1];
  for (const { counts } of slots)
    counts.forEach((count, band) => {
      if (count === 0) return;
      lowest = Math.min(lowest, band);
      highest = Math.max(highest, band);
    });
  return highest < 0 ? null : [lowest, highest];
}

function rowsOf(bounds: readonly number[], lowest: number, highest: number): readonly Row[] {
  return Array.from({ length: highest - lowest + 1 }, (_, index) => {
    const band = lowest + index;
    return { low: bounds[band] ?? 0, high: bounds[band + 1] ?? Infinity, isLowest: band === 0, isHighest: band === bounds.length - 2 };
  });
}

function columnOf(t: Nanos, slot: HeatmapSlot | undefined, lowest: number, highest: number): Column {
  const counts = slot?.counts.slice(lowest, highest + 1) ?? [];
  return { t, counts, total: counts.reduce((sum, count) => sum + count, 0) };
}

