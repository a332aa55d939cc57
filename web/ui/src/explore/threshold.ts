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

/** Of the logarithms of durations: finer than a nanosecond. */
const HALVINGS = 40;

/** A quantile of all slots together, from those of each: between two of them durations are taken to be spread evenly on a log scale. */
export function quantileOfRange(points: readonly LatencyPoint[], quantile: number): number | null {
  const spans = points.reduce((total, { count }) => total + count, 0);
  if (spans === 0) return null;
  const curves = points.map(curveOf);
  const slower = (log: number) => curves.reduce((total, curve) => total + curve.count * partAbove(curve, log), 0);
  let low = 0;
  let high = Math.max(...curves.map(({ logs }) => logs.at(-1) ?? 0));
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (slower(middle) > (1 - quantile) * spans) low = middle;
    else high = middle;
  }
  return Math.round(Math.exp(high));
}

/** The spans of a slot: the quantiles that are known, in order, and the logarithm of each, taken once, for it is compared many times. */
interface Curve {
  readonly count: number;
  readonly quantiles: readonly number[];
  readonly logs: readonly number[];
}

function curveOf({ count, quantiles }: LatencyPoint): Curve {
  const knots = [...quantiles].map(([quantile, value]) => [Number(quantile), Math.log(Math.max(value, 1))] as const);
  knots.sort(([a], [b]) => a - b);
  return { count, quantiles: knots.map(([quantile]) => quantile), logs: knots.map(([, log]) => log) };
}

/** The part of a slot's spans that took longer than a duration of this logarithm. */
function partAbove({ quantiles, logs }: Curve, log: number): number {
  let next = 0;
  while ((logs[next] ?? Infinity) <= log) next++;
  const [below, above] = [logs[next - 1], logs[next]];
  if (above === undefined) return 0;
  if (below === undefined) return 1;
  const [from, to] = [quantiles[next - 1] ?? 0, quantiles[next] ?? 1];
  return 1 - (from + ((log - below) / (above - below)) * (to - from));
}
