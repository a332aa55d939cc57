// The charts of spans as pictures: lines with their dots and counts, and heatmaps.
import { formatCount } from "../base/format";
import { DARK, type Palette } from "../base/palette";
import { type ChartData, type Dot, seriesName } from "./chart_data";
import { placeDots } from "./dot_layout";
import { drawCounts } from "./draw_counts";
import { drawDots } from "./draw_dots";
import { drawDataLines, drawLineAxes, projectionOf } from "./draw_lines";
import { drawHollowPoints, drawOpenSlots, drawThresholds } from "./draw_marks";
import { drawHeatmap } from "./heatmap/draw_heatmap";
import type { HeatmapData } from "./heatmap/heatmap_data";
import { placeHeatmap } from "./heatmap/heatmap_place";
import { type PictureFrame, pictureOf } from "./picture";
import { GUTTER_PX, MARGIN_PX, type PlotArea } from "./plot_area";

export type Heading = Pick<PictureFrame, "title" | "notes" | "palette">;

const WIDTH_PX = 960;
const TOP_PX = 12;
const CLOCK_PX = 28;
const COUNTS_PX = 40;
const UNMARKED = { kept: [], highlighted: null };

function areaOf(height: number): PlotArea {
  return { left: GUTTER_PX, top: TOP_PX, width: WIDTH_PX - GUTTER_PX - MARGIN_PX, height: height - TOP_PX - CLOCK_PX };
}

/** `height` is that of the lines; the counts come below. */
export function latencyPicture(heading: Heading, data: ChartData, colourOf: (series: number) => string, height: number): Promise<Blob | null> {
  const { palette } = heading;
  const area = areaOf(height);
  const projection = projectionOf(data, area);
  const series = data.series.map((item, index) => ({ name: seriesName(item, data.words), colour: colourOf(index) }));
  return pictureOf({ ...heading, series, width: WIDTH_PX, height: height + COUNTS_PX }, (context) => {
    drawLineAxes(context, data, area, palette);
    context.save();
    context.translate(area.left, area.top);
    drawDataLines(context, data, projection, colourOf);
    drawOpenSlots(context, data, projection, palette);
    drawThresholds(context, data, projection, palette);
    drawHollowPoints(context, data, projection, { palette, colourOf, highlighted: null });
    drawDots(context, placeDots(data.dots, projection, UNMARKED), { palette, colourOf, selected: null });
    context.restore();
    context.translate(area.left, height);
    drawCountLabel(context, data, palette);
    drawCounts(context, data.counts, { start: data.start, end: data.end, width: area.width, height: COUNTS_PX }, palette);
  });
}

/** How many the highest bar stands for. */
function drawCountLabel(context: CanvasRenderingContext2D, { counts, words }: ChartData, palette: Palette): void {
  const most = counts.reduce((high, { count }) => Math.max(high, count), 0);
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "right";
  context.textBaseline = "top";
  context.fillStyle = palette.muted;
  context.fillText(formatCount(most), -8, 0);
  context.fillText(words.many, -8, 14);
}

export function heatmapPicture(heading: Heading, data: HeatmapData, dots: readonly Dot[], height: number): Promise<Blob | null> {
  const { palette } = heading;
  const area = areaOf(height);
  const place = placeHeatmap(data, area);
  const notes = [...heading.notes, `${palette === DARK ? "lighter" : "darker"} cells have more ${data.words.many}, ${formatCount(data.most)} at most`];
  return pictureOf({ ...heading, notes, series: [], width: WIDTH_PX, height }, (context) => {
    drawHeatmap(context, data, area, place, { palette, isDark: palette === DARK });
    context.translate(area.left, area.top);
    drawDots(context, placeDots(dots, place, UNMARKED), { palette, colourOf: () => palette.ink, selected: null });
  });
}

/** One that any chart may use whose drawing fits the same width. */
export function plainPicture(heading: Heading, series: PictureFrame["series"], height: number, draw: (context: CanvasRenderingContext2D, width: number) => void) {
  return pictureOf({ ...heading, series, width: WIDTH_PX, height }, (context) => draw(context, WIDTH_PX));
}

/** The palette's colours in the order of the series, for pictures: each stands alone. */
export function plainColours(palette: Palette, others: readonly boolean[]): (series: number) => string {
  return (series) => (others[series] ? palette.rest : (palette.series[series % palette.series.length] ?? palette.rest));
}
