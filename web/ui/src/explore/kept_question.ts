// What of the explore view can be kept in a notebook: a question, without its answer.
import { joinClauses, splitFilter } from "../base/clauses";
import type { RowsOf } from "../base/rows";
import type { SharesOf } from "../api/shares";
import type { Trace } from "../api/trace";
import { type Selection, selectionFilter } from "../charts/heatmap/box";
import type { Measure, Threshold } from "../charts/measure";
import { thresholdsOf } from "./chart_view";
import { expressed, stretchOf, timeBefore } from "./stretch";
import type { CompareView, Range, View } from "./view";

interface Scope {
  readonly range: Range;
  readonly filter: readonly string[];
}

export type KeptQuestion =
  | (Scope & {
      readonly kind: "latency";
      readonly by: readonly string[];
      readonly quantiles: readonly string[];
      readonly show: Measure;
      readonly thresholds: readonly Threshold[];
      readonly before: string | null;
    })
  | (Scope & { readonly kind: "heatmap"; readonly box: Selection | null })
  /** `selection` is a condition; null is slower than p99. */
  | (Scope & { readonly kind: "compare"; readonly of: RowsOf; readonly selection: string | null; readonly baseline: Range | null })
  | (Scope & { readonly kind: "shares"; readonly of: SharesOf; readonly by: string | null; readonly baseline: Range | null })
  | (Scope & { readonly kind: "trace"; readonly traceId: string; readonly spanId: string | null; readonly near: string });

/** The chart as it is shown: lines or cells. */
export function keptLatency({ clauses, by, quantiles, chart }: View, range: Range): KeptQuestion {
  if (chart.heatmap) return { kind: "heatmap", range, filter: clauses, box: chart.box };
  const { measure, before } = chart;
  return { kind: "latency", range, filter: clauses, by, quantiles, show: measure, thresholds: thresholdsOf(chart), before };
}

export function keptComparison({ clauses }: View, compare: CompareView, range: Range): KeptQuestion {
  const { kind, of, within, window, band, selection } = compare;
  const filter = splitFilter(joinClauses([...clauses, ...within]));
  if (kind === "time") {
    const { time, before } = besideBefore(window ?? range);
    return { kind: "compare", range: time, filter, of, selection: null, baseline: before };
  }
  const condition = band === null ? selection : selectionFilter({ lowNs: band.low, highNs: band.high ?? Infinity });
  return { kind: "compare", range: window ?? range, filter, of, selection: condition, baseline: null };
}

export function keptShares({ clauses, shares }: View, range: Range): KeptQuestion {
  const { time, before } = shares.before ? besideBefore(range) : { time: range, before: null };
  return { kind: "shares", range: time, filter: clauses, of: shares.of, by: shares.by, baseline: before };
}

export function keptTrace({ traceId, start }: Trace, spanId: string | null, range: Range): KeptQuestion {
  return { kind: "trace", range, filter: [], traceId, spanId, near: start.toString() };
}

/** A time and as long a one before it, as instants. */
function besideBefore(range: Range): { readonly time: Range; readonly before: Range | null } {
  const stretch = stretchOf(range);
  if (stretch === null) return { time: range, before: null };
  const [now, before] = [expressed(stretch), expressed(timeBefore(stretch))];
  return { time: { from: now.start, to: now.end }, before: { from: before.start, to: before.end } };
}
