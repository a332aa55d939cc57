// Turns a latency answer into what a chart draws: one x per slot, a line per series and quantile, dots for exemplars.
import type { Exemplar, Latency, LatencyPoint, LatencySeries, Quantile } from "../api/latency";
import { visibleName } from "../base/foreign_text";
import { OF_WORDS, type RowWords } from "../base/rows";
import { type Nanos, toSeconds } from "../base/time";
import { type ShownMeasure, type Threshold, valueAt } from "./measure";
import { type Scale, scaleOf } from "./scale";
import { type SlotCount, slotCounts } from "./slot_counts";
import { gridOf } from "./slot_grid";

export interface Line {
  readonly series: number;
  /** Null where the chart shows no quantiles. */
  readonly quantile: Quantile | null;
  /** What a reader follows first. */
  readonly main: boolean;
  /** Whether it is of the earlier answer. */
  readonly then: boolean;
  /** In the unit of the measure, by x; null is a gap, never zero. */
  readonly values: readonly (number | null)[];
  /** The x at which the value is the maximum of a few rows instead of a quantile. */
  readonly maximums: ReadonlySet<number>;
}

export interface Dot {
  readonly series: number;
  readonly exemplar: Exemplar;
  /** Shown only while it is open. */
  readonly minor: boolean;
  /** The span's end, in seconds. */
  readonly x: number;
  /** In the unit of the measure; at least 1 ns for a log axis of durations. */
  readonly y: number;
}

/** The answer to the same question so much earlier. */
export interface Earlier {
  readonly latency: Latency;
  readonly shiftNs: bigint;
}

export interface ChartOptions {
  /** What is counted and timed; spans unless said otherwise. */
  readonly words?: RowWords;
  readonly measure: ShownMeasure;
  readonly earlier: Earlier | null;
  readonly thresholds: readonly Threshold[];
  readonly scale: Scale;
  /** Of a burn rate: the part that may fail, and rates to compare with. */
  readonly burn?: { readonly allowed: number; readonly marks: ChartData["marks"] };
}

export interface ChartData {
  readonly measure: ShownMeasure;
  /** Of what is counted and timed. */
  readonly words: RowWords;
  /** Of the values' axis. */
  readonly scale: Scale;
  readonly thresholds: readonly Threshold[];
  /** Lines across the chart, in the unit of the measure. */
  readonly marks: readonly { readonly at: number; readonly label: string }[];
  /** Middles of the slots in seconds, with one extra entry wherever slots are missing. */
  readonly x: readonly number[];
  /** The slot's start at each x; null in a gap. */
  readonly slots: readonly (Nanos | null)[];
  readonly lines: readonly Line[];
  readonly dots: readonly Dot[];
  readonly series: readonly LatencySeries[];
  readonly points: readonly ReadonlyMap<Nanos, LatencyPoint>[];
  /** Points of the earlier answer, at the slots that they are compared with; empty without one. */
  readonly pointsThen: readonly ReadonlyMap<Nanos, LatencyPoint>[];
  readonly start: number;
  readonly end: number;
  readonly stepNs: number;
  /** From when on slots may still grow, in seconds; null where all are complete. */
  readonly openFrom: number | null;
  /** Rows by slot, all series together. */
  readonly counts: readonly SlotCount[];
}

type Points = readonly ReadonlyMap<Nanos, LatencyPoint>[];

const PLAIN: ChartOptions = { measure: "latency", earlier: null, thresholds: [], scale: "log" };

export function chartData(latency: Latency, quantiles: readonly Quantile[], options: ChartOptions = PLAIN): ChartData {
  const { measure, earlier, thresholds, burn, words = OF_WORDS.spans } = options;
  const allowed = burn?.allowed ?? 1;
  const points = latency.series.map((series) => new Map(series.points.map((point) => [point.t, point] as const)));
  const pointsThen = earlier === null ? [] : shiftedPoints(latency, earlier);
  const slots = slotsWithGaps([...points, ...pointsThen], latency.stepNs);
  const grid = gridOf(latency);
  const stepSeconds = latency.stepNs / 1e9;
  let last = 0;
  const x = slots.map((slot) => (last = slot === null ? last + stepSeconds : toSeconds(slot) + stepSeconds / 2));
  const shown = measure === "latency" ? quantiles : [null];
  const rate = latency.sampling.rate ?? 1;
  const linesOf = (source: Points, then: boolean, of: readonly (Quantile | null)[]): readonly Line[] =>
    source.flatMap((own, series) => {
      const inOrder = slots.map((slot) => (slot === null ? undefined : own.get(slot)));
      return of.map((quantile) => ({
        series,
        quantile,
        then,
        main: quantile === shown.at(-1),
        values: inOrder.map((point) => {
          if (point === undefined) return null;
          const seconds = then ? stepSeconds : grid.secondsOf(point.t);
          return valueAt(point, { measure, quantile, seconds, rate, allowed });
        }),
        maximums: maximumsAt(inOrder, quantile),
      }));
    });
  return {
    measure,
    words,
    scale: scaleOf(measure, options.scale),
    thresholds: measure === "latency" ? thresholds : [],
    marks: burn?.marks ?? (measure === "latency" ? thresholds.map(({ ns, label }) => ({ at: ns, label })) : []),
    x,
    slots,
    lines: [...linesOf(pointsThen, true, shown.slice(-1)), ...linesOf(points, false, shown)],
    dots: latency.series.flatMap((series, index) =>
      series.exemplars.flatMap((exemplar) => dotOf(exemplar, index, { measure, allowed, points: points[index], seriesCount: latency.series.length }) ?? []),
    ),
    series: latency.series,
    points,
    pointsThen,
    start: toSeconds(latency.start),
    end: toSeconds(latency.end),
    stepNs: latency.stepNs,
    openFrom: grid.openFrom,
    counts: slotCounts(latency),
  };
}

/** The earlier points of each series by the slots of now; groups are told by their values. */
function shiftedPoints(latency: Latency, { latency: then, shiftNs }: Earlier): Points {
  const byKey = new Map(then.series.map((series) => [seriesKey(series), series] as const));
  return latency.series.map((series) => {
    const points = byKey.get(seriesKey(series))?.points ?? [];
    return new Map(points.map((point) => [point.t + shiftNs, point] as const));
  });
}

function maximumsAt(points: readonly (LatencyPoint | undefined)[], quantile: Quantile | null): ReadonlySet<number> {
  const found = new Set<number>();
  if (quantile === null) return found;
  points.forEach((point, index) => {
    if (point?.maximums.has(quantile)) found.add(index);
  });
  return found;
}

/** Quantiles, maxima and errors are what a reader looks for; a typical span is worth a dot only where no other series needs the room. */
function isMinor({ pick, error }: Exemplar, seriesCount: number): boolean {
  return !error && (pick === "median" ? seriesCount > 1 : pick === "nearest");
}

interface Dotted {
  readonly measure: ShownMeasure;
  readonly allowed: number;
  readonly points: Points[number] | undefined;
  readonly seriesCount: number;
}

/** A dot at its span's duration; among shares of errors, a failed span at the share of its slot; among rates, none. */
function dotOf(exemplar: Exemplar, series: number, { measure, allowed, points, seriesCount }: Dotted): Dot | null {
  const dot = { series, exemplar, minor: isMinor(exemplar, seriesCount), x: toSeconds(exemplar.t) };
  if (measure === "latency") return { ...dot, y: Math.max(exemplar.durationNs, 1) };
  const point = points?.get(exemplar.slot);
  if (measure === "rate" || !exemplar.error || point === undefined) return null;
  return { ...dot, y: point.errors / point.count / allowed };
}

/** Every slot that has a point, in order, with a null where at least one slot lies between two of them. */
function slotsWithGaps(points: Points, stepNs: number): readonly (Nanos | null)[] {
  const unique = new Set(points.flatMap((own) => [...own.keys()]));
  const sorted = [...unique].sort((a, b) => (a < b ? -1 : 1));
  const step = BigInt(Math.round(stepNs));
  return sorted.flatMap((slot, index) => {
    const next = sorted[index + 1];
    return next !== undefined && next - slot > step + step / 2n ? [slot, null] : [slot];
  });
}

/** Indices of values with a gap on both sides, which a line alone would not show. */
export function isolated(values: readonly (number | null | undefined)[]): number[] {
  const alone: number[] = [];
  for (let index = 0; index < values.length; index++) {
    if (values[index] != null && values[index - 1] == null && values[index + 1] == null) alone.push(index);
  }
  return alone;
}

/** The name of a series: its group values, or what stands for them. */
export function seriesName(series: LatencySeries, { many }: RowWords): string {
  if (series.other) return "all others";
  if (series.labels.length === 0) return `all ${many}`;
  return visibleName(series.labels.map(([name, value]) => value ?? `no ${name}`).join(" · "));
}

/** A key that is the same for the same group in every answer. */
export function seriesKey(series: LatencySeries): string {
  return series.other ? "other" : JSON.stringify(series.labels);
}

/** The highest value that the main line of a series reaches in any slot; null when it has none. */
export function highest({ lines }: ChartData, series: number): number | null {
  const values = lines.find((line) => line.main && !line.then && line.series === series)?.values ?? [];
  return values.reduce((high, value) => (value === null || (high !== null && high >= value) ? high : value), null);
}
