// A stretch of time between two instants, and as long a one before it.
import type { TimeSpan } from "../api/compare";
import { type Nanos, nowNanos, parseTime, rfc3339 } from "../base/time";
import type { Range } from "./view";

export interface Stretch {
  readonly start: Nanos;
  readonly end: Nanos;
}

/** The instants of a range, by the browser's clock; null where it is none. */
export function stretchOf({ from, to }: Range): Stretch | null {
  const now = nowNanos();
  const [start, end] = [parseTime(from, now), parseTime(to, now)];
  return start === null || end === null || start >= end ? null : { start, end };
}

/** As long a time, up to the start. */
export function timeBefore({ start, end }: Stretch): Stretch {
  return { start: start - (end - start), end: start };
}

export function expressed({ start, end }: Stretch): TimeSpan {
  return { start: rfc3339(start), end: rfc3339(end) };
}
