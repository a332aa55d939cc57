// How much was asked, how exact the answer is, and what it cost.
import type { Latency } from "../api/latency";
import { reach, reservation } from "../base/completeness";
import { formatCount, formatPercent, formatQuantity, formatRoundDuration } from "../base/format";

export function ResultLine({ latency }: { readonly latency: Latency | null }) {
  if (latency === null) return <p class="result-line">&nbsp;</p>;
  const doubt = reservation(latency.stats.completeness);
  return (
    <p class="result-line" role="status">
      {resultParts(latency).join(" · ")}
      {" · "}
      {doubt === null ? <span>complete</span> : <span class="warning-text">{doubt}</span>}
    </p>
  );
}

export function resultParts(latency: Latency): readonly string[] {
  const { series, stats, sampling, stepNs, start } = latency;
  const { rawDataFrom, because } = stats.completeness;
  const spans = series.reduce((total, { count }) => total + count, 0);
  const parts = [
    formatQuantity(spans, "span"),
    ...(spans === 0 ? [] : [exactness(latency)]),
    `one point each ${formatRoundDuration(stepNs)}`,
    stats.source,
    `${formatCount(stats.rowsRead)} rows read`,
    `${stats.elapsedMs.toFixed(stats.elapsedMs < 10 ? 1 : 0)} ms`,
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
