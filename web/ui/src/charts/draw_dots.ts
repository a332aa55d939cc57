// Draws exemplar dots on a canvas: discs, triangles for errors, a ring around the open one.
import type { Palette } from "../base/palette";
import type { PlacedDot } from "./dot_layout";

const RADIUS_PX = 3.5;

export interface DotPaint {
  readonly palette: Palette;
  readonly colourOf: (series: number) => string;
  readonly selected: string | null;
  readonly highlighted: number | null;
}

/** Expects a context whose origin is the plot area's corner and whose unit is one CSS pixel. */
export function drawDots(context: CanvasRenderingContext2D, placed: readonly PlacedDot[], paint: DotPaint): void {
  for (const place of placed) {
    const { dot } = place;
    const faded = paint.highlighted !== null && paint.highlighted !== dot.series;
    context.globalAlpha = faded ? 0.15 : 1;
    context.fillStyle = dot.exemplar.error ? paint.palette.error : paint.colourOf(dot.series);
    context.strokeStyle = paint.palette.surface;
    context.lineWidth = 1.5;
    context.beginPath();
    if (dot.exemplar.error) triangle(context, place);
    else context.arc(place.left, place.top, RADIUS_PX, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
    if (dot.exemplar.spanId === paint.selected) ring(context, place, paint.palette);
  }
  context.globalAlpha = 1;
}

function triangle(context: CanvasRenderingContext2D, { left, top }: PlacedDot): void {
  context.moveTo(left, top - 5);
  context.lineTo(left + 4.8, top + 3.6);
  context.lineTo(left - 4.8, top + 3.6);
  context.closePath();
}

function ring(context: CanvasRenderingContext2D, { left, top }: PlacedDot, palette: Palette): void {
  context.globalAlpha = 1;
  context.strokeStyle = palette.ink;
  context.lineWidth = 2;
  context.beginPath();
  context.arc(left, top, RADIUS_PX + 4.5, 0, 2 * Math.PI);
  context.stroke();
}
