// The receipt under the chart: how much was asked, how exact the answer is, what it cost, and how to check it.
import type { Latency, LatencyRequest } from "../api/latency";
import { OF_WORDS, type RowWords } from "../base/rows";
import { Receipt } from "../receipt/receipt";
import { latencyParts } from "../receipt/receipt_words";

interface ResultLineProps {
  readonly latency: Latency | null;
  /** What the answer is to; left out where it cannot be asked again. */
  readonly request?: LatencyRequest | null;
  /** What the figures are of; spans unless said otherwise. */
  readonly words?: RowWords;
  /** Whether the figures are counts, as in a heatmap or of a rate, instead of a quantile. */
  readonly isCount?: boolean;
}

export function ResultLine({ latency, request = null, words = OF_WORDS.spans, isCount = false }: ResultLineProps) {
  if (latency === null) return <Receipt parts={[]} stats={null} />;
  const quantile = isCount ? null : (request?.quantiles.at(-1) ?? null);
  const parts = latencyParts(latency, { quantile, slots: request?.slots ?? "end", words });
  return <Receipt parts={parts} stats={latency.stats} subject={request === null ? null : { kind: "latency", request, answer: latency }} />;
}
