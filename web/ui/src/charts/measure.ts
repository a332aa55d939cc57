// What a chart of spans shows: how long they took, how many there were, how many failed.
import type { LatencyPoint, Quantile } from "../api/latency";
import { formatDuration, formatRoundDuration, quantileLabel } from "../base/format";

export const MEASURES = ["latency", "rate", "errors"] as const;
export type Measure = (typeof MEASURES)[number];

/** A line across the chart that durations should stay below, such as that of an SLO. */
export interface Threshold {
  readonly ns: number;
  readonly label: string;
}

interface Place {
  readonly measure: Measure;
  readonly quantile: Quantile | null;
  /** Of the slot, as far as it is in the answer. */
  readonly seconds: number;
  /** The part of spans that arrive, where senders sample. */
  readonly rate: number;
}

/** Nanoseconds, spans a second, or the part that failed. */
export function valueAt(point: LatencyPoint, { measure, quantile, seconds, rate }: Place): number | null {
  if (measure === "rate") return seconds > 0 ? point.count / rate / seconds : null;
  if (measure === "errors") return point.count > 0 ? point.errors / point.count : null;
  const value = point.quantiles.get(quantile ?? "");
  return value === undefined ? null : Math.max(value, 1);
}

/** What the main line shows: "p99", "spans/s", "failed". */
export function measureLabel(measure: Measure, quantile: Quantile | null): string {
  if (measure === "latency") return quantile === null ? "duration" : quantileLabel(quantile);
  return measure === "rate" ? "spans/s" : "failed";
}

/** A value with its unit. */
export function measureText(measure: Measure, value: number): string {
  if (measure === "latency") return formatDuration(value);
  return measure === "errors" ? `${Number((value * 100).toPrecision(2))} %` : `${rateText(value)}/s`;
}

/** A value on the axis. */
export function axisText(measure: Measure, value: number): string {
  if (measure === "latency") return formatRoundDuration(value);
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
