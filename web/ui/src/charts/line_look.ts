// How the lines of a chart look, and which covers which.
import type { ChartData, Line } from "./chart_data";

/** Opacities as the last two digits of a colour. */
export const OPAQUE = "ff";
export const FADED = "26";
const MINOR = "73";
const THEN_OF_MANY = "40";

const MINOR_DASH = [4, 3];
const THEN_DASH = [9, 5];

export interface LineLook {
  /** While no series is highlighted. */
  readonly opacity: string;
  readonly width: number;
  readonly dash: number[];
  /** Across a point with a gap on both sides. */
  readonly pointSize: number;
}

/** `alone` where the chart has one series. */
export function lineLook({ main, then }: Line, alone: boolean): LineLook {
  const faint = then ? (alone ? MINOR : THEN_OF_MANY) : main || alone ? OPAQUE : MINOR;
  return {
    opacity: faint,
    width: main && !then ? 1.75 : 1.25,
    dash: then ? THEN_DASH : main ? [] : MINOR_DASH,
    pointSize: main ? 5 : 4,
  };
}

/** What matters least first, as later lines cover earlier ones: the time before, minor quantiles, then the rest beyond the limit. */
export function inDrawingOrder(data: ChartData): readonly Line[] {
  const weight = (line: Line) => (line.then ? 0 : line.main ? 4 : 2) + (data.series[line.series]?.other ? 0 : 1);
  return [...data.lines].sort((a, b) => weight(a) - weight(b));
}
