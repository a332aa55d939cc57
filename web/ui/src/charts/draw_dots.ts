// Draws exemplar dots on a canvas: discs, triangles for errors, a ring around the open one.
import type { Palette } from "../base/palette";
import type { PlacedDot } from "./dot_layout";

const RADIUS_PX = 3.5;
/** Typical spans, hollow. */
const MEDIAN_RADIUS_PX = 2.75;

export interface DotPaint {
  readonly palette: Palette;
  readonly colourOf: (series: number) => string;
  /** Span id of the open exemplar. */
  readonly selected: string | null;
}

/** Expects a context whose origin is the plot area's corner and whose unit is one CSS pixel. */
export function drawDots(context: CanvasRenderingContext2D, placed: readonly PlacedDot[], paint: DotPaint): void {
  for (const place of placed) {
    const { exemplar, series } = place.dot;
    const hollow = exemplar.pick === "median" && !exemplar.error;
    const colour = exemplar.error ? paint.palette.error : paint.colourOf(series);
    context.fillStyle = hollow ? paint.palette.surface : colour;
    context.strokeStyle = hollow ? colour : paint.palette.surface;
    context.lineWidth = 1.5;
    context.beginPath();
    if (exemplar.error) triangle(context, place);
    else context.arc(place.left, place.top, hollow ? MEDIAN_RADIUS_PX : RADIUS_PX, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
    if (exemplar.spanId === paint.selected) ring(context, place, paint.palette);
  }
}

function triangle(context: CanvasRenderingContext2D, { left, top }: PlacedDot): void {
  context.moveTo(left, top - 5);
  context.lineTo(left + 4.8, top + 3.6);
  context.lineTo(left - 4.8, top + 3.6);
  context.closePath();
}

function ring(context: CanvasRenderingContext2D, { left, top }: PlacedDot, palette: Palette): void {
  context.strokeStyle = palette.ink;
  context.lineWidth = 2;
  context.beginPath();
  context.arc(left, top, RADIUS_PX + 4.5, 0, 2 * Math.PI);
  context.stroke();
}
