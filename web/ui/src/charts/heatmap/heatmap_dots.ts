// The exemplars of a heatmap as those of a chart: the same dots, opened and walked through in the same way.
import type { Exemplar, Latency } from "../../api/latency";
import { type Nanos, toSeconds } from "../../base/time";
import type { Dot } from "../chart_data";

export function heatmapExemplars({ heatmap }: Latency): readonly Exemplar[] {
  const slots = heatmap?.slots ?? [];
  return slots.flatMap(({ t: slot, exemplars }) =>
    exemplars.map(({ traceId, spanId, durationNs, t, error }) => ({
      t,
      slot,
      traceId,
      spanId,
      durationNs,
      pick: error ? ("error" as const) : ("nearest" as const),
      quantile: null,
      rank: null,
      error,
    })),
  );
}

/** Every cell has a span, which is more than can be told apart: the slowest of each slot and those that failed are marked. */
export function heatmapDots(latency: Latency): readonly Dot[] {
  const exemplars = heatmapExemplars(latency);
  const slowest = new Map<Nanos, number>();
  for (const { slot, durationNs } of exemplars) slowest.set(slot, Math.max(slowest.get(slot) ?? 0, durationNs));
  return exemplars.map((exemplar) => ({
    series: 0,
    exemplar,
    minor: !exemplar.error && exemplar.durationNs < (slowest.get(exemplar.slot) ?? 0),
    x: toSeconds(exemplar.t),
    y: Math.max(exemplar.durationNs, 1),
  }));
}
