// Draws the cells, the axes and the slots that may still grow.
import type { Palette } from "../../base/palette";
import { formatRoundDuration } from "../../base/format";
import { TICK_PX, drawAxes } from "../draw_axes";
import { drawOpenSlots } from "../draw_marks";
import type { PlotArea } from "../plot_area";
import { timeTicks } from "../time_axis";
import { logTicks, thinTicks } from "../value_axis";
import { cellColour, depthOf } from "./heatmap_colours";
import type { HeatmapData } from "./heatmap_data";
import { type HeatmapPlace, boxRectangle } from "./heatmap_place";

/** Cells smaller than this have no room between them. */
const GAP_FROM_PX = 4;

export interface HeatmapPaint {
  readonly palette: Palette;
  readonly isDark: boolean;
}

/** Expects a context whose origin is the canvas' corner and whose unit is one CSS pixel. */
export function drawHeatmap(context: CanvasRenderingContext2D, data: HeatmapData, area: PlotArea, place: HeatmapPlace, paint: HeatmapPaint): void {
  drawAxes(context, axesOf(data, area, place), paint.palette);
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

function axesOf(data: HeatmapData, area: PlotArea, place: HeatmapPlace) {
  const ticks = logTicks(place.lowNs, place.highNs);
  const labels = thinTicks(ticks).map((tick) => (tick === null ? null : formatRoundDuration(tick)));
  return {
    area,
    values: ticks.map((tick, index) => ({ top: place.top(tick), label: labels[index] ?? null })),
    times: timeTicks(data.start, data.end, area.width / TICK_PX),
    left: place.left,
  };
}
