// Places exemplar dots on the plot so that none overlaps another, finds them and moves among them by key.
import type { Dot } from "./chart_data";

export interface PlacedDot {
  readonly dot: Dot;
  /** CSS pixels from the plot area's top left corner. */
  readonly left: number;
  readonly top: number;
  /** The dots that lie under this one. */
  readonly hidden: readonly Dot[];
}

export interface Projection {
  readonly left: (x: number) => number;
  readonly top: (y: number) => number;
  readonly width: number;
  readonly height: number;
}

/** Dots closer than this become one. */
const CLEARANCE_MIN_PX = 12;
const PEAKS_PER_SERIES = 2;
/** More dots than this are a fog: the clearance grows until they are fewer. */
const DOTS_MAX = 160;
const CLEARANCE_GROWTH = 1.25;

/** Which dots may not be hidden by others, and which series has the chart to itself. */
export interface DotMarks {
  /** Span ids of the dots that stay in any crowd; the last one foremost. */
  readonly kept: readonly string[];
  readonly highlighted: number | null;
}

interface Place extends PlacedDot {
  readonly hidden: Dot[];
}

/** The most important dot of each crowd, in order of time; while a series is highlighted, only its dots. */
export function placeDots(dots: readonly Dot[], projection: Projection, { kept, highlighted }: DotMarks): readonly PlacedDot[] {
  const rank = new Map(kept.map((spanId, index) => [spanId, -1 - index] as const));
  const isKept = (dot: Dot) => rank.has(dot.exemplar.spanId);
  const peaks = peaksOf(dots.filter((dot) => !dot.minor));
  const importance = (dot: Dot) =>
    rank.get(dot.exemplar.spanId) ?? (peaks.has(dot) ? 1 : dot.exemplar.error ? 2 : dot.exemplar.pick === "median" ? 4 : 3);
  const places = dots
    .filter((dot) => isKept(dot) || (!dot.minor && (highlighted === null || dot.series === highlighted)))
    .sort((a, b) => importance(a) - importance(b) || b.y - a.y)
    .map((dot): Place => ({ dot, left: projection.left(dot.x), top: projection.top(dot.y), hidden: [] }))
    .filter(({ left, top }) => left >= -1 && left <= projection.width + 1 && top >= -1 && top <= projection.height + 1);
  const isProminent = (dot: Dot) => isKept(dot) || peaks.has(dot);
  let clearance = CLEARANCE_MIN_PX;
  let placed = thinOut(places, isProminent, clearance);
  while (placed.length > DOTS_MAX && clearance < projection.width) {
    clearance *= CLEARANCE_GROWTH;
    placed = thinOut(places, isProminent, clearance);
  }
  return placed.sort((a, b) => a.left - b.left || b.top - a.top);
}

/** The slowest dots of each series, which give way only to what would overlap them. */
function peaksOf(dots: readonly Dot[]): ReadonlySet<Dot> {
  const bySeries = new Map<number, Dot[]>();
  for (const dot of dots) {
    const series = bySeries.get(dot.series);
    if (series === undefined) bySeries.set(dot.series, [dot]);
    else series.push(dot);
  }
  return new Set([...bySeries.values()].flatMap((series) => series.sort((a, b) => b.y - a.y).slice(0, PEAKS_PER_SERIES)));
}

/** Goes through places in order and drops each that is too close to one before it. */
function thinOut(places: readonly Place[], isProminent: (dot: Dot) => boolean, clearance: number): Place[] {
  const cells = new Map<number, Place[]>();
  const placed: Place[] = [];
  for (const { dot, left, top } of places) {
    const around = aroundCell(cells, cellOf(left, top, clearance));
    const crowd = around[nearestDot(around, left, top, isProminent(dot) ? CLEARANCE_MIN_PX : clearance)];
    if (crowd !== undefined) {
      crowd.hidden.push(dot);
      continue;
    }
    const place: Place = { dot, left, top, hidden: [] };
    placed.push(place);
    const cell = cellOf(left, top, clearance);
    const inCell = cells.get(cell);
    if (inCell === undefined) cells.set(cell, [place]);
    else inCell.push(place);
  }
  return placed;
}

/** More cells than any chart has one above the other. */
const CELLS_DOWN = 1 << 16;
const STEPS = [-1, 0, 1];

/** Cells are as wide and as high as the clearance, and numbered from top to bottom, then to the right. */
function cellOf(left: number, top: number, size: number): number {
  return Math.floor(left / size) * CELLS_DOWN + Math.floor(top / size);
}

/** What lies in a cell and the eight around it. */
function aroundCell(cells: ReadonlyMap<number, readonly Place[]>, cell: number): readonly Place[] {
  const found: Place[] = [];
  for (const across of STEPS) {
    for (const down of STEPS) {
      const places = cells.get(cell + across * CELLS_DOWN + down);
      if (places !== undefined) found.push(...places);
    }
  }
  return found;
}

/** The dot of a span, or the one that hides it; -1 when the chart has neither. */
export function dotOfSpan(placed: readonly PlacedDot[], spanId: string | null): number {
  const own = placed.findIndex(({ dot }) => dot.exemplar.spanId === spanId);
  return own >= 0 ? own : placed.findIndex(({ hidden }) => hidden.some((dot) => dot.exemplar.spanId === spanId));
}

/** The slowest dot: where a reader starts. */
export function slowestDot(placed: readonly PlacedDot[]): number {
  return placed.reduce((best, place, index) => (place.dot.y > (placed[best]?.dot.y ?? 0) ? index : best), 0);
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
