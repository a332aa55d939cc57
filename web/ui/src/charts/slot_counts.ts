// How many spans each slot has, all series together, and where requests stopped finishing: in a stall nothing ends, and p99 looks healthy.
import type { Latency } from "../api/latency";
import { type Nanos, toSeconds } from "../base/time";
import { gridOf } from "./slot_grid";

export interface SlotCount {
  readonly slot: Nanos;
  /** The slot's ends in seconds. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly errors: number;
  /** The median of the slots before, where this one has fewer than half of it; else null. */
  readonly stoppedFrom: number | null;
}

/** How many slots before are looked at; those marked are passed over, so that a long stall stays marked. */
const LOOK_BACK = 12;
const BEFORE_MIN = 3;
/** Fewer spans a slot than this vary by half of themselves without a reason. */
const MEDIAN_MIN = 20;

/** The slots from the first to the last complete one that has spans, and those without any between and after them. */
export function slotCounts(latency: Latency): readonly SlotCount[] {
  const totals = new Map<Nanos, { count: number; errors: number }>();
  for (const { points } of latency.series)
    for (const { t, count, errors } of points) {
      const total = totals.get(t) ?? { count: 0, errors: 0 };
      totals.set(t, { count: total.count + count, errors: total.errors + errors });
    }
  const { first, step, count: slots, openFrom } = gridOf(latency);
  const seconds = Number(step) / 1e9;
  const usual: number[] = [];
  const counted: SlotCount[] = [];
  for (let index = 0; index < slots; index++) {
    const slot = first + BigInt(index) * step;
    const from = toSeconds(slot);
    const { count, errors } = totals.get(slot) ?? { count: 0, errors: 0 };
    if (count === 0 && counted.length === 0) continue;
    const isOpen = openFrom !== null && from >= openFrom;
    if (isOpen && count === 0) break;
    const before = isOpen ? null : usualCount(usual);
    const stoppedFrom = before !== null && count < before / 2 ? before : null;
    counted.push({ slot, from, to: from + seconds, count, errors, stoppedFrom });
    if (stoppedFrom === null) usual.push(count);
  }
  return counted;
}

function usualCount(before: readonly number[]): number | null {
  const recent = before.slice(-LOOK_BACK).sort((a, b) => a - b);
  if (recent.length < BEFORE_MIN) return null;
  const median = recent[Math.floor(recent.length / 2)] ?? 0;
  return median >= MEDIAN_MIN ? median : null;
}
