// Draws how many spans each slot has as bars, those that failed at their foot, and marks slots in which requests stopped finishing.
import type { Palette } from "../base/palette";
import type { SlotCount } from "./slot_counts";

/** Room above the highest bar for the marks. */
const MARK_PX = 8;

export interface CountsPlace {
  /** Of the time axis, in seconds. */
  readonly start: number;
  readonly end: number;
  readonly width: number;
  readonly height: number;
}

export function drawCounts(context: CanvasRenderingContext2D, counts: readonly SlotCount[], place: CountsPlace, palette: Palette): void {
  const { start, end, width, height } = place;
  const most = counts.reduce((high, { count }) => Math.max(high, count), 1);
  const leftOf = (seconds: number) => (Math.min(Math.max((seconds - start) / (end - start), 0), 1) * width);
  const tall = (count: number) => (count === 0 ? 0 : Math.max((count / most) * (height - MARK_PX), 1));
  for (const { from, to, count, errors, stoppedFrom } of counts) {
    const [left, right] = [leftOf(from), leftOf(to)];
    const bar = Math.max(right - left - (right - left > 3 ? 1 : 0), 0.5);
    context.globalAlpha = 0.45;
    context.fillStyle = palette.muted;
    context.fillRect(left, height - tall(count), bar, tall(count));
    context.globalAlpha = 1;
    context.fillStyle = palette.error;
    if (errors > 0) context.fillRect(left, height - tall(errors), bar, tall(errors));
    if (stoppedFrom !== null) drawMark(context, (left + right) / 2, height - tall(count) - 1);
  }
  context.fillStyle = palette.grid;
  context.fillRect(0, height - 0.5, width, 0.5);
}

/** Points down at what is missing. */
function drawMark(context: CanvasRenderingContext2D, middle: number, foot: number): void {
  context.beginPath();
  context.moveTo(middle, foot);
  context.lineTo(middle - 3.5, foot - 6);
  context.lineTo(middle + 3.5, foot - 6);
  context.closePath();
  context.fill();
}
