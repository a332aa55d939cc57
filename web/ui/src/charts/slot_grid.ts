// The slots of an answer as a grid of time, those without a span included, and up to when they are complete.
import type { Latency } from "../api/latency";
import { type Nanos, floorDivide, toSeconds } from "../base/time";

export interface SlotGrid {
  /** The start of the first slot: at, or less than a step before, the answer's. */
  readonly first: Nanos;
  readonly step: bigint;
  readonly count: number;
  /** From when on slots may still grow, in seconds; null where all are complete. */
  readonly openFrom: number | null;
  /** Seconds of a slot that are in the answer; 0 where they are too few to tell a rate. */
  readonly secondsOf: (slot: Nanos) => number;
}

/** Less than such a part of a slot tells no rate. */
const OPEN_PARTS = 5;

export type Timed = Pick<Latency, "start" | "end" | "stepNs" | "answeredAt" | "stats" | "series" | "heatmap">;

export function gridOf(latency: Timed): SlotGrid {
  const step = BigInt(Math.max(Math.round(latency.stepNs), 1));
  const some = latency.series.find((series) => series.points.length > 0)?.points[0]?.t ?? latency.heatmap?.slots[0]?.t ?? latency.start;
  const first = some + floorDivide(latency.start - some, step) * step;
  const known = knownTo(latency);
  const openSlot = first + floorDivide(known - first, step) * step;
  return {
    first,
    step,
    count: Number(floorDivide(latency.end - first + step - 1n, step)),
    openFrom: known >= latency.end ? null : toSeconds(openSlot),
    secondsOf(slot) {
      if (slot + step <= known) return Number(step) / 1e9;
      const seconds = Number(known - slot) / 1e9;
      return seconds * OPEN_PARTS < Number(step) / 1e9 ? 0 : seconds;
    },
  };
}

/** Up to when everything that had arrived is in the answer. */
function knownTo({ stats, answeredAt }: Timed): Nanos {
  const { completeTo } = stats;
  return completeTo !== null && completeTo < answeredAt ? completeTo : answeredAt;
}
