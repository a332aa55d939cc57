// Draws the cells, the axes and the slots that may still grow.
import type { Palette } from "../../base/palette";
import { formatRoundDuration } from "../../base/format";
import { drawOpenSlots } from "../draw_marks";
import type { PlotArea } from "../plot_area";
import { timeTicks } from "../time_axis";
import { logTicks, thinTicks } from "../value_axis";
import { cellColour, depthOf } from "./heatmap_colours";
import type { HeatmapData } from "./heatmap_data";
import { type HeatmapPlace, boxRectangle } from "./heatmap_place";

const FONT = "11px system-ui, sans-serif";
const TICK_PX = 72;
/** Cells smaller than this have no room between them. */
const GAP_FROM_PX = 4;

export interface HeatmapPaint {
  readonly palette: Palette;
  readonly isDark: boolean;
}

/** Expects a context whose origin is the canvas' corner and whose unit is one CSS pixel. */
export function drawHeatmap(context: CanvasRenderingContext2D, data: HeatmapData, area: PlotArea, place: HeatmapPlace, paint: HeatmapPaint): void {
  context.font = FONT;
  drawAxes(context, data, area, place, paint.palette);
  context.save();
  context.translate(area.left, area.top);
  drawCells(context, data, place, paint);
  drawOpenSlots(context, data, place, paint.palette);
  context.restore();
}

function drawCells(context: CanvasRenderingContext2D, data: HeatmapData, place: HeatmapPlace, { isDark }: HeatmapPaint): void {
  data.columns.forEach(({ counts }, column) =>
    counts.forEach((count, row) => {
      if (count === 0) return;
      const { left, top, width, height } = boxRectangle(data, { columns: [column, column], rows: [row, row] }, place);
      context.fillStyle = cellColour(depthOf(count, data.most), isDark);
      context.fillRect(left, top, width - (width >= GAP_FROM_PX ? 1 : 0), height - (height >= GAP_FROM_PX ? 1 : 0));
    }),
  );
}

function drawAxes(context: CanvasRenderingContext2D, data: HeatmapData, area: PlotArea, place: HeatmapPlace, palette: Palette): void {
  context.strokeStyle = palette.grid;
  context.fillStyle = palette.muted;
  context.textAlign = "right";
  context.textBaseline = "middle";
  const ticks = logTicks(place.lowNs, place.highNs);
  thinTicks(ticks).forEach((label, index) => {
    const y = area.top + place.top(ticks[index] ?? 0);
    line(context, area.left, y, area.left + area.width, y);
    if (label !== null) context.fillText(formatRoundDuration(label), area.left - 8, y);
  });
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const { at, label } of timeTicks(data.start, data.end, area.width / TICK_PX)) {
    const x = area.left + place.left(at);
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
