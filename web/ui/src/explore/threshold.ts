// From which duration on something is among the slowest hundredth of a range.
import type { TimeSpan } from "../api/compare";
import { fetchLatency } from "../api/latency";
import { fetchShares } from "../api/shares";
import { type Result, success } from "../base/result";
import type { RowsOf } from "../base/rows";

const SLOW = "0.99";

/** In nanoseconds; 0 where there is nothing. */
export async function slowFrom(of: RowsOf, filter: string, time: TimeSpan, signal: AbortSignal): Promise<Result<number>> {
  if (of !== "spans") {
    const shares = await fetchShares({ of, filter, ...time, baseline: null, by: [], exemplars: 0 }, signal);
    return shares.ok ? success(shares.value.bounds.p99) : shares;
  }
  const latency = await fetchLatency({ filter, ...time, quantiles: [SLOW], by: [], exemplars: 0, limit: 1, total: true }, signal);
  if (!latency.ok) return latency;
  return success(latency.value.series[0]?.total?.quantiles.get(SLOW) ?? 0);
}
