// From which duration on something is among the slowest hundredth of a range.
import type { TimeSpan } from "../api/compare";
import { type LatencyPoint, fetchLatency } from "../api/latency";
import { fetchShares } from "../api/shares";
import { type Result, success } from "../base/result";
import type { RowsOf } from "../base/rows";

const SLOW = 0.99;
/** Close together where the threshold lies. */
const QUANTILES = ["0", "0.5", "0.9", "0.95", "0.98", "0.99", "0.995", "0.999", "1"];

/** In nanoseconds; 0 where there is nothing. */
export async function slowFrom(of: RowsOf, filter: string, time: TimeSpan, signal: AbortSignal): Promise<Result<number>> {
  if (of !== "spans") {
    const shares = await fetchShares({ of, filter, ...time, baseline: null, by: [], exemplars: 0 }, signal);
    return shares.ok ? success(shares.value.bounds.p99) : shares;
  }
  const latency = await fetchLatency({ filter, ...time, quantiles: QUANTILES, by: [], exemplars: 0, limit: 1 }, signal);
  if (!latency.ok) return latency;
  return success(quantileOfRange(latency.value.series.flatMap((series) => series.points), SLOW) ?? 0);
}

const HALVINGS = 60;

/** A quantile of all slots together, from those of each: between two of them durations are taken to be spread evenly on a log scale. */
export function quantileOfRange(points: readonly LatencyPoint[], quantile: number): number | null {
  const spans = points.reduce((total, { count }) => total + count, 0);
  if (spans === 0) return null;
  const curves = points.map((point) => ({ count: point.count, knots: knotsOf(point) }));
  const slower = (value: number) => curves.reduce((total, { count, knots }) => total + count * partAbove(knots, value), 0);
  let low = 1;
  let high = Math.max(...curves.map(({ knots }) => knots.at(-1)?.value ?? 1));
  for (let step = 0; step < HALVINGS; step++) {
    const middle = Math.sqrt(low * high);
    if (slower(middle) > (1 - quantile) * spans) low = middle;
    else high = middle;
  }
  return Math.round(high);
}

interface Knot {
  readonly quantile: number;
  readonly value: number;
}

function knotsOf({ quantiles }: LatencyPoint): readonly Knot[] {
  const knots = [...quantiles].map(([quantile, value]) => ({ quantile: Number(quantile), value: Math.max(value, 1) }));
  return knots.sort((a, b) => a.quantile - b.quantile);
}

/** The part of a slot's spans that took longer than a value. */
function partAbove(knots: readonly Knot[], value: number): number {
  const next = knots.findIndex((knot) => knot.value > value);
  const [below, above] = [knots[next - 1], knots[next]];
  if (above === undefined) return 0;
  if (below === undefined) return 1;
  const way = Math.log(value / below.value) / Math.log(above.value / below.value);
  return 1 - (below.quantile + way * (above.quantile - below.quantile));
}
