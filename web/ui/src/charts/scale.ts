// How values are spread over an axis.
import type { ShownMeasure } from "./measure";

export const SCALES = ["log", "linear"] as const;
export type Scale = (typeof SCALES)[number];

/** Durations may be read on either; other measures begin at zero. */
export function scaleOf(measure: ShownMeasure, wanted: Scale): Scale {
  return measure === "latency" ? wanted : "linear";
}
