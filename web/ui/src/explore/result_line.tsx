// How much was asked, how exact the answer is, and what it cost.
import type { Latency } from "../api/latency";
import type { Stats } from "../api/stats";
import { reach, reservation } from "../base/completeness";
import { formatClock, formatCount, formatPercent, formatQuantity, formatRoundDuration } from "../base/format";

export function ResultLine({ latency }: { readonly latency: Latency | null }) {
  return <StatsLine parts={latency === null ? [] : resultParts(latency)} stats={latency?.stats ?? null} />;
}

interface StatsLineProps {
  readonly parts: readonly string[];
  /** Null while there is no answer. */
  readonly stats: Stats | null;
}

export function StatsLine({ parts, stats }: StatsLineProps) {
  if (stats === null) return <p class="result-line">&nbsp;</p>;
  const doubt = reservation(stats.completeness);
  return (
    <p class="result-line" role="status">
      {parts.join(" · ")}
      {" · "}
      {doubt === null ? <span>complete</span> : <span class="warning-text">{doubt}</span>}
      {stats.completeTo !== null && ` to ${formatClock(stats.completeTo)}`}
    </p>
  );
}

const SOURCES: Readonly<Record<string, string>> = { derived: "rows made of spans" };

/** Where an answer comes from and what it cost. */
export function costParts({ source, rowsRead, elapsedMs }: Stats): readonly string[] {
  return [SOURCES[source] ?? source, `${formatCount(rowsRead)} rows read`, `${elapsedMs.toFixed(elapsedMs < 10 ? 1 : 0)} ms`];
}

export function resultParts(latency: Latency): readonly string[] {
  const { series, stats, sampling, stepNs, start } = latency;
  const { rawDataFrom, because } = stats.completeness;
  const spans = series.reduce((total, { count }) => total + count, 0);
  const parts = [
    formatQuantity(spans, "span"),
    ...(spans === 0 ? [] : [exactness(latency)]),
    `one point each ${formatRoundDuration(stepNs)}`,
    ...costParts(stats),
  ];
  // Where rollups answer for spans that are gone, nothing is missing, and yet no trace can be opened.
  if (rawDataFrom !== null && start < rawDataFrom && stats.source === "rollup" && !because.includes("past_retention"))
    parts.push(reach(rawDataFrom));
  if (spans === 0) return parts;
  if (sampling.rate === null) parts.push("sampling rate unknown");
  else if (sampling.rate < 1) parts.push(`sampled at ${formatPercent(sampling.rate)} (from ${sampling.source.replace("_", " ")})`);
  return parts;
}

function exactness({ series }: Latency): string {
  let bound = 0;
  for (const { points } of series) for (const point of points) if (!point.exact) bound = Math.max(bound, point.errorBound);
  return bound === 0 ? "exact" : `quantiles within ${formatPercent(bound)}`;
}
