// Draws the axes of a chart on a canvas: values to the left, clock times below.
import type { Palette } from "../base/palette";
import type { PlotArea } from "./plot_area";
import type { TimeTick } from "./time_axis";

const FONT = "11px system-ui, sans-serif";
/** Room for one label of time. */
export const TICK_PX = 72;

export interface ValueTick {
  /** CSS pixels from the plot area's top. */
  readonly top: number;
  /** Null for a line without a label. */
  readonly label: string | null;
}

interface Axes {
  readonly area: PlotArea;
  readonly values: readonly ValueTick[];
  readonly times: readonly TimeTick[];
  /** CSS pixels from the plot area's left edge, of a time in seconds. */
  readonly left: (seconds: number) => number;
}

/** Expects a context whose origin is the canvas' corner and whose unit is one CSS pixel. */
export function drawAxes(context: CanvasRenderingContext2D, { area, values, times, left }: Axes, palette: Palette): void {
  context.font = FONT;
  context.lineWidth = 1;
  context.strokeStyle = palette.grid;
  context.fillStyle = palette.muted;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const { top, label } of values) {
    const y = area.top + top;
    line(context, area.left, y, area.left + area.width, y);
    if (label !== null) context.fillText(label, area.left - 8, y);
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const { at, label } of times) {
    const x = area.left + left(at);
    line(context, x, area.top, x, area.top + area.height);
    context.fillText(label, x, area.top + area.height + 9);
  }
}

function line(context: CanvasRenderingContext2D, left: number, top: number, right: number, bottom: number): void {
  context.beginPath();
  context.moveTo(left, top);
  context.lineTo(right, bottom);
  context.stroke();
}
