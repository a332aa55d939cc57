// The vertical axis: from where to where it goes, where its labels stand.
import type { ChartData } from "./chart_data";
import type { ShownMeasure } from "./measure";

/** Below it, a share of errors or a rate would fill the chart by a single span; a burn rate is seen beside 1. */
const HIGHEST_MIN: Readonly<Record<ShownMeasure, number>> = { latency: 1e3, rate: 1, errors: 0.01, burn: 1.2 };

/** Lowest and highest value drawn, with room around them for dots and labels at the edge. */
export function valueRange(data: ChartData): readonly [number, number] {
  let low = Infinity;
  let high = 0;
  const take = (value: number | null) => {
    if (value === null) return;
    low = Math.min(low, value);
    high = Math.max(high, value);
  };
  for (const line of data.lines) line.values.forEach(take);
  for (const dot of data.dots) take(dot.y);
  for (const threshold of data.thresholds) take(threshold.ns);
  if (data.scale === "linear") return [0, Math.max(high, HIGHEST_MIN[data.measure]) * 1.1];
  return high === 0 ? [1e6, 1e9] : [low / 1.4, high * 1.5];
}

/** Labels for a log axis: 1, 2, 5 of each decade, fewer when there are many decades. */
export function logTicks(low: number, high: number): readonly number[] {
  const decades = Math.log10(high / low);
  const steps = decades > 4.5 ? [1] : decades > 1 ? [1, 2, 5] : [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++)
    for (const step of steps) {
      const tick = step * 10 ** power;
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  return ticks;
}

/** Labels of a tight axis would touch: above eight, only 1, 2 and 5 of a decade keep theirs. */
export function thinTicks(ticks: readonly number[]): readonly (number | null)[] {
  if (ticks.length <= 8) return ticks;
  return ticks.map((tick) => (/^[125]/.test(tick.toExponential()) ? tick : null));
}
