// What a chart of spans shows: how long they took, how many there were, how many failed.
import type { LatencyPoint, Quantile } from "../api/latency";
import { formatDuration, formatRoundDuration, quantileLabel } from "../base/format";
import type { RowWords } from "../base/rows";

export const MEASURES = ["latency", "rate", "errors"] as const;
export type Measure = (typeof MEASURES)[number];
/** "burn": failures as multiples of what an objective allows, for charts that have one. */
export type ShownMeasure = Measure | "burn";

/** A line across the chart that durations should stay below, such as that of an SLO. */
export interface Threshold {
  readonly ns: number;
  readonly label: string;
}

interface Place {
  readonly measure: ShownMeasure;
  readonly quantile: Quantile | null;
  /** Of the slot, as far as it is in the answer. */
  readonly seconds: number;
  /** The part of spans that arrive, where senders sample. */
  readonly rate: number;
  /** The part that may fail. */
  readonly allowed: number;
}

/** Nanoseconds, spans a second, the part that failed, or its multiple of what may fail. */
export function valueAt(point: LatencyPoint, { measure, quantile, seconds, rate, allowed }: Place): number | null {
  if (measure === "rate") return seconds > 0 ? point.count / rate / seconds : null;
  if (measure === "errors") return point.count > 0 ? point.errors / point.count : null;
  if (measure === "burn") return point.count > 0 ? point.errors / point.count / allowed : null;
  const value = point.quantiles.get(quantile ?? "");
  return value === undefined ? null : Math.max(value, 1);
}

interface Shown {
  readonly measure: ShownMeasure;
  readonly words: RowWords;
}

/** What the main line shows: "p99", "spans/s", "failed". */
export function measureLabel({ measure, words }: Shown, quantile: Quantile | null): string {
  if (measure === "latency") return quantile === null ? "duration" : quantileLabel(quantile);
  if (measure === "burn") return "burn rate";
  return measure === "rate" ? `${words.many}/s` : "failed";
}

/** A value with its unit. */
export function measureText(measure: ShownMeasure, value: number): string {
  if (measure === "latency") return formatDuration(value);
  if (measure === "burn") return `${Number(value.toPrecision(3))} ×`;
  return measure === "errors" ? `${Number((value * 100).toPrecision(2))} %` : `${rateText(value)}/s`;
}

/** A value on the axis. */
export function axisText(measure: ShownMeasure, value: number): string {
  if (measure === "latency") return formatRoundDuration(value);
  if (measure === "burn") return `${Number(value.toPrecision(3))} ×`;
  return measure === "errors" ? `${Number((value * 100).toPrecision(3))} %` : `${Number(value.toPrecision(3))}`;
}

function rateText(value: number): string {
  return value >= 99.5 ? value.toFixed(0) : value.toPrecision(value >= 9.95 ? 3 : 2);
}

/** A quantile of one slot; a maximum that stands for it says of how many. */
export function quantileText(point: LatencyPoint, quantile: Quantile): string {
  const value = point.quantiles.get(quantile);
  if (value === undefined) return "–";
  return point.maximums.has(quantile) ? `${formatDuration(value)}, maximum of ${point.count}` : formatDuration(value);
}
