// The exemplars of a heatmap as those of a chart: the same dots, opened and walked through in the same way.
import type { Exemplar, Latency } from "../../api/latency";
import { toSeconds } from "../../base/time";
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

export function heatmapDots(latency: Latency): readonly Dot[] {
  return heatmapExemplars(latency).map((exemplar) => ({
    series: 0,
    exemplar,
    minor: false,
    x: toSeconds(exemplar.t),
    y: Math.max(exemplar.durationNs, 1),
  }));
}
