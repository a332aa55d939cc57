// An answer in one line: what the figure is of, how exact it is, where it comes from and what it cost.
import type { Latency, Quantile } from "../api/latency";
import type { Ledger } from "../api/ledger";
import type { Stats } from "../api/stats";
import { reach } from "../base/completeness";
import { formatClock, formatCount, formatDuration, formatPercent, formatQuantity, formatRoundDuration, quantileLabel } from "../base/format";
import { OF_WORDS, type RowWords } from "../base/rows";

export interface LatencyFigure {
  /** Of the main line; null where the figure is no quantile, as in a heatmap. */
  readonly quantile: Quantile | null;
  /** Whether each counts in the slot in which it ended, or in which it began. */
  readonly slots: "end" | "start";
  /** What is counted. */
  readonly words: RowWords;
}

const BY_END: LatencyFigure = { quantile: null, slots: "end", words: OF_WORDS.spans };

/** "p99 of 18,204 spans by end, exact", "640 ms – 910 ms by slot", "one point each 10 s", "from rollups, …". */
export function latencyParts(latency: Latency, { quantile, slots, words }: LatencyFigure = BY_END): readonly string[] {
  const { series, stats, stepNs, start } = latency;
  const { rawDataFrom, because } = stats.completeness;
  const counted = series.reduce((total, { count }) => total + count, 0);
  const of = `${quantile === null ? "" : `${quantileLabel(quantile)} of `}${sampledQuantity(latency, counted, words)} by ${slots}`;
  const parts = [
    counted === 0 ? of : `${of}, ${exactness(latency, quantile === null ? "durations" : "quantiles")}`,
    ...rangeParts(latency, quantile),
    `one point each ${formatRoundDuration(stepNs)}`,
    ...costParts(stats),
  ];
  // Where rollups answer for spans that are gone, nothing is missing, and yet no trace can be opened.
  if (rawDataFrom !== null && start < rawDataFrom && stats.source === "rollup" && !because.includes("past_retention"))
    parts.push(reach(rawDataFrom));
  return parts;
}

function sampledQuantity({ sampling }: Latency, counted: number, { one, many }: RowWords): string {
  const quantity = formatQuantity(counted, one);
  if (counted === 0) return quantity;
  if (sampling.rate === null) return `${quantity} (sampling rate unknown)`;
  if (sampling.rate >= 1) return quantity;
  const all = formatCount(Math.round(counted / sampling.rate));
  return `${formatCount(counted)} of about ${all} ${many} (sampled at ${formatPercent(sampling.rate)} by ${sampling.source.replaceAll("_", " ")})`;
}

function exactness({ series }: Latency, of: string): string {
  let bound = 0;
  for (const { points } of series) for (const point of points) if (!point.exact) bound = Math.max(bound, point.errorBound);
  return bound === 0 ? "exact" : `${of} within ${formatPercent(bound)}`;
}

/** The lowest and the highest that any slot has. */
function rangeParts({ series }: Latency, quantile: Quantile | null): readonly string[] {
  if (quantile === null) return [];
  const values = series.flatMap(({ points }) => points.flatMap((point) => point.quantiles.get(quantile) ?? []));
  if (values.length === 0) return [];
  const [low, high] = values.reduce<readonly [number, number]>(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, 0]);
  return [low === high ? formatDuration(low) : `${formatDuration(low)} – ${formatDuration(high)} by slot`];
}

const SOURCES: Readonly<Record<string, string>> = {
  rollup: "from rollups",
  scan: "from spans",
  live: "from spans not yet in files",
  derived: "from rows made of spans",
};

/** Where an answer comes from and what it cost. */
export function costParts({ source, rowsRead, elapsedMs }: Stats): readonly string[] {
  const from = SOURCES[source] ?? `from ${source.replaceAll("_", " ")}`;
  return [from, `${formatCount(rowsRead)} rows read`, `${elapsedMs.toFixed(elapsedMs < 10 ? 1 : 0)} ms`];
}

/** What came in during the time, and what of it is in no figure; each a sentence of its own. */
export function ledgerSentences(ledger: Ledger): readonly string[] {
  const { receivedSpans, acknowledgedSpans, rejectedSpans, duplicateSpans, lateSpans, refused } = ledger;
  const refusedSpans = refused.reduce((total, { spans }) => total + spans, 0);
  const time = `from ${formatClock(ledger.start)} to ${formatClock(ledger.end)}`;
  const sentences = [`${formatQuantity(receivedSpans, "span")} arrived ${time}, ${formatCount(acknowledgedSpans)} were taken in.`];
  const reasons = refused.map(({ reason, requests }) => `${formatQuantity(requests, "request")}: ${reason.replaceAll("_", " ")}`);
  if (refused.length > 0) sentences.push(`${formatQuantity(refusedSpans, "span")} refused (${reasons.join("; ")}).`);
  if (rejectedSpans > 0) sentences.push(`${formatQuantity(rejectedSpans, "span")} rejected, because their ids are no ids.`);
  if (duplicateSpans > 0) sentences.push(`${formatQuantity(duplicateSpans, "span")} had come before, and count once.`);
  if (lateSpans > 0) sentences.push(`${formatQuantity(lateSpans, "span")} came late: they count in the slot in which they ended, and may do so after it was drawn.`);
  if (sentences.length === 1) sentences.push("None was refused, none came late.");
  return sentences;
}
