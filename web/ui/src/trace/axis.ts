// The part of a trace's time that the bars show: zoom, pan, fit, and where a time lies in it.

/** Nanoseconds from the start of the opened trace. */
export interface Axis {
  readonly fromNs: number;
  readonly toNs: number;
}

/** The narrowest view: below it all bars would be as wide as the view. */
const NARROWEST_NS = 100;

/** Keeps an axis within the whole, without making it narrower than it was where it need not be. */
export function within(whole: Axis, { fromNs, toNs }: Axis): Axis {
  const most = whole.toNs - whole.fromNs;
  const length = Math.min(Math.max(toNs - fromNs, Math.min(NARROWEST_NS, most)), most);
  const from = Math.min(Math.max(fromNs, whole.fromNs), whole.toNs - length);
  return { fromNs: from, toNs: from + length };
}

/** Makes the view longer or shorter by a factor, keeping the time at `anchor` (0 left, 1 right) where it is. */
export function zoomed(whole: Axis, axis: Axis, factor: number, anchor: number): Axis {
  const length = axis.toNs - axis.fromNs;
  const wanted = Math.min(Math.max(length * factor, NARROWEST_NS), whole.toNs - whole.fromNs);
  const fromNs = axis.fromNs + (length - wanted) * anchor;
  return within(whole, { fromNs, toNs: fromNs + wanted });
}

/** Moves the view by a part of its length. */
export function panned(whole: Axis, axis: Axis, part: number): Axis {
  const by = (axis.toNs - axis.fromNs) * part;
  return within(whole, { fromNs: axis.fromNs + by, toNs: axis.toNs + by });
}

export function isWhole(whole: Axis, axis: Axis): boolean {
  return axis.fromNs <= whole.fromNs && axis.toNs >= whole.toNs;
}

/** Where a time lies, as a share of the view; outside it below 0 or above 1. */
export function shareAt({ fromNs, toNs }: Axis, ns: number): number {
  return (ns - fromNs) / Math.max(toNs - fromNs, 1);
}

/** Round times for a ruler: 1, 2 or 5 of a power of ten apart, at most one for each `spacing` pixels. */
export function rulerTicks({ fromNs, toNs }: Axis, width: number, spacing = 50): readonly number[] {
  const length = toNs - fromNs;
  if (length <= 0 || width <= 0) return [fromNs];
  const least = length / Math.max(Math.floor(width / spacing), 1);
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= least) ?? least;
  const ticks: number[] = [];
  for (let count = Math.ceil(fromNs / step); count * step <= toNs; count++) ticks.push(count * step + 0);
  return ticks;
}
