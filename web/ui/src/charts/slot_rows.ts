// What each series has in one slot, now and so much earlier.
import type { LatencyPoint, LatencySeries } from "../api/latency";
import type { Nanos } from "../base/time";
import type { ChartData } from "./chart_data";

export interface SlotRow {
  readonly series: LatencySeries;
  readonly place: number;
  /** Undefined where only the time before has one. */
  readonly point: LatencyPoint | undefined;
  readonly now: number | null;
  readonly then: number | null;
}

/** What each series has in a slot, the highest first. */
export function slotRows(data: ChartData, index: number, slot: Nanos): readonly SlotRow[] {
  const valueOf = (series: number, then: boolean) =>
    data.lines.find((line) => line.main && line.series === series && line.then === then)?.values[index] ?? null;
  return data.series
    .map((series, place) => ({ series, place, point: data.points[place]?.get(slot), now: valueOf(place, false), then: valueOf(place, true) }))
    .filter(({ now, then }) => now !== null || then !== null)
    .sort((a, b) => (b.now ?? -1) - (a.now ?? -1));
}
