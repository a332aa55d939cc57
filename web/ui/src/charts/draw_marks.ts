// Draws what a chart says besides its lines: slots that may still grow, thresholds, maxima that stand for a quantile.
import type { Palette } from "../base/palette";
import type { ChartData } from "./chart_data";
import type { Projection } from "./dot_layout";

const HATCH_PX = 7;
/** What a label takes of the height. */
const LABEL_PX = 16;
const HOLLOW_RADIUS_PX = 2.2;

/** Expects, as the others, a context whose origin is the plot area's corner and whose unit is one CSS pixel. */
export function drawOpenSlots(context: CanvasRenderingContext2D, data: Pick<ChartData, "openFrom">, projection: Projection, palette: Palette): void {
  if (data.openFrom === null) return;
  const left = Math.max(projection.left(data.openFrom), 0);
  const width = projection.width - left;
  if (width <= 0) return;
  context.save();
  context.beginPath();
  context.rect(left, 0, width, projection.height);
  context.clip();
  context.strokeStyle = palette.muted;
  context.globalAlpha = 0.35;
  context.lineWidth = 1;
  context.beginPath();
  for (let x = left - projection.height; x < projection.width; x += HATCH_PX) {
    context.moveTo(x, projection.height);
    context.lineTo(x + projection.height, 0);
  }
  context.stroke();
  context.restore();
}

export function drawThresholds(context: CanvasRenderingContext2D, { marks }: ChartData, projection: Projection, palette: Palette): void {
  context.save();
  context.strokeStyle = palette.ink;
  context.lineWidth = 1;
  context.setLineDash([6, 3]);
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "right";
  context.textBaseline = "bottom";
  let lastLabel = -Infinity;
  // From above, so that of lines that lie close the highest has its name.
  for (const { at, label } of [...marks].sort((a, b) => b.at - a.at)) {
    const top = Math.round(projection.top(at)) + 0.5;
    if (top < 0 || top > projection.height) continue;
    context.beginPath();
    context.moveTo(0, top);
    context.lineTo(projection.width, top);
    context.stroke();
    if (top - lastLabel < LABEL_PX) continue;
    lastLabel = top;
    // Upon the colour of the page, as lines may run there.
    const { width } = context.measureText(label);
    context.fillStyle = palette.surface;
    context.fillRect(projection.width - width - 8, top - 16, width + 8, 15);
    context.fillStyle = palette.ink;
    context.fillText(label, projection.width - 4, top - 2);
  }
  context.restore();
}

interface HollowPaint {
  readonly palette: Palette;
  readonly colourOf: (series: number) => string;
  readonly highlighted: number | null;
}

export function drawHollowPoints(context: CanvasRenderingContext2D, data: ChartData, projection: Projection, paint: HollowPaint): void {
  context.save();
  context.lineWidth = 1.25;
  for (const { series, main, then, values, maximums } of data.lines) {
    if (!main || then || (paint.highlighted !== null && paint.highlighted !== series)) continue;
    context.fillStyle = paint.palette.surface;
    context.strokeStyle = paint.colourOf(series);
    for (const index of maximums) {
      const [x, value] = [data.x[index], values[index]];
      if (x === undefined || value == null) continue;
      context.beginPath();
      context.arc(projection.left(x), projection.top(value), HOLLOW_RADIUS_PX, 0, 2 * Math.PI);
      context.fill();
      context.stroke();
    }
  }
  context.restore();
}
