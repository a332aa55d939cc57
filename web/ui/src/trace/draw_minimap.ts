// All spans of a trace in a strip: each a line as long as it lasts, in the order of the waterfall from top to bottom.
import { prepareCanvas } from "../base/canvas";
import type { Palette } from "../base/palette";
import { type Axis, shareAt } from "./axis";
import type { Sources } from "./sources";

/** A line of the strip, in pixels. */
export interface Line {
  readonly left: number;
  readonly width: number;
  readonly top: number;
}

/** Where a span's line lies: `order` is its place from 0 to 1 from top to bottom. */
export function lineOf(whole: Axis, fromNs: number, toNs: number, order: number, width: number, height: number): Line {
  const left = Math.floor(Math.min(Math.max(shareAt(whole, fromNs), 0), 1) * (width - 1));
  const right = Math.ceil(Math.min(Math.max(shareAt(whole, toNs), 0), 1) * width);
  return { left, width: Math.max(right - left, 1), top: Math.min(Math.floor(order * height), height - 1) };
}

/** Draws every span once: where lines of a pixel fall upon each other, the first stays. */
export function drawMinimap(canvas: HTMLCanvasElement, { spans }: Sources, whole: Axis, width: number, height: number, palette: Palette): void {
  const context = prepareCanvas(canvas, width, height);
  if (context === null) return;
  const columns = Math.ceil(width);
  const taken = new Uint8Array(columns * Math.ceil(height));
  const errors: Line[] = [];
  spans.forEach(({ offsetNs, durationNs, component, status }, place) => {
    const line = lineOf(whole, offsetNs, offsetNs + durationNs, place / spans.length, width, height);
    if (status === "error") errors.push(line);
    const cell = line.top * columns + line.left;
    if (line.width === 1 && taken[cell] === 1) return;
    taken[cell] = 1;
    context.fillStyle = palette.components[component];
    context.fillRect(line.left, line.top, line.width, 1);
  });
  context.fillStyle = palette.error;
  for (const { left, top, width: length } of errors) context.fillRect(left, top, Math.max(length, 2), 2);
}
