// Turns a latency answer into what a chart draws: one x per slot, a line per series and quantile, dots for exemplars.
import type { Exemplar, Latency, LatencyPoint, LatencySeries, Quantile } from "../api/latency";
import { visibleName } from "../base/foreign_text";
import { type Nanos, toSeconds } from "../base/time";

export interface Line {
  readonly series: number;
  readonly quantile: Quantile;
  /** Nanoseconds per x; null is a gap, never zero. */
  readonly values: readonly (number | null)[];
}

export interface Dot {
  readonly series: number;
  readonly exemplar: Exemplar;
  /** Shown only while it is open. */
  readonly minor: boolean;
  /** The span's end, in seconds. */
  readonly x: number;
  /** Nanoseconds, at least 1 for the log axis. */
  readonly y: number;
}

export interface ChartData {
  /** Middles of the slots in seconds, with one extra entry wherever slots are missing. */
  readonly x: readonly number[];
  /** The slot's start at each x; null in a gap. */
  readonly slots: readonly (Nanos | null)[];
  readonly lines: readonly Line[];
  readonly dots: readonly Dot[];
  readonly series: readonly LatencySeries[];
  readonly points: readonly ReadonlyMap<Nanos, LatencyPoint>[];
  readonly start: number;
  readonly end: number;
  readonly stepNs: number;
}

export function chartData(latency: Latency, quantiles: readonly Quantile[]): ChartData {
  const points = latency.series.map((series) => new Map(series.points.map((point) => [point.t, point] as const)));
  const slots = slotsWithGaps(latency);
  const half = latency.stepNs / 2e9;
  const stepSeconds = latency.stepNs / 1e9;
  let last = 0;
  const x = slots.map((slot) => (last = slot === null ? last + stepSeconds : toSeconds(slot) + half));
  const lines = latency.series.flatMap((_, series) =>
    quantiles.map((quantile) => ({
      series,
      quantile,
      values: slots.map((slot) => (slot === null ? null : positive(points[series]?.get(slot)?.quantiles.get(quantile)))),
    })),
  );
  return {
    x,
    slots,
    lines,
    dots: latency.series.flatMap((series, index) =>
      series.exemplars.map((exemplar) => dotOf(exemplar, index, isMinor(exemplar, latency.series.length))),
    ),
    series: latency.series,
    points,
    start: toSeconds(latency.start),
    end: toSeconds(latency.end),
    stepNs: latency.stepNs,
  };
}

function positive(value: number | undefined): number | null {
  return value === undefined ? null : Math.max(value, 1);
}

/** Quantiles, maxima and errors are what a reader looks for; a typical span is worth a dot only where no other series needs the room. */
function isMinor({ pick, error }: Exemplar, seriesCount: number): boolean {
  return !error && (pick === "median" ? seriesCount > 1 : pick === "nearest");
}

function dotOf(exemplar: Exemplar, series: number, minor: boolean): Dot {
  return { series, exemplar, minor, x: toSeconds(exemplar.t), y: Math.max(exemplar.durationNs, 1) };
}

/** Every slot that has a point, in order, with a null where at least one slot lies between two of them. */
function slotsWithGaps(latency: Latency): readonly (Nanos | null)[] {
  const unique = new Set(latency.series.flatMap((series) => series.points.map((point) => point.t)));
  const sorted = [...unique].sort((a, b) => (a < b ? -1 : 1));
  const step = BigInt(Math.round(latency.stepNs));
  return sorted.flatMap((slot, index) => {
    const next = sorted[index + 1];
    return next !== undefined && next - slot > step + step / 2n ? [slot, null] : [slot];
  });
}

/** Lowest and highest value drawn, with room around them for dots at the edge. */
export function valueRange(data: ChartData): readonly [number, number] {
  let low = Infinity;
  let high = 0;
  const take = (value: number | null) => {
    if (value === null) return;
    low = Math.min(low, value);
    high = Math.max(high, value);
  };
  for (const line of data.lines) line.values.forEach(take);
  for (const dot of data.dots) take(dot.y);
  return high === 0 ? [1e6, 1e9] : [low / 1.4, high * 1.5];
}

/** Labels for a log axis: 1, 2, 5 of each decade, fewer when there are many decades. */
export function logTicks(low: number, high: number): readonly number[] {
  const decades = Math.log10(high / low);
  const steps = decades > 4.5 ? [1] : decades > 1 ? [1, 2, 5] : [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++)
    for (const step of steps) {
      const tick = step * 10 ** power;
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  return ticks;
}

/** Indices of values with a gap on both sides, which a line alone would not show. */
export function isolated(values: readonly (number | null | undefined)[]): number[] {
  const alone: number[] = [];
  values.forEach((value, index) => {
    if (value != null && values[index - 1] == null && values[index + 1] == null) alone.push(index);
  });
  return alone;
}

/** The name of a series: its group values, or what stands for them. */
export function seriesName(series: LatencySeries): string {
  if (series.other) return "all others";
  if (series.labels.length === 0) return "all spans";
  return visibleName(series.labels.map(([name, value]) => value ?? `no ${name}`).join(" · "));
}

/** A key that is the same for the same group in every answer. */
export function seriesKey(series: LatencySeries): string {
  return series.other ? "other" : JSON.stringify(series.labels);
}

/** The highest value a quantile reaches in any slot; null when the series has none. */
export function highest(series: LatencySeries, quantile: Quantile): number | null {
  let high: number | null = null;
  for (const point of series.points) {
    const value = point.quantiles.get(quantile);
    if (value !== undefined && (high === null || value > high)) high = value;
  }
  return high;
}
