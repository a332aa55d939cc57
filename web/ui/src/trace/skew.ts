// What it means that a span lies outside its parent in another process, in words. Nothing is moved.
import type { Span } from "../api/trace";
import { formatDuration } from "../base/format";

export interface Skew {
  /** Short, for a row. */
  readonly label: string;
  readonly sentence: string;
}

/** Only clocks explain an early start; a late end may also be a caller that did not wait. */
export function skewOf({ clockSkewNs }: Span): Skew | null {
  if (clockSkewNs === null || clockSkewNs === 0) return null;
  if (clockSkewNs < 0)
    return { label: "clock differs", sentence: `clock differs: starts ${formatDuration(-clockSkewNs)} before its parent` };
  return {
    label: "ends after parent",
    sentence: `ends ${formatDuration(clockSkewNs)} after its parent: the clock differs, or the caller did not wait`,
  };
}
