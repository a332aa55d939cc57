// Lines over time as geometry: paths with gaps where nothing was, ticks of both axes.
import { type Nanos, toSeconds } from "../base/time";
import { niceSteps } from "../charts/nice_steps";

export interface Line {
  readonly name: string;
  /** In order of time. */
  readonly points: readonly { readonly t: Nanos; readonly value: number }[];
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Tick {
  readonly at: number;
  readonly value: number;
}

export interface Drawing {
  readonly paths: readonly string[];
  /** Values to the left, and seconds below. */
  readonly yTicks: readonly Tick[];
  readonly xTicks: readonly Tick[];
  /** The x of every slot, in order. */
  readonly slots: readonly { readonly t: Nanos; readonly x: number }[];
  readonly plot: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };
}

const LEFT_PX = 58;
const BOTTOM_PX = 22;
const EDGE_PX = 10;
const X_TICKS = 5;

export function drawLines(lines: readonly Line[], { width, height }: Size): Drawing {
  const plot = { left: LEFT_PX, top: EDGE_PX, right: Math.max(width - EDGE_PX, LEFT_PX + 1), bottom: Math.max(height - BOTTOM_PX, EDGE_PX + 1) };
  const times = slotsOf(lines);
  const [first, last] = [times[0], times.at(-1)];
  const [start, end] = [first === undefined ? 0 : toSeconds(first), last === undefined ? 1 : toSeconds(last)];
  const values = lines.flatMap(({ points }) => points.map(({ value }) => value));
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const steps = niceSteps(low, high);
  const [bottom, top] = [Math.min(low, steps[0] ?? 0), Math.max(high, steps.at(-1) ?? 1)];
  const x = (t: Nanos) => plot.left + ((toSeconds(t) - start) / Math.max(end - start, 1e-9)) * (plot.right - plot.left);
  const y = (value: number) => plot.bottom - ((value - bottom) / Math.max(top - bottom, 1e-12)) * (plot.bottom - plot.top);
  const gap = longestStep(times);
  return {
    plot,
    paths: lines.map(({ points }) => pathOf(points, x, y, gap)),
    yTicks: steps.map((value) => ({ at: y(value), value })),
    xTicks: [...Array(X_TICKS).keys()].map((index) => {
      const part = index / (X_TICKS - 1);
      return { at: plot.left + part * (plot.right - plot.left), value: start + part * (end - start) };
    }),
    slots: times.map((t) => ({ t, x: x(t) })),
  };
}

function slotsOf(lines: readonly Line[]): readonly Nanos[] {
  const unique = new Set(lines.flatMap(({ points }) => points.map(({ t }) => t)));
  return [...unique].sort((a, b) => (a < b ? -1 : 1));
}

/** Slots further apart than this have one missing between them. */
function longestStep(times: readonly Nanos[]): bigint {
  const steps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  const shortest = steps.reduce((least, step) => (step < least ? step : least), steps[0] ?? 0n);
  return shortest + shortest / 2n;
}

function pathOf(points: Line["points"], x: (t: Nanos) => number, y: (value: number) => number, gap: bigint): string {
  let before: Nanos | null = null;
  const parts = points.map(({ t, value }) => {
    const joins = before !== null && t - before <= gap;
    before = t;
    const at = `${x(t).toFixed(1)} ${y(value).toFixed(1)}`;
    // A round cap makes a point of a line of no length.
    return joins ? `L${at}` : `M${at}h0`;
  });
  return parts.join("");
}

/** A value on an axis: four digits at most. */
export function formatValue(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e15 || size < 1e-4) return value.toExponential(2);
  const units: readonly (readonly [number, string])[] = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];
  const [by, unit] = units.find(([limit]) => size >= limit * 10) ?? [1, ""];
  return `${Number((value / by).toPrecision(4))}${unit === "" ? "" : ` ${unit}`}`;
}
