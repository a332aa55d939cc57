// The bars of a waterfall on one canvas: where each lies, and drawing the visible ones with the ruler's lines.
import type { Span, Trace } from "../api/trace";
import type { Palette } from "../base/palette";
import type { CriticalPath, PathPart } from "./critical_path";
import type { TreeRow } from "./tree";

export const ROW_PX = 22;
const BAR_PX = 10;
const PATH_LINE_PX = 2;

export interface Bar {
  readonly left: number;
  readonly width: number;
}

/** A span's bar in pixels: at least one pixel wide, and never outside the trace's width. */
export function barOf(span: Span, trace: Trace, width: number): Bar {
  const whole = Math.max(trace.durationNs, 1);
  const start = Math.min(Math.max(span.offsetNs / whole, 0), 1);
  const end = Math.min(Math.max((span.offsetNs + span.durationNs) / whole, start), 1);
  const left = Math.min(start * width, width - 1);
  return { left, width: Math.max((end - start) * width, 1) };
}

/** The parts of a span on the critical path in pixels: those that touch become one, none is narrower than a pixel. */
export function pathRuns(parts: readonly PathPart[], trace: Trace, width: number): readonly Bar[] {
  const whole = Math.max(trace.durationNs, 1);
  const pixel = (ns: number) => Math.min(Math.max(ns / whole, 0), 1) * width;
  const runs: { left: number; width: number }[] = [];
  for (const { startNs, endNs } of parts) {
    const left = Math.min(pixel(startNs), width - 1);
    const right = Math.max(pixel(endNs), left + 1);
    const last = runs.at(-1);
    if (last !== undefined && left - (last.left + last.width) < 1) last.width = Math.max(right - last.left, last.width);
    else runs.push({ left, width: right - left });
  }
  return runs;
}

/** Round durations for a ruler: 1, 2 or 5 of a power of ten, at most one for each `spacing` pixels. */
export function rulerTicks(durationNs: number, width: number, spacing = 50): readonly number[] {
  if (durationNs <= 0 || width <= 0) return [0];
  const least = durationNs / Math.max(Math.floor(width / spacing), 1);
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= least) ?? least;
  const ticks: number[] = [];
  for (let tick = 0; tick <= durationNs; tick += step) ticks.push(tick);
  return ticks;
}

export interface BarPaint {
  readonly trace: Trace;
  readonly path: CriticalPath;
  readonly rows: readonly TreeRow[];
  readonly scrollTop: number;
  readonly width: number;
  readonly height: number;
  readonly palette: Palette;
}

/** Sizes the canvas for the screen and draws what is in view. */
export function drawBars(canvas: HTMLCanvasElement, paint: BarPaint): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const ratio = window.devicePixelRatio;
  const { width, height } = paint;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  drawGrid(context, paint);
  const first = Math.max(Math.floor(paint.scrollTop / ROW_PX), 0);
  const last = Math.min(Math.ceil((paint.scrollTop + height) / ROW_PX), paint.rows.length);
  for (let index = first; index < last; index++) drawRow(context, paint, index);
}

function drawGrid(context: CanvasRenderingContext2D, { trace, width, height, palette }: BarPaint): void {
  context.fillStyle = palette.grid;
  for (const tick of rulerTicks(trace.durationNs, width))
    context.fillRect(Math.round((tick / Math.max(trace.durationNs, 1)) * width), 0, 1, height);
}

function drawRow(context: CanvasRenderingContext2D, paint: BarPaint, index: number): void {
  const span = paint.trace.spans[paint.rows[index]?.span ?? -1];
  if (span === undefined) return;
  const { palette, width } = paint;
  const { left, width: length } = barOf(span, paint.trace, width);
  const middle = index * ROW_PX - paint.scrollTop + ROW_PX / 2;
  context.fillStyle = palette.components[span.component];
  context.fillRect(left, middle - BAR_PX / 2, length, BAR_PX);
  context.fillStyle = palette.surface;
  for (const run of pathRuns(paint.path.get(span)?.parts ?? [], paint.trace, width))
    context.fillRect(run.left, middle - PATH_LINE_PX / 2, run.width, PATH_LINE_PX);
  if (span.status === "error") {
    context.fillStyle = palette.error;
    context.fillRect(left, middle + BAR_PX / 2, Math.max(length, 3), 2);
  }
}
