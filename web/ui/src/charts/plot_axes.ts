// The axes of a plot: clock times below, values of the measure on the left.
import uPlot from "uplot";
import type { Palette } from "../base/palette";
import { fromSeconds } from "../base/time";
import { zone } from "../base/zone";
import type { ChartData } from "./chart_data";
import { axisText } from "./measure";
import { GUTTER_PX } from "./plot_area";
import { clockLabel } from "./time_axis";
import { logTicks, thinTicks, valueRange } from "./value_axis";

const AXIS_FONT = "11px system-ui, sans-serif";

export function timeAxis(palette: Palette, { start, end }: ChartData): uPlot.Axis {
  const seconds = end - start < 900;
  return {
    ...axisOptions(palette),
    size: 28,
    space: seconds ? 80 : 64,
    values: (_, splits) => splits.map((split) => clockLabel(fromSeconds(split), seconds)),
  };
}

export function valueAxis(palette: Palette, { measure, scale }: ChartData): uPlot.Axis {
  const axis = { ...axisOptions(palette), size: GUTTER_PX };
  const values = (_: uPlot, splits: number[]) => splits.map((split) => axisText(measure, split));
  if (scale === "linear") return { ...axis, space: 44, values };
  return {
    ...axis,
    splits: (_, _axis, low, high) => [...logTicks(low, high)],
    filter: (_, splits) => splits,
    values: (_, splits) => thinTicks(splits).map((split) => (split === null ? "" : axisText(measure, split))),
  };
}

export function valueScale(data: ChartData): uPlot.Scale {
  const range = () => [...valueRange(data)] as [number, number];
  return data.scale === "linear" ? { range } : { distr: 3, log: 10, range };
}

/** Labels stand at whole hours and days of the zone that times are shown in. */
export function dateInZone(seconds: number): Date {
  const date = new Date(seconds * 1000);
  return zone.peek() === "utc" ? uPlot.tzDate(date, "Etc/UTC") : date;
}

function axisOptions(palette: Palette): uPlot.Axis {
  return {
    stroke: palette.muted,
    font: AXIS_FONT,
    grid: { stroke: palette.grid, width: 1 },
    ticks: { show: false },
  };
}
