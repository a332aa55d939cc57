// The bars of a waterfall on one canvas: where each lies, and drawing the visible ones with the ruler's lines.
import { prepareCanvas } from "../base/canvas";
import type { Palette } from "../base/palette";
import { type Axis, rulerTicks, shareAt } from "./axis";
import type { CriticalPath, PathPart } from "./critical_path";
import { type Run, density } from "./runs";
import { type Sources, sourceOf } from "./sources";
import { NODE, type Tree } from "./tree";

export const ROW_PX = 22;
const BAR_PX = 10;
const PATH_LINE_PX = 2;
/** How faint a pixel of a run is where one of its spans runs; it is full where the most do. */
const FAINTEST = 0.35;

export interface Bar {
  readonly left: number;
  readonly width: number;
}

/** The bar of a stretch of time in pixels: at least one pixel wide; null where it lies outside the view. */
export function barOf(fromNs: number, toNs: number, axis: Axis, width: number): Bar | null {
  const start = shareAt(axis, fromNs);
  const end = shareAt(axis, toNs);
  if (end < 0 || start > 1) return null;
  const left = Math.min(Math.max(start, 0) * width, width - 1);
  return { left, width: Math.max(Math.min(end, 1) * width - left, 1) };
}

/** The parts of a span on the critical path in pixels: those that touch become one, none is narrower than a pixel. */
export function pathRuns(parts: readonly PathPart[], axis: Axis, width: number): readonly Bar[] {
  const runs: { left: number; width: number }[] = [];
  for (const { startNs, endNs } of parts) {
    const bar = barOf(startNs, endNs, axis, width);
    if (bar === null) continue;
    const last = runs.at(-1);
    if (last !== undefined && bar.left - (last.left + last.width) < 1) last.width = Math.max(bar.left + bar.width - last.left, last.width);
    else runs.push({ ...bar });
  }
  return runs;
}

export interface BarPaint {
  readonly all: Sources;
  readonly tree: Tree;
  readonly path: CriticalPath;
  readonly rows: Int32Array;
  readonly axis: Axis;
  readonly scrollTop: number;
  readonly width: number;
  readonly height: number;
  readonly palette: Palette;
}

/** Draws what is in view. */
export function drawBars(canvas: HTMLCanvasElement, paint: BarPaint): void {
  const { width, height, rows, scrollTop } = paint;
  const context = prepareCanvas(canvas, width, height);
  if (context === null) return;
  context.fillStyle = paint.palette.grid;
  for (const tick of rulerTicks(paint.axis, width)) context.fillRect(Math.round(shareAt(paint.axis, tick) * width), 0, 1, height);
  const first = Math.max(Math.floor(scrollTop / ROW_PX), 0);
  const last = Math.min(Math.ceil((scrollTop + height) / ROW_PX), rows.length);
  for (let row = first; row < last; row++) drawRow(context, paint, rows[row]!, row * ROW_PX - scrollTop + ROW_PX / 2);
}

function drawRow(context: CanvasRenderingContext2D, paint: BarPaint, node: number, middle: number): void {
  const subject = paint.tree.subjects[node]!;
  switch (paint.tree.kinds[node]) {
    case NODE.run:
      return drawRun(context, paint, paint.tree.runs[subject]!, middle);
    case NODE.link:
      return drawLink(context, paint, subject, middle);
    case NODE.span:
      return drawSpan(context, paint, subject, middle);
  }
}

function drawSpan(context: CanvasRenderingContext2D, { all, axis, width, palette, path }: BarPaint, place: number, middle: number): void {
  const span = all.spans[place]!;
  const bar = barOf(span.offsetNs, span.offsetNs + span.durationNs, axis, width);
  if (bar === null) return;
  context.fillStyle = palette.components[span.component];
  context.fillRect(bar.left, middle - BAR_PX / 2, bar.width, BAR_PX);
  const entry = path.get(span);
  if (entry !== undefined) {
    context.fillStyle = palette.surface;
    for (const run of pathRuns(entry.parts, axis, width)) context.fillRect(run.left, middle - PATH_LINE_PX / 2, run.width, PATH_LINE_PX);
  }
  if (span.status === "error") {
    context.fillStyle = palette.error;
    context.fillRect(bar.left, middle + BAR_PX / 2, Math.max(bar.width, 3), 2);
  }
}

/** A strip that is the stronger, the more spans of the run are running. */
function drawRun(context: CanvasRenderingContext2D, { all, axis, width, palette }: BarPaint, run: Run, middle: number): void {
  const bar = barOf(run.fromNs, run.toNs, axis, width);
  if (bar === null) return;
  const counts = density(all.spans, run, axis.fromNs, axis.toNs, width);
  const most = counts.reduce((max, count) => Math.max(max, count), 1);
  context.fillStyle = palette.components[all.spans[run.members[0]!]!.component];
  for (let column = Math.floor(bar.left); column < counts.length && column < bar.left + bar.width; column++) {
    const count = counts[column]!;
    if (count === 0) continue;
    let end = column + 1;
    while (end < counts.length && counts[end] === count) end++;
    context.globalAlpha = FAINTEST + (1 - FAINTEST) * (count / most);
    context.fillRect(column, middle - BAR_PX / 2, end - column, BAR_PX);
    column = end - 1;
  }
  context.globalAlpha = 1;
  if (run.errors > 0) {
    context.fillStyle = palette.error;
    context.fillRect(bar.left, middle + BAR_PX / 2, Math.max(bar.width, 3), 2);
  }
}

/** A bracket over the time of the linked trace, once that is known. */
function drawLink(context: CanvasRenderingContext2D, { all, axis, width, palette }: BarPaint, link: number, middle: number): void {
  const source = all.sources.find((one) => one.link === link);
  if (source === undefined) return;
  const bar = barOf(source.shiftNs, source.shiftNs + source.trace.durationNs, axis, width);
  if (bar === null) return;
  context.fillStyle = palette.muted;
  context.fillRect(bar.left, middle - 1, bar.width, 2);
  context.fillRect(bar.left, middle - 4, 2, 8);
  context.fillRect(bar.left + bar.width - 2, middle - 4, 2, 8);
}

/** The colour of a node where it is one span or a run of them; null for other rows. */
export function colourOf(all: Sources, tree: Tree, node: number, palette: Palette): string | null {
  const subject = tree.subjects[node]!;
  const place = tree.kinds[node] === NODE.span ? subject : tree.kinds[node] === NODE.run ? tree.runs[subject]!.members[0]! : -1;
  const span = all.spans[place];
  return span === undefined ? null : palette.components[span.component];
}

/** Whether a node belongs to a trace that a link led to. */
export function isSpliced(all: Sources, tree: Tree, node: number): boolean {
  const subject = tree.subjects[node]!;
  const kind = tree.kinds[node];
  if (kind === NODE.orphans) return false;
  const place = kind === NODE.span ? subject : kind === NODE.run ? tree.runs[subject]!.members[0]! : all.links[subject]!.owner;
  return sourceOf(all, place).link !== null;
}
