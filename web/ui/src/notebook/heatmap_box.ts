// The box of a heatmap cell: as the document keeps it, whose ends may be relative and have no infinity, and as the chart draws it.
import { nowNanos, parseTime, rfc3339 } from "../base/time";
import type { Selection } from "../charts/heatmap/box";
import type { HeatmapSelection } from "./document";

/** Stands for no upper end. */
const OPEN_NS = Number.MAX_SAFE_INTEGER;

export function keptBox({ from, to, lowNs, highNs }: Selection): HeatmapSelection {
  return { from: rfc3339(from), to: rfc3339(to), lowNs: Math.round(lowNs), highNs: highNs === Infinity ? OPEN_NS : Math.round(highNs) };
}

/** Null where there is none, or its ends are no times. */
export function shownBox(kept: HeatmapSelection | null): Selection | null {
  if (kept === null) return null;
  const now = nowNanos();
  const [from, to] = [parseTime(kept.from, now), parseTime(kept.to, now)];
  if (from === null || to === null) return null;
  return { from, to, lowNs: kept.lowNs, highNs: kept.highNs >= OPEN_NS ? Infinity : kept.highNs };
}
