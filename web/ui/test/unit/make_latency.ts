// Latency answers for tests: a slot each ten seconds from second 1000 on.
import type { Heatmap } from "../../src/api/heatmap";
import type { Exemplar, Latency, LatencyPoint, LatencySeries } from "../../src/api/latency";

export const SECOND = 1_000_000_000n;

export function makePoint(second: number, p99: number, more: Partial<LatencyPoint> = {}): LatencyPoint {
  const quantiles = new Map([["0.5", p99 / 4], ["0.99", p99]]);
  return { t: BigInt(second) * SECOND, count: 100, errors: 0, quantiles, exact: true, errorBound: 0, maximums: new Set(), intervals: new Map(), ...more };
}

export function makeExemplar(slot: number, more: Partial<Exemplar> = {}): Exemplar {
  const t = BigInt(slot) * SECOND;
  return { t: t + SECOND, slot: t, traceId: "0".repeat(32), spanId: `span ${slot}`, durationNs: 9e6, pick: "max", quantile: null, rank: null, error: false, ...more };
}

export function makeSeries(points: readonly LatencyPoint[], more: Partial<LatencySeries> = {}): LatencySeries {
  const count = points.reduce((total, point) => total + point.count, 0);
  return { labels: [["name", "a"]], other: false, count, points, exemplars: [], total: null, above: [], ...more };
}

export function makeLatency(series: readonly LatencySeries[], more: Partial<Latency> = {}): Latency {
  return {
    start: 1000n * SECOND,
    end: 1200n * SECOND,
    stepNs: 10e9,
    series,
    heatmap: null,
    notByRollup: null,
    answeredAt: 9000n * SECOND,
    sampling: { rate: 1, source: "config" },
    stats: { source: "scan", rowsRead: 10, elapsedMs: 1, completeness: { complete: true, because: [], possibleDuplicates: false, rawDataFrom: null }, completeTo: null },
    ...more,
  };
}

/** Counts by second of the slot. */
export function makeHeatmap(bounds: readonly number[], counts: Readonly<Record<number, readonly number[]>>): Heatmap {
  const slots = Object.entries(counts).map(([second, own]) => ({ t: BigInt(second) * SECOND, counts: own, exemplars: [] }));
  return { bounds, slots };
}
