// The receipt under the chart: how much was asked, how exact the answer is, what it cost, and how to check it.
import type { Latency, LatencyRequest } from "../api/latency";
import { Receipt } from "../receipt/receipt";
import { latencyParts } from "../receipt/receipt_words";

interface ResultLineProps {
  readonly latency: Latency | null;
  /** What the answer is to; left out where it cannot be asked again. */
  readonly request?: LatencyRequest | null;
  /** Whether the figures are counts of a heatmap instead of a quantile. */
  readonly isHeatmap?: boolean;
}

export function ResultLine({ latency, request = null, isHeatmap = false }: ResultLineProps) {
  if (latency === null) return <Receipt parts={[]} stats={null} />;
  const quantile = isHeatmap ? null : (request?.quantiles.at(-1) ?? null);
  const parts = latencyParts(latency, { quantile, slots: request?.slots ?? "end" });
  return <Receipt parts={parts} stats={latency.stats} subject={request === null ? null : { kind: "latency", request, answer: latency }} />;
}
