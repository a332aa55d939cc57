// Places exemplar dots on the plot so that none hides another, and moves among them by key.
import type { Pick } from "../api/latency";
import type { Dot } from "./chart_data";

export interface PlacedDot {
  readonly dot: Dot;
  /** CSS pixels from the plot area's top left corner. */
  readonly left: number;
  readonly top: number;
  /** How many dots lie under this one. */
  readonly hidden: number;
}

export interface Projection {
  readonly left: (x: number) => number;
  readonly top: (y: number) => number;
  readonly width: number;
  readonly height: number;
}

/** Dots closer than this become one. */
const CLEARANCE_PX = 12;
const IMPORTANCE: Readonly<Record<Pick, number>> = { error: 0, quantile: 1, max: 2, nearest: 3, median: 4 };

/** The most important dot of each crowd, in order of time. `selected` always stays. */
export function placeDots(dots: readonly Dot[], projection: Projection, selected: string | null): readonly PlacedDot[] {
  const ordered = [...dots].sort((a, b) => importance(a, selected) - importance(b, selected) || b.y - a.y);
  const cells = new Map<string, { dot: Dot; left: number; top: number; hidden: number }[]>();
  const placed: { dot: Dot; left: number; top: number; hidden: number }[] = [];
  for (const dot of ordered) {
    const left = projection.left(dot.x);
    const top = projection.top(dot.y);
    if (left < -1 || left > projection.width + 1 || top < -1 || top > projection.height + 1) continue;
    const crowd = neighbour(cells, left, top);
    if (crowd !== undefined) {
      crowd.hidden++;
      continue;
    }
    const place = { dot, left, top, hidden: 0 };
    placed.push(place);
    const key = cellKey(left, top);
    cells.set(key, [...(cells.get(key) ?? []), place]);
  }
  return placed.sort((a, b) => a.left - b.left || b.top - a.top);
}

function importance(dot: Dot, selected: string | null): number {
  if (dot.exemplar.spanId === selected) return -1;
  return dot.exemplar.error ? 0 : IMPORTANCE[dot.exemplar.pick];
}

function cellKey(left: number, top: number, across = 0, down = 0): string {
  return `${Math.floor(left / CLEARANCE_PX) + across}:${Math.floor(top / CLEARANCE_PX) + down}`;
}

function neighbour<Place extends { left: number; top: number }>(
  cells: ReadonlyMap<string, readonly Place[]>,
  left: number,
  top: number,
): Place | undefined {
  for (const across of [-1, 0, 1])
    for (const down of [-1, 0, 1])
      for (const place of cells.get(cellKey(left, top, across, down)) ?? [])
        if (Math.hypot(place.left - left, place.top - top) < CLEARANCE_PX) return place;
  return undefined;
}

/** The dot nearest to a point, within a reach in pixels; -1 when there is none. */
export function nearestDot(placed: readonly PlacedDot[], left: number, top: number, reach: number): number {
  let best = -1;
  let bestDistance = reach;
  placed.forEach((place, index) => {
    const distance = Math.hypot(place.left - left, place.top - top);
    if (distance <= bestDistance) {
      best = index;
      bestDistance = distance;
    }
  });
  return best;
}

/** Where an arrow key leads: left and right follow time, up and down go to the nearest dot above or below. */
export function moveDot(placed: readonly PlacedDot[], from: number, key: string): number {
  const here = placed[from];
  if (here === undefined) return 0;
  if (key === "ArrowRight") return Math.min(from + 1, placed.length - 1);
  if (key === "ArrowLeft") return Math.max(from - 1, 0);
  if (key === "Home") return 0;
  if (key === "End") return placed.length - 1;
  const upward = key === "ArrowUp";
  let best = from;
  let bestCost = Infinity;
  placed.forEach((place, index) => {
    const rise = upward ? here.top - place.top : place.top - here.top;
    if (rise <= 0) return;
    const cost = rise + 3 * Math.abs(place.left - here.left);
    if (cost < bestCost) {
      best = index;
      bestCost = cost;
    }
  });
  return best;
}
