// The chart of a cell as a picture, drawn from its answer: cells that were never on the screen have one too.
import { type Latency, readLatencyAnswer } from "../api/latency";
import { type Series, readSeriesAnswer } from "../api/search";
import { visibleName } from "../base/foreign_text";
import { formatClock, formatRange } from "../base/format";
import type { Json } from "../base/json";
import type { Palette } from "../base/palette";
import { success } from "../base/result";
import { OF_WORDS } from "../base/rows";
import { fromSeconds } from "../base/time";
import { zoneName } from "../base/zone";
import { chartData } from "../charts/chart_data";
import { type Heading, heatmapPicture, latencyPicture, plainColours, plainPicture } from "../charts/chart_pictures";
import { drawAxes } from "../charts/draw_axes";
import { heatmapData } from "../charts/heatmap/heatmap_data";
import { heatmapDots } from "../charts/heatmap/heatmap_dots";
import { earlierRequest, fetchEarlier } from "../explore/earlier";
import { chartOptionsOf, readCellLatency } from "./availability";
import { cellText } from "./cell_text";
import { type ChartCell, type LatencyCell, heightOf, titleOf } from "./document";
import { drawLines, formatValue } from "./lines";
import { type NotebookScope, latencyRequestOf } from "./questions";
import { labelsText } from "./tables";

/** Of the chart alone: legends and notes have no place in it. */
const BELOW_PX = 100;
const CHART_MIN_PX = 220;

/** Null where there is nothing to draw. */
export async function cellPicture(cell: ChartCell, answer: Json, scope: NotebookScope, palette: Palette): Promise<Blob | null> {
  const height = Math.max((heightOf(cell) ?? 0) - BELOW_PX, CHART_MIN_PX);
  if (cell.kind === "series") return seriesPicture(cell, answer, palette, height);
  const latency = cell.kind === "latency" ? readCellLatency(cell, answer) : readLatencyAnswer(success<unknown>(answer), []);
  if (!latency.ok) return null;
  const heading = headingOf(cell, palette, formatRange(latency.value.start, latency.value.end));
  if (cell.kind === "latency") return linesPicture(cell, latency.value, heading, height, scope);
  const data = heatmapData(latency.value, OF_WORDS[cell.rows]);
  return data === null ? null : heatmapPicture(heading, data, heatmapDots(latency.value), height);
}

function headingOf(cell: ChartCell, palette: Palette, range: string): Heading {
  return { title: visibleName(titleOf(cell)), notes: [`${range} ${zoneName()}`, visibleName(cellText(cell), 400)], palette };
}

async function linesPicture(cell: LatencyCell, latency: Latency, heading: Heading, height: number, scope: NotebookScope): Promise<Blob | null> {
  if (latency.series.every(({ points }) => points.length === 0)) return null;
  const request = latencyRequestOf(cell, scope);
  const { before, quantiles } = cell;
  const then = before === null || request === null ? null : await fetchEarlier(earlierRequest(request, latency, before), new AbortController().signal);
  const data = chartData(latency, quantiles, chartOptionsOf(cell, then?.ok ? then.value : null));
  const colourOf = plainColours(heading.palette, data.series.map(({ other }) => other));
  return latencyPicture(heading, data, colourOf, height);
}

function seriesPicture(cell: ChartCell, answer: Json, palette: Palette, height: number): Promise<Blob | null> | null {
  const read = readSeriesAnswer(success<unknown>(answer));
  const lines = read.ok ? read.value.map(lineOf) : [];
  const times = lines.flatMap(({ points }) => points.map(({ t }) => t)).sort((a, b) => (a < b ? -1 : 1));
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined) return null;
  const colourOf = plainColours(palette, lines.map(() => false));
  const names = lines.map(({ name }, index) => ({ name, colour: colourOf(index) }));
  return plainPicture(headingOf(cell, palette, formatRange(first, last)), names, height, (context, width) => {
    const drawing = drawLines(lines, { width, height });
    drawSeriesAxes(context, drawing, palette);
    context.lineWidth = 1.6;
    context.lineCap = context.lineJoin = "round";
    drawing.paths.forEach((path, index) => {
      context.strokeStyle = colourOf(index);
      context.stroke(new Path2D(path));
    });
  });
}

function lineOf({ labels, points }: Series) {
  return { name: visibleName(labelsText(labels)), points };
}

function drawSeriesAxes(context: CanvasRenderingContext2D, { plot, xTicks, yTicks }: ReturnType<typeof drawLines>, palette: Palette): void {
  const area = { left: plot.left, top: plot.top, width: plot.right - plot.left, height: plot.bottom - plot.top };
  const values = yTicks.map(({ at, value }) => ({ top: at - plot.top, label: formatValue(value) }));
  const times = xTicks.map(({ value }) => ({ at: value, label: formatClock(fromSeconds(value)) }));
  const places = new Map(xTicks.map(({ at, value }) => [value, at - plot.left] as const));
  drawAxes(context, { area, values, times, left: (seconds) => places.get(seconds) ?? 0 }, palette);
}
