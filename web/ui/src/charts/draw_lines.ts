// Draws the lines of a chart, with gaps where nothing was, and the axes around them: for pictures, whose size is no screen's.
import type { Palette } from "../base/palette";
import { type ChartData, type Line, isolated } from "./chart_data";
import type { Projection } from "./dot_layout";
import { TICK_PX, drawAxes } from "./draw_axes";
import { inDrawingOrder, lineLook } from "./line_look";
import { axisText } from "./measure";
import { niceSteps } from "./nice_steps";
import type { PlotArea } from "./plot_area";
import { timeTicks } from "./time_axis";
import { logTicks, thinTicks, valueRange } from "./value_axis";

/** Where a value and a time stand in an area. */
export function projectionOf(data: ChartData, { width, height }: PlotArea): Projection {
  const [low, high] = valueRange(data);
  const spread = data.scale === "log" ? Math.log : (value: number) => value;
  const [from, to] = [spread(low), spread(high)];
  return {
    width,
    height,
    left: (seconds) => ((seconds - data.start) / (data.end - data.start)) * width,
    top: (value) => ((to - spread(value)) / (to - from)) * height,
  };
}

export function drawLineAxes(context: CanvasRenderingContext2D, data: ChartData, area: PlotArea, palette: Palette): void {
  const [low, high] = valueRange(data);
  const { left, top } = projectionOf(data, area);
  const ticks = data.scale === "log" ? logTicks(low, high) : niceSteps(low, high).filter((tick) => tick <= high);
  const labelled = data.scale === "log" ? thinTicks(ticks) : ticks;
  const values = ticks.map((tick, index) => {
    const label = labelled[index];
    return { top: top(tick), label: label == null ? null : axisText(data.measure, label) };
  });
  drawAxes(context, { area, values, left, times: timeTicks(data.start, data.end, area.width / TICK_PX) }, palette);
}

/** Expects a context whose origin is the plot area's corner and whose unit is one CSS pixel. */
export function drawDataLines(context: CanvasRenderingContext2D, data: ChartData, projection: Projection, colourOf: (series: number) => string): void {
  const alone = data.series.length === 1;
  context.save();
  context.lineJoin = "round";
  for (const line of inDrawingOrder(data)) {
    const { opacity, width, dash, pointSize } = lineLook(line, alone);
    context.strokeStyle = context.fillStyle = `${colourOf(line.series)}${opacity}`;
    context.lineWidth = width;
    context.setLineDash(dash);
    strokeLine(context, line, data.x, projection);
    for (const index of isolated(line.values)) {
      context.beginPath();
      context.arc(projection.left(data.x[index] ?? 0), projection.top(line.values[index] ?? 0), pointSize / 2, 0, 2 * Math.PI);
      context.fill();
    }
  }
  context.restore();
}

function strokeLine(context: CanvasRenderingContext2D, { values }: Line, x: readonly number[], { left, top }: Projection): void {
  let isDown = false;
  context.beginPath();
  values.forEach((value, index) => {
    if (value === null) {
      isDown = false;
      return;
    }
    if (isDown) context.lineTo(left(x[index] ?? 0), top(value));
    else context.moveTo(left(x[index] ?? 0), top(value));
    isDown = true;
  });
  context.stroke();
}
