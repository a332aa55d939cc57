// Where cells lie on the screen: time to the right, the logarithm of durations upwards.
import { floorDivide, fromSeconds, toSeconds } from "../../base/time";
import type { PlotArea } from "../plot_area";
import type { Cell, HeatmapData } from "./heatmap_data";
import type { Box } from "./box";

export interface HeatmapPlace {
  readonly width: number;
  readonly height: number;
  /** CSS pixels from the plot area's left edge, of seconds. */
  readonly left: (seconds: number) => number;
  /** CSS pixels from the plot area's top, of nanoseconds. */
  readonly top: (nanoseconds: number) => number;
  readonly lowNs: number;
  readonly highNs: number;
}

export function placeHeatmap({ rows, start, end }: HeatmapData, { width, height }: PlotArea): HeatmapPlace {
  const lowNs = finiteLow(rows[0]?.low ?? 0, rows[0]?.high ?? 1);
  const last = rows.at(-1);
  const highNs = last === undefined ? 1 : Number.isFinite(last.high) ? last.high : last.low * 2;
  const [from, to] = [Math.log(lowNs), Math.log(highNs)];
  return {
    width,
    height,
    lowNs,
    highNs,
    left: (seconds) => ((seconds - start) / (end - start)) * width,
    top: (nanoseconds) => ((to - Math.log(Math.min(Math.max(nanoseconds, lowNs), highNs))) / (to - from)) * height,
  };
}

/** A log axis has no zero: a row that begins there is drawn as high as one that doubles. */
function finiteLow(low: number, high: number): number {
  return low > 0 ? low : Math.max(high / 2, 0.5);
}

export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Of a box, cut at the edges of the plot. */
export function boxRectangle(data: HeatmapData, { columns, rows }: Box, place: HeatmapPlace): Rectangle {
  const left = Math.max(place.left(columnStart(data, columns[0])), 0);
  const right = Math.min(place.left(columnStart(data, columns[1] + 1)), place.width);
  const top = place.top(data.rows[rows[1]]?.high ?? place.highNs);
  const bottom = place.top(data.rows[rows[0]]?.low ?? place.lowNs);
  return { left, top, width: right - left, height: bottom - top };
}

function columnStart({ first, step }: HeatmapData, column: number): number {
  return toSeconds(first) + (column * Number(step)) / 1e9;
}

/** The cell under a point, or the nearest one. */
export function cellAt(data: HeatmapData, place: HeatmapPlace, left: number, top: number): Cell {
  const seconds = data.start + (left / place.width) * (data.end - data.start);
  const column = Number(floorDivide(fromSeconds(seconds) - data.first, data.step));
  // The lowest row whose upper edge is not below the point.
  const row = data.rows.findIndex(({ high }) => top >= place.top(high));
  return {
    column: Math.min(Math.max(column, 0), data.columns.length - 1),
    row: row < 0 ? data.rows.length - 1 : row,
  };
}
