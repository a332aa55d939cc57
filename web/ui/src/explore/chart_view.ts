// How the chart is shown, as it stands in the URL's query: measure, form, axis, the time before, thresholds, the box in the heatmap.
import { formatRoundDuration } from "../base/format";
import { parseSpan } from "../base/time";
import type { Selection } from "../charts/heatmap/box";
import { MEASURES, type Measure, type Threshold } from "../charts/measure";
import type { Scale } from "../charts/scale";

export interface ChartView {
  readonly measure: Measure;
  readonly heatmap: boolean;
  readonly scale: Scale;
  /** How much earlier the answer is that is drawn beside, such as "24h"; null for none. */
  readonly before: string | null;
  /** Durations such as "1s" that a line is drawn at. */
  readonly thresholds: readonly string[];
  /** The cells selected in the heatmap. */
  readonly box: Selection | null;
}

/** Beyond, lines and columns would hide what they mark. */
export const THRESHOLDS_MAX = 4;

export function readChart(parameters: URLSearchParams): ChartView {
  const before = parameters.get("before");
  return {
    measure: MEASURES.find((measure) => measure === parameters.get("show")) ?? "latency",
    heatmap: parameters.get("chart") === "heatmap",
    scale: parameters.get("axis") === "linear" ? "linear" : "log",
    before: before !== null && isSpan(before) ? before : null,
    thresholds: [...new Set(parameters.getAll("slo").filter(isSpan))].slice(0, THRESHOLDS_MAX),
    box: readBox(parameters.get("box")),
  };
}

export function writeChart({ measure, heatmap, scale, before, thresholds, box }: ChartView, parameters: URLSearchParams): void {
  if (measure !== "latency") parameters.set("show", measure);
  if (heatmap) parameters.set("chart", "heatmap");
  if (scale !== "log") parameters.set("axis", scale);
  if (before !== null) parameters.set("before", before);
  for (const threshold of thresholds) parameters.append("slo", threshold);
  if (box !== null) parameters.set("box", [box.from, box.to, box.lowNs, box.highNs === Infinity ? "" : box.highNs].join("_"));
}

function isSpan(text: string): boolean {
  const span = parseSpan(text);
  return span !== null && span > 0n;
}

function readBox(text: string | null): Selection | null {
  const match = /^(\d{1,19})_(\d{1,19})_(\d{1,19})_(\d{0,19})$/.exec(text ?? "");
  if (match === null) return null;
  const [, from = "", to = "", low = "", high = ""] = match;
  const box = { from: BigInt(from), to: BigInt(to), lowNs: Number(low), highNs: high === "" ? Infinity : Number(high) };
  return box.from < box.to && box.lowNs < box.highNs ? box : null;
}

/** Lowest first. */
export function thresholdsOf({ thresholds }: ChartView): readonly Threshold[] {
  const known = thresholds.map((text) => Number(parseSpan(text) ?? 0n));
  return known.sort((a, b) => a - b).map((ns) => ({ ns, label: formatRoundDuration(ns) }));
}
